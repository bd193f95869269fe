-- A port may be taken: then another one will do.
local function insist(call)
  local ok, message
  for try = 1, 3 do
    ok, message = call(try)
    if ok then
      return
    end
  end
  assert(ok, message)
end

local server <close> = socket.tcp()
local port
insist(function(try)
  port = 7 + try
  return server:bind("127.0.0.1", port)
end)
insist(function()
  return server:listen(5)
end)

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:send("found\n"))
end)
local client <close> = assert(socket.tcp4())
assert(client:connect("127.0.0.1", port))
print("client", assert(client:receive()))

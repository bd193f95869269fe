-- What comes late comes all the same.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  for _, word in ipairs { "lat", "e\nvery", " late\n" } do
    timer.sleep(1)
    assert(conn:send(word))
  end
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
client:settimeout(0.3)
client:settimeout(0.7, "t")
local tries = 0
while tries < 20 do
  local line, message, code = client:recvuntil("\n")
  tries = tries + 1
  if line then
    print("line", line)
  elseif code == "EOF" then
    break
  else
    assert(code == "ETIMEDOUT", message)
  end
end

-- A server that goes on when there is no room to accept.
local short = { EMFILE = true, ENFILE = true, ENOBUFS = true, ENOMEM = true }
local server <close> = assert(socket.bind("127.0.0.1", 7))

-- Failures take their time, but for those that a closed socket cuts short.
local function accept()
  local start = timer.now()
  for failures = 1, 20 do
    local conn, message, code = server:accept()
    if conn then
      return conn
    end
    assert(timer.now() >= start + (failures - 10) * 0.1, "it spins")
    assert(short[code] and failures < 20, message)
    io.stderr:write("handled: (", code, ", accept)\n")
  end
end

thread.spawn(function()
  local _ <close> = server
  for _ = 1, 3 do
    local conn <close> = accept()
    assert(conn:send("served\n"))
  end
end)

for i = 1, 3 do
  local client <close> = assert(socket.connect("127.0.0.1", 7))
  print("client " .. i, assert(client:receive()))
end

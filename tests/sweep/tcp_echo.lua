-- A server and a client on one connection.
local sweep = require("sweep")

local function serve(server)
  local conn <close>, ip, port = assert(server:accept())
  assert(tostring(conn):find(ip .. ":" .. port, 1, true))
  while true do
    local data, message, code = conn:recv(100)
    if code == "EOF" then
      return
    end
    assert(conn:sendall(assert(data, message)))
  end
end

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local ip, port = assert(server:getsockname())
  sweep.go(serve, server)
  local conn <close> = assert(socket.connect(ip, port))
  assert(conn:getpeername())
  for i = 1, 3 do
    local text = ("x"):rep(i * 30)
    assert(conn:sendall(text))
    assert(assert(conn:receive(#text)) == text)
  end
  assert(conn:shutdown("send"))
  local _, message, code = conn:recv()
  assert(code == "EOF", message)
end)

-- Several acceptors of one server, each served in its turn.
local sweep = require("sweep")

local function greet(server)
  local conn <close>, ip, port = assert(server:accept())
  assert(conn:send(ip .. " " .. port .. "\n"))
end

sweep.step(function()
  local server <close> = socket.tcp()
  assert(server:setoption("reuseaddr", true))
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(5))
  for _ = 1, 3 do
    sweep.go(greet, server)
  end
  local ip, port = server:getsockname()
  for _ = 1, 3 do
    local conn <close> = socket.tcp4()
    assert(conn:connect(ip, port))
    local own_ip, own_port = conn:getsockname()
    assert(assert(conn:receive()) == own_ip .. " " .. own_port)
  end
end)

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  assert(server:settimeout(0.001))
  local conn, message, code = server:accept()
  assert(conn == nil and code == "ETIMEDOUT", message)
end)

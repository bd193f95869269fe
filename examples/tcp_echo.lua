-- Echo over TCP: the server serves one client and ends.
--
--   netbox examples/tcp_echo.lua          both in one process
--   netbox examples/tcp_echo.lua server   the server, in one terminal,
--   netbox examples/tcp_echo.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates the server and the client of "Socket Programming in Python
-- (Guide)".

local function server(host, port)
  local listener <close> = socket.tcp()
  assert(listener:bind(host, port))
  assert(listener:listen())
  local conn <close>, ip, client_port = assert(listener:accept())
  print("Connected by " .. ip .. ":" .. client_port)
  while true do
    local data = conn:recv(1024)
    if not data then break end
    assert(conn:sendall(data))
  end
end

local function client(host, port)
  local conn <close> = socket.tcp()
  assert(conn:connect(host, port))
  assert(conn:sendall("Hello, world"))
  local data = assert(conn:recv(1024))
  print("Received " .. repr(data))
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 65432,
}

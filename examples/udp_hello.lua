-- A greeting over UDP: one datagram there, one back.
--
--   netbox examples/udp_hello.lua          both in one process
--   netbox examples/udp_hello.lua server   the server, in one terminal,
--   netbox examples/udp_hello.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates "Python Socket: UDP".

local function server(host, port)
  local server_socket <close> = socket.udp()
  assert(server_socket:bind(host, port))
  while true do
    local data, ip, client_port = assert(server_socket:recvfrom(4096))
    print(data)
    local message = "Hello I'm UDP Server"
    assert(server_socket:sendto(message, ip, client_port))
  end
end

local function client(host, port)
  local client_socket <close> = socket.udp()
  assert(client_socket:sendto("Hello UDP server", host, port))
  local data = assert(client_socket:recvfrom(4096))
  print("Server Says")
  print(data)
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 12345,
}

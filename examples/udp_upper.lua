-- Upper case over UDP: one datagram there, one back.
--
-- The client reads a sentence from the keyboard; the server sends it back in
-- capitals.
--
--   netbox examples/udp_upper.lua          both in one process
--   netbox examples/udp_upper.lua server   the server, in one terminal,
--   netbox examples/udp_upper.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates UDPServer and UDPClient of "Socket Programming with UDP".

local function server(host, port)
  local server_socket <close> = socket.udp()
  assert(server_socket:bind(host, port))
  print("The server is ready to receive")
  while true do
    local message, ip, client_port = assert(server_socket:recvfrom(2048))
    assert(server_socket:sendto(message:upper(), ip, client_port))
  end
end

local function client(host, port)
  local client_socket <close> = socket.udp()
  local message = input("Input lowercase sentence")
  if message then
    assert(client_socket:sendto(message, host, port))
    local modified_message = assert(client_socket:recvfrom(2048))
    print(modified_message)
  end
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 12000,
}

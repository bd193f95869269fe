-- Echo over UDP: what the client sends comes back as it was.
--
--   netbox examples/udp_echo.lua          both in one process
--   netbox examples/udp_echo.lua server   the server, in one terminal,
--   netbox examples/udp_echo.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates "Socket programming: UDP socket client-server program".

local function server(host, port)
  local server_socket <close> = socket.udp()
  assert(server_socket:bind(host, port))
  print("Server listening on " .. host .. ":" .. port)
  while true do
    local data, ip, client_port = assert(server_socket:recvfrom(1024))
    print("Received message from " .. ip .. ":" .. client_port .. ": " .. data)
    assert(server_socket:sendto(data, ip, client_port))
  end
end

local function client(host, port)
  local prompt = "Enter message to send to server (type 'exit' to quit): "
  local client_socket <close> = socket.udp()
  while true do
    local message = input(prompt)
    if not message or message:lower() == "exit" then break end
    assert(client_socket:sendto(message, host, port))
    local data = assert(client_socket:recvfrom(1024))
    print("Received echoed message: " .. data)
  end
end

require("roles").run {
  server = server, client = client, host = "localhost", port = 12345,
}

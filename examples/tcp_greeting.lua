-- A greeting over TCP: one client after the other.
--
--   netbox examples/tcp_greeting.lua          both in one process
--   netbox examples/tcp_greeting.lua server   the server, in one terminal,
--   netbox examples/tcp_greeting.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates "Socket Programming: Server Side, Client Side".

local function server(host, port)
  local server_socket <close> = socket.tcp()
  assert(server_socket:bind(host, port))
  assert(server_socket:listen(1))
  print("Server listening on " .. host .. ":" .. port .. "...")
  while true do
    local client_socket <close>, ip, client_port =
      assert(server_socket:accept())
    print("Connection from " .. ip .. ":" .. client_port)
    local data = client_socket:recv(1024)
    if data then
      print("Received: " .. data)
      client_socket:send("Hello from server!")
    end
  end
end

local function client(host, port)
  local client_socket <close> = socket.tcp()
  assert(client_socket:connect(host, port))
  local message = "Hello from client!"
  print("Sending: " .. message)
  assert(client_socket:send(message))
  local response = assert(client_socket:recv(1024))
  print("Received: " .. response)
end

require("roles").run {
  server = server, client = client, host = "localhost", port = 12345,
}

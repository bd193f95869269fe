-- Upper case over TCP: one connection for each sentence.
--
-- The client reads the sentence from the keyboard; the server sends it back in
-- capitals and closes the connection.
--
--   netbox examples/tcp_upper.lua          both in one process
--   netbox examples/tcp_upper.lua server   the server, in one terminal,
--   netbox examples/tcp_upper.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates TCPServer and TCPClient of "Socket Programming with TCP".

local function server(host, port)
  local server_socket <close> = socket.tcp()
  assert(server_socket:bind(host, port))
  assert(server_socket:listen(1))
  print("The server is ready to receive")
  while true do
    local connection_socket <close> = assert(server_socket:accept())
    local sentence = connection_socket:recv(1024)
    if sentence then
      connection_socket:send(sentence:upper())
    end
  end
end

local function client(host, port)
  local client_socket <close> = socket.tcp()
  assert(client_socket:connect(host, port))
  local sentence = input("Input lowercase sentence")
  if sentence and sentence ~= "" then
    assert(client_socket:send(sentence))
    local modified_sentence = assert(client_socket:recv(1024))
    print("From server: " .. modified_sentence)
  end
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 12000,
}

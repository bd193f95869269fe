-- A conversation over TCP, line by line.
--
-- Each line of the client's keyboard is answered with "Hey client", until the
-- line END; then the server takes the next client.
--
--   netbox examples/tcp_hey.lua          both in one process
--   netbox examples/tcp_hey.lua server   the server, in one terminal,
--   netbox examples/tcp_hey.lua client   and the client, in another
--
-- A role may be followed by HOST and PORT.
-- Recreates the TCP server of "Python Socket"; the client is new.

local function server(host, port)
  local server_socket <close> = socket.tcp()
  assert(server_socket:bind(host, port))
  assert(server_socket:listen(5))
  while true do
    print("server waiting...")
    local client <close>, ip, client_port = assert(server_socket:accept())
    print("client connected from " .. ip .. ":" .. client_port)
    while true do
      local data = client:recv(1024)
      if not data or data == "END" then break end
      print("received from client " .. data)
      if not client:send("Hey client") then print("exit by user") end
    end
  end
end

local function client(host, port)
  local client_socket <close> = socket.tcp()
  assert(client_socket:connect(host, port))
  for line in io.lines() do
    if line ~= "" then -- TCP carries bytes: an empty line would be none
      assert(client_socket:send(line))
      if line == "END" then break end
      print(assert(client_socket:recv(1024)))
    end
  end
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 8001,
}

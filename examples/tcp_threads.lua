-- A thread for each client: nobody waits for somebody else.
--
--   netbox examples/tcp_threads.lua          both in one process
--   netbox examples/tcp_threads.lua server   the server, in one terminal,
--   netbox examples/tcp_threads.lua client   and clients, in others
--
-- A role may be followed by HOST and PORT. The end of input (Ctrl-D) ends a
-- client. Recreates "Python Socket: Multi Thread".

local function client_thread(client)
  local connection <close> = client
  connection:send("welcome to the server")
  while true do
    local data = connection:recv(2048)
    if not data then break end
    connection:sendall("Hello I'm Server " .. data)
  end
end

local function server(host, port)
  local server_socket <close> = socket.tcp()
  assert(server_socket:bind(host, port))
  assert(server_socket:listen(5))
  print("waiting for connection")
  local thread_count = 0
  while true do
    local client, ip, client_port = assert(server_socket:accept())
    print("connected to " .. ip .. ":" .. client_port)
    thread.spawn(client_thread, client)
    thread_count = thread_count + 1
    print("ThreadNumber " .. thread_count)
  end
end

local function client(host, port)
  local client_socket <close> = socket.tcp()
  assert(client_socket:connect(host, port))
  print(assert(client_socket:recv(2048)))
  while true do
    local message = input("Say something")
    if not message then break end
    if message ~= "" then -- TCP carries bytes: an empty line would be none
      assert(client_socket:send(message))
      print(assert(client_socket:recv(1024)))
    end
  end
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 1233,
}

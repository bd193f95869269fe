-- Each message reversed: a thread for each client, and a lock.
--
-- The lock sees to it that only one of the threads prints at a time.
--
--   netbox examples/reverse_threads.lua          both in one process
--   netbox examples/reverse_threads.lua server   the server, in one terminal,
--   netbox examples/reverse_threads.lua client   and clients, in others
--
-- A role may be followed by HOST and PORT.
-- Recreates the server and the client that "Multi-Threading Socket Programming"
-- links to. There the lock was held as long as a client was connected, so that
-- the second one had to wait; here it is held for the printing only.

local print_lock = thread.lock()

local function say(text)
  local _ <close> = print_lock:hold()
  print(text)
end

local function threaded(client)
  local c <close> = client
  while true do
    local data = c:recv(1024)
    if not data then break end
    c:sendall(data:reverse())
  end
  say("Bye")
end

local function server(host, port)
  local s <close> = socket.tcp()
  assert(s:bind(host, port))
  say("socket binded to port " .. port)
  assert(s:listen(5))
  say("socket is listening")
  while true do
    local c, ip, client_port = assert(s:accept())
    say("Connected to : " .. ip .. ":" .. client_port)
    thread.spawn(threaded, c)
  end
end

local function client(host, port)
  local s <close> = socket.tcp()
  assert(s:connect(host, port))
  local message = "shaurya says geeksforgeeks"
  repeat
    assert(s:sendall(message))
    local data = assert(s:recv(1024))
    print("Received from the server : " .. data)
    local answer = input("\nDo you want to continue(y/n) :")
  until answer ~= "y"
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 12345,
}

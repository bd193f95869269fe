-- A socket that is closed while others wait on it.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())
local client <close> = assert(socket.connect("127.0.0.1", port))
local _ <close> = assert(server:accept())

local function wait(name, s, method, ...)
  local _, message, code = s[method](s, ...)
  assert(code == "EBADF", message)
  print(name, "closed")
end

thread.spawn(wait, "acceptor", server, "accept")
thread.spawn(wait, "reader", client, "recv")
thread.spawn(wait, "writer", client, "sendall",
  ("x"):rep(10000))
timer.sleep(1)
server:close()
client:close()

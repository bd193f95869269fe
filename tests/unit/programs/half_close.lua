-- A question as long as the stream, and an answer when it has ended.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  local question = assert(conn:receive("*a"))
  print("question", question)
  assert(conn:sendall(question:upper()))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
assert(client:sendall("to be "))
assert(client:sendall("or not to be"))
assert(client:shutdown("send"))
print("answer", assert(client:receive("*a")))

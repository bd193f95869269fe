-- A port is forwarded by socket.relay, with enough both ways to keep it busy.
local origin <close> = assert(socket.bind("127.0.0.1", 7))
local door <close> = assert(socket.bind("127.0.0.1", 8))
local LONG = ("0123456789"):rep(120)

thread.spawn(function()
  local _ <close> = origin
  local conn <close> = assert(origin:accept())
  assert(conn:sendall(LONG))
  print("origin", assert(conn:receive("*a")))
end)

thread.spawn(function()
  local _ <close> = door
  local inside <close> = assert(door:accept())
  local outside <close> = assert(socket.connect("127.0.0.1", 7))
  assert(socket.relay(inside, outside))
  print("relay", "both have ended")
end)

local client <close> = assert(socket.connect("127.0.0.1", 8))
assert(client:sendall(LONG))
print("client", assert(client:receive(#LONG)))
assert(client:sendall("bye"))
assert(client:shutdown("send"))
local data, message, code = client:recv()
assert(not data and code == "EOF", message)

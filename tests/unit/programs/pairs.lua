-- Sockets that are born connected.
local a, b = assert(socket.socketpair())
local _ <close> = a
local _ <close> = b
thread.spawn(function()
  local _ <close> = b
  assert(b:sendall("first\nsec"))
  timer.sleep(0.1)
  assert(b:sendall("ond\n"))
end)
print("line", assert(a:receive()))
print("line", assert(a:receive()))

local c, d = assert(socket.socketpair(socket.SOCK_DGRAM))
local _ <close> = c
local _ <close> = d
d:settimeout(1)
assert(c:send("whole"))
assert(c:send("messages"))
print("message", assert(d:recv()))
print("message", assert(d:receive()))

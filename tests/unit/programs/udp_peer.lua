-- A datagram socket with a peer, with another one, and with none.
local left <close> = assert(socket.udp4())
local right <close> = assert(socket.udp4())
assert(left:bind("127.0.0.1", 7))
assert(right:bind("127.0.0.1", 8))
left:settimeout(1)
right:settimeout(1)

assert(left:setpeername("127.0.0.1", 8))
assert(left:send("to my peer"))
print("right", assert(right:receive()))
print("peer", assert(left:getpeername()))
assert(right:sendto("back", "127.0.0.1", 7))
print("left", assert(left:recv(100)))

assert(left:setpeername("127.0.0.1", 9))
assert(left:send("to nobody"))
local _, message, _, code = left:receive()
assert(code == "ECONNREFUSED", message)
print("refused")

assert(left:setpeername("*"))
assert(left:sendto("to anybody", "127.0.0.1", 8))
print("right", assert(right:receivefrom()))

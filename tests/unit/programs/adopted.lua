-- A descriptor passes from one socket object to another.
local a, b = assert(socket.socketpair())
local _ <close> = a
local _ <close> = b
local fd = a:getfd()
local heir <close> = socket.tcp()
assert(heir:setfd(fd))
assert(a:getfd() == -1 and heir:getfd() == fd)
assert(b:send("inherited\n"))
print("heir", assert(heir:receive()))

-- From the name of a machine to its address.
--
--   netbox examples/resolve.lua                  localhost
--   netbox examples/resolve.lua www.google.com   any other name
--   netbox examples/resolve.lua 127.0.0.1        an address is its own answer
--
-- Recreates gethostbyname of "Socket Programming in Python (Guide)".

local name = arg[1] or "localhost"
local ip = assert(socket.gethostbyname(name))
print(ip)

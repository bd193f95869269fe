-- A door in between: connections that are passed on.
--
-- Who connects here speaks with a server over there. A thread for each
-- connection lets socket.relay pass on what either side says. Where one side
-- has said all it has to say, the other one is told, and may still answer.
--
--   netbox examples/port_forward.lua                       the same as
--   netbox examples/port_forward.lua 8000 127.0.0.1 8080
--
-- The arguments are LISTEN_PORT HOST PORT. To try it, start the server of
-- http_get_raw, and its client with 127.0.0.1 8000.
-- It does what ssh -L, socat and many Python scripts with two threads do.

local listen_port = arg[1] or 8000
local host, port = arg[2] or "127.0.0.1", arg[3] or 8080

-- By hand it takes two threads, one for each direction, that do
--
--   local function copy(from, to)
--     while true do
--       local data = from:recv()
--       if not data or not to:sendall(data) then break end
--     end
--     to:shutdown("send")
--   end
--
-- That is the way to see, or to change, what passes.
local function forward(client, name)
  local here <close> = client
  local there <close>, problem = socket.connect(host, port)
  if not there then
    print(name .. " cannot be connected: " .. problem)
    return
  end
  print(name .. " is connected")
  socket.relay(here, there)
  print(name .. " is done")
end

local listener <close> = assert(socket.bind("127.0.0.1", listen_port))
local ip, bound_port = listener:getsockname()
print(("Listening on %s:%d for %s:%s"):format(ip, bound_port, host, port))
while true do
  local client, client_ip, client_port = assert(listener:accept())
  thread.spawn(forward, client, client_ip .. ":" .. client_port)
end

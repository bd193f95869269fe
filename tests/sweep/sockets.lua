-- The list of open sockets, and those that the collector closes.
local sweep = require("sweep")

sweep.step(function()
  local near <close>, far = sweep.pair()
  local udp <close> = socket.udp()
  assert(near:send("four") and far:recv())
  local seen = {}
  for _, s in ipairs(socket.sockets()) do
    seen[s.fd] = s
  end
  assert(seen[near:fileno()].bytes_out == 4)
  assert(seen[far:fileno()].bytes_in == 4)
  assert(tostring(near):find("tcp", 1, true))
  assert(tostring(udp) == "udp 0.0.0.0:0")
end)

sweep.step(function()
  assert(sweep.pair())
  collectgarbage()
  collectgarbage()
  assert(#socket.sockets() == 0)
end)

-- Connections go through a queue to two workers.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())
local jobs = thread.queue(1)

local function work()
  for conn in jobs:iter() do
    local _ <close> = conn
    local n = assert(conn:receive())
    assert(conn:send(n * n .. "\n"))
  end
end

thread.spawn(function()
  local _ <close> = server
  for _ = 1, 3 do
    jobs:put((assert(server:accept())))
  end
end)
thread.spawn({ daemon = true }, work)
thread.spawn({ daemon = true }, work)

for i = 1, 3 do
  local conn <close> = assert(socket.connect("127.0.0.1", port))
  assert(conn:send(i .. "\n"))
  print("square", assert(conn:receive()))
end

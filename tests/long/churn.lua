-- PORT WORKERS: says that it is ready. For each number on its input it makes
-- so many connections, as many at a time as there are workers, and prints the
-- bytes that Lua has in use. Every other one is reset by this side, the others
-- are closed by the server first: so none is left in TIME_WAIT, and no port is
-- used up.

local in_use = require("in_use")
local port, workers = tonumber(arg[1]), tonumber(arg[2])
local reset = { on = true, timeout = 0 }

local function connect_and_close(by_server)
  local conn <close> = assert(socket.connect("127.0.0.1", port))
  if by_server then
    assert(conn:sendall("close 0\n"))
    local data, message, code = conn:recv()
    assert(not data and code == "EOF", message)
  end
  assert(conn:setoption("linger", reset))
end

print("ready")
for line in io.lines() do
  local left = tonumber(line)
  local function work()
    while left > 1 do
      left = left - 1
      connect_and_close(left % 2 == 0)
    end
  end
  local threads = {}
  for i = 1, workers do
    threads[i] = thread.spawn(work)
  end
  for _, t in ipairs(threads) do
    assert(t:join())
  end
  connect_and_close(true) -- the server has accepted all the others by then
  print(in_use())
end

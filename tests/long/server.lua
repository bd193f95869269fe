-- The server of the long tests, with a thread for each connection.
--
-- A connection begins with a line, `close N` or `reset N`: what the server
-- does with it when it has echoed the next N bytes.
--
-- It prints its port. For each number on its input it waits until exactly so
-- many connections are open, collects garbage, and prints the bytes that Lua
-- has in use.

local in_use = require("in_use")
local reset = { on = true, timeout = 0 }
local server = assert(socket.bind("127.0.0.1", 0, 4096))
local changed = thread.event()
local open = 0

-- Returns true once all of it was echoed.
local function echo(conn, left)
  while left > 0 do
    local data = conn:recv(left)
    if not data or not conn:sendall(data) then
      return false
    end
    left = left - #data
  end
  return true
end

local function serve(client)
  local conn <close> = client
  local ending, bytes = (conn:receive() or ""):match("^(%a+) (%d+)$")
  if ending and echo(conn, tonumber(bytes)) and ending == "reset" then
    assert(conn:setoption("linger", reset))
  end
end

local function serve_and_count(client)
  serve(client)
  open = open - 1
  changed:set()
end

local function accept_all()
  while true do
    local client = assert(server:accept())
    open = open + 1
    changed:set()
    thread.spawn(serve_and_count, client)
  end
end

thread.spawn({ daemon = true }, accept_all)
print((select(2, server:getsockname())))
for line in io.lines() do
  while open ~= tonumber(line) do
    changed:clear()
    changed:wait()
  end
  print(in_use())
end

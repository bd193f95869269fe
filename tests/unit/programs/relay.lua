-- A port is forwarded, both directions at once.
local origin <close> = assert(socket.bind("127.0.0.1", 7))
local relay <close> = assert(socket.bind("127.0.0.1", 8))

local OVER = { done = 1, failed = 2 }

local function copy(from, to)
  local data, message, code = from:recv()
  while data do
    assert(to:sendall(data))
    data, message, code = from:recv()
  end
  assert(code == "EOF", message)
  assert(to:shutdown("send"))
end

thread.spawn(function()
  local _ <close> = origin
  local conn <close> = assert(origin:accept())
  assert(conn:sendall("welcome\n"))
  print("origin", assert(conn:receive("*a")))
end)

thread.spawn(function()
  local _ <close> = relay
  local inside <close> = assert(relay:accept())
  local outside <close> = assert(socket.connect("127.0.0.1", 7))
  local there = thread.spawn(copy, inside, outside)
  local back = thread.spawn(copy, outside, inside)
  local over
  repeat
    timer.sleep(0.1)
    over = (OVER[there:status()] or 0) + (OVER[back:status()] or 0)
  until over >= 2 -- both have done, or one of them has failed
end)

local client <close> = assert(socket.connect("127.0.0.1", 8))
print("client", assert(client:receive()))
assert(client:sendall("good "))
assert(client:sendall("bye"))
assert(client:shutdown("send"))

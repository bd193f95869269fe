-- One loop for many sockets, and for objects that stand for one.
local sweep = require("sweep")

local function talk(conn)
  thread.yield()
  assert(conn:send("one\ntwo\n"))
end

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local near <close>, far = sweep.pair()
  local udp <close> = socket.udp()
  assert(udp:bind("127.0.0.1", 0))
  local readers = { server, near, udp }
  local readable, writable, message = socket.select(readers, nil, 0.001)
  assert(readable, writable)
  assert(#readable == 0 and message == "timeout")
  sweep.go(talk, far)
  readable, writable = socket.select(readers, { near })
  assert(readable, writable)
  assert(writable[near] == 1 and #readable <= 1)
  readable, writable = socket.select(readers)
  assert(readable, writable)
  assert(readable[1] == near and readable[near] == 1)
  assert(assert(near:receive()) == "one" and near:dirty())
  readable, writable = socket.select(readers)
  assert(readable, writable)
  assert(readable[1] == near)
end)

sweep.step(function()
  local a, b = socket.socketpair()
  assert(a, b)
  local stand_in = {
    getfd = function()
      return a:getfd()
    end,
  }
  local waiting = sweep.go(function()
    local readable, message = socket.select { stand_in }
    assert(readable, message)
    return readable[1]
  end)
  thread.yield()
  assert(b:send("x"))
  assert(select(2, waiting:join()) == stand_in)
  local none, why, message = socket.select(nil, nil, 0.001)
  assert(none, why)
  assert(#none == 0 and message == "timeout")
end)

-- Closing wakes whoever waits, and says so to whoever comes later.
local sweep = require("sweep")

local function expect_closed(method, s, ...)
  local got, message, code, last = s[method](s, ...)
  assert(got == nil and message == "closed", message)
  assert((last or code) == "EBADF")
  return true
end

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local udp <close> = socket.udp()
  assert(udp:bind("127.0.0.1", 0))
  local near <close>, far = sweep.pair()
  local waiting = {
    sweep.go(expect_closed, "accept", server),
    sweep.go(expect_closed, "recvfrom", udp),
    sweep.go(expect_closed, "recv", near),
    sweep.go(expect_closed, "recvuntil", near, "x"),
    sweep.go(expect_closed, "receive", near),
  }
  thread.yield()
  for _, s in ipairs { server, udp, near } do
    assert(s:close() and s:close())
  end
  for _, t in ipairs(waiting) do
    assert(select(2, t:join()))
  end
  expect_closed("sendall", near, "late")
  assert(near:fileno() == -1 and far:getfd() >= 0)
end)

-- close and shutdown: whoever waits is told; a closed socket never raises.

local check = require("check")
local pair = require("pair")

-- A thread that runs f(...) and waits in it.
local function waiting(f, ...)
  local t = thread.spawn(f, ...)
  thread.yield()
  check.equal(t:status(), "waiting")
  return t
end

check.case("close twice is fine", function()
  local s = socket.tcp()
  check.values({ true }, s:close())
  check.values({ true }, s:close())
  local near, far = pair()
  check.values({ true }, near:close())
  check.values({ true }, near:close())
  check.fails("closed", "EOF", far:recv())
end)

check.case("close wakes whoever reads", function()
  local calls = {
    function(s) return s:recv() end,
    function(s) return s:recvuntil(";") end,
  }
  for _, call in ipairs(calls) do
    local near, far = pair()
    local t = waiting(call, far)
    far:close()
    check.fails("closed", "EBADF", check.joined(t))
    near:close()
  end
  for _, pattern in ipairs({ "*l", "*a", 10 }) do
    local near, far = pair()
    local t = waiting(far.receive, far, pattern)
    far:close()
    check.partial("closed", "", "EBADF", check.joined(t))
    near:close()
  end
end)

check.case("close wakes every reader in the queue", function()
  local near, far = pair()
  local readers = {}
  for i = 1, 5 do
    readers[i] = waiting(far.recv, far)
  end
  far:close()
  for i = 1, 5 do
    check.fails("closed", "EBADF", check.joined(readers[i]))
  end
  near:close()
end)

check.case("close wakes whoever writes", function()
  local text = ("x"):rep(2 ^ 21)
  local near, far = pair(65536)
  local sender = waiting(near.send, near, text)
  local second = waiting(near.sendall, near, text)
  near:close()
  local ok, message, last, code = check.joined(sender)
  check.values({ nil, "closed", "EBADF", n = 3 }, ok, message, code)
  check.ok(last > 0 and last < #text)
  check.fails("closed", "EBADF", check.joined(second))
  check.equal(#far:receive("*a"), last)
end)

check.case("close wakes whoever accepts", function()
  local server = socket.bind("127.0.0.1", 0)
  local first = waiting(server.accept, server)
  local second = waiting(server.accept, server)
  server:close()
  check.fails("closed", "EBADF", check.joined(first))
  check.fails("closed", "EBADF", check.joined(second))
end)

check.case("close wakes whoever waits for a datagram", function()
  local s = socket.udp()
  s:bind("127.0.0.1", 0)
  local reader = waiting(s.recvfrom, s)
  s:close()
  check.fails("closed", "EBADF", check.joined(reader))
end)

check.case("a reader and a writer are woken by one close", function()
  local near, far = pair(65536)
  local reader = waiting(near.recv, near)
  local writer = waiting(near.sendall, near, ("x"):rep(2 ^ 21))
  near:close()
  check.fails("closed", "EBADF", check.joined(reader))
  check.fails("closed", "EBADF", check.joined(writer))
  far:close()
end)

check.case("a woken reader whose socket is closed meanwhile", function()
  local near, far = pair()
  local reader = waiting(far.recv, far)
  near:send("bytes")
  far:close()
  check.fails("closed", "EBADF", check.joined(reader))
end)

check.case("leaving a <close> block closes", function()
  local kept
  do
    local s <close> = socket.tcp()
    kept = s
  end
  check.fails("closed", "EBADF", kept:bind("127.0.0.1", 0))
end)

check.case("the waiters of a reused descriptor are the new one's", function()
  local near, far = pair()
  local old = waiting(far.recv, far)
  far:close()
  local near2, far2 = pair()
  local new = waiting(far2.recv, far2)
  near2:send("for the new one")
  check.equal(check.joined(new), "for the new one")
  check.fails("closed", "EBADF", check.joined(old))
  near:close()
end)

check.case("shutdown of the sending half ends the peer's stream", function()
  for _, how in ipairs({ "send", 1 }) do
    local near, far = pair()
    check.values({ true }, near:shutdown(how))
    check.fails("closed", "EOF", far:recv())
    far:send("still heard")
    check.values({ "still heard" }, near:recv())
  end
end)

check.case("shutdown of the receiving half ends our own stream", function()
  for _, how in ipairs({ "receive", 0 }) do
    local near, far = pair()
    local reader = waiting(near.recv, near)
    check.values({ true }, near:shutdown(how))
    check.fails("closed", "EOF", check.joined(reader))
    near:send("still sent")
    check.values({ "still sent" }, far:recv())
  end
end)

check.case("shutdown of both is the default", function()
  for _, how in ipairs({ false, "both", 2 }) do
    local near, far = pair()
    check.values({ true }, near:shutdown(how or nil))
    check.fails("closed", "EOF", far:recv())
    check.fails("closed", "EOF", near:recv())
    check.partial("closed", 0, "EPIPE", near:send("x"))
  end
end)

check.case("shutdown twice is fine", function()
  local near, far = pair()
  check.values({ true }, near:shutdown("send"))
  check.values({ true }, near:shutdown("send"))
  check.values({ true }, near:shutdown())
  far:close()
end)

check.case("shutdown wakes a reader and lets sent bytes arrive", function()
  local near, far = pair()
  local reader = waiting(near.recv, near)
  near:send("last")
  near:shutdown()
  check.fails("closed", "EOF", check.joined(reader))
  check.values({ "last" }, far:receive("*a"))
end)

check.case("shutdown knows three words and three numbers", function()
  local near, far = pair()
  for _, how in ipairs({ "write", "", 3, -1, 1.5, {} }) do
    check.raises("bad argument #1 to 'shutdown'", function()
      near:shutdown(how)
    end)
  end
  far:close()
end)

check.case("closing in a timer ends a wait", function()
  local near, far = pair()
  timer.after(0.001, far.close, far)
  check.fails("closed", "EBADF", far:recv())
  near:close()
end)

check.case("a thread may close the socket that another accepts on", function()
  local server = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local acceptor = waiting(server.accept, server)
  local client <close> = socket.tcp()
  client:settimeout(0)
  client:connect(ip, port)
  server:close()
  local conn, message = check.joined(acceptor)
  check.values({ nil, "closed", n = 2 }, conn, message)
end)

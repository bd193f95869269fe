-- Several threads at one socket: served in the order they came, and woken as
-- long as there is something for them, in the kernel or in the buffer.

local check = require("check")
local pair = require("pair")

-- A thread that runs f(...) and waits in it.
local function waiting(f, ...)
  local t = thread.spawn(f, ...)
  thread.yield()
  check.equal(t:status(), "waiting")
  return t
end

check.case("readers get what comes in the order they came", function()
  local near, far = pair()
  local readers = {}
  for i = 1, 4 do
    readers[i] = waiting(far.recv, far, 1)
  end
  for _, letter in ipairs({ "a", "b", "c", "d" }) do
    near:send(letter)
  end
  for i, letter in ipairs({ "a", "b", "c", "d" }) do
    check.equal(check.joined(readers[i]), letter)
  end
end)

check.case("one packet is enough for all who wait for a part", function()
  local near, far = pair()
  local first = waiting(far.receive, far)
  local second = waiting(far.receive, far, 3)
  local third = waiting(far.recvuntil, far, ";")
  local fourth = waiting(far.recv, far)
  near:send("line\nabcpiece;rest")
  check.equal(check.joined(first), "line")
  check.equal(check.joined(second), "abc")
  check.equal(check.joined(third), "piece")
  check.equal(check.joined(fourth), "rest")
end)

check.case("a newcomer does not overtake a reader that waits", function()
  local near, far = pair()
  local first = waiting(far.recv, far, 1)
  near:send("ab")
  check.values({ "b" }, far:recv(1))
  check.equal(check.joined(first), "a")
end)

check.case("what a cancelled reader had read is for the next", function()
  local near, far = pair()
  local first = waiting(far.receive, far)
  local second = waiting(far.recv, far)
  near:send("half")
  timer.sleep(0) -- now the first has it
  first:cancel()
  check.cancelled(first)
  check.equal(check.joined(second), "half")
end)

check.case("what a timed-out recvuntil had read is for the next", function()
  local near, far = pair()
  far:settimeout(0.01)
  local first = waiting(far.recvuntil, far, ";")
  far:settimeout(nil)
  local second = waiting(far.recv, far)
  near:send("half")
  check.fails("timeout", "ETIMEDOUT", check.joined(first))
  check.equal(check.joined(second), "half")
end)

check.case("the end of the stream reaches every reader", function()
  local near, far = pair()
  local readers = {}
  for i = 1, 3 do
    readers[i] = waiting(far.recv, far)
  end
  near:send("last")
  near:close()
  check.equal(check.joined(readers[1]), "last")
  check.fails("closed", "EOF", check.joined(readers[2]))
  check.fails("closed", "EOF", check.joined(readers[3]))
end)

check.case("a reset reaches every reader", function()
  local near, far = pair()
  local first = waiting(far.recv, far)
  local second = waiting(far.recv, far)
  near:setoption("linger", { on = true, timeout = 0 })
  near:close()
  check.fails("closed", "ECONNRESET", check.joined(first))
  local ok, message = check.joined(second)
  check.values({ nil, "closed", n = 2 }, ok, message)
end)

check.case("a reader and a writer do not wait for each other", function()
  local near, far = pair(65536)
  local text = ("x"):rep(2 ^ 21)
  local reader = waiting(near.recv, near)
  local writer = waiting(near.sendall, near, text)
  far:send("to the reader")
  check.equal(check.joined(reader), "to the reader")
  check.equal(writer:status(), "waiting")
  check.equal(#far:receive(#text), #text)
  check.equal(check.joined(writer), true)
end)

check.case("a cancelled writer gives its turn to the next", function()
  local near, far = pair(65536)
  local first = waiting(near.sendall, near, ("x"):rep(2 ^ 21))
  local second = waiting(near.sendall, near, "end")
  first:cancel()
  check.cancelled(first)
  local reader = thread.spawn(far.receive, far, "*a")
  check.equal(check.joined(second), true)
  near:close()
  check.ok(check.joined(reader):find("^x+end$"))
end)

check.case("a connection that never rests lets others run", function()
  local near, far = pair()
  local rounds = 0
  local hog = thread.spawn(function()
    while near:send("x") do
      far:recv(1)
      rounds = rounds + 1
    end
  end)
  local quiet, peer = pair()
  local t = thread.spawn(quiet.recv, quiet)
  timer.sleep(0.001)
  peer:send("heard")
  check.equal(check.joined(t), "heard")
  check.ok(rounds > 0)
  hog:cancel()
  check.cancelled(hog)
end)

check.case("one thread per direction, many small messages", function()
  local near, far = pair()
  local count = 500
  local function talk(conn)
    return thread.spawn(function()
      for i = 1, count do
        conn:send(i .. "\n")
      end
    end)
  end
  local function listen(conn)
    return thread.spawn(function()
      for i = 1, count do
        check.equal(conn:receive(), tostring(i))
      end
    end)
  end
  local threads = { talk(near), talk(far), listen(near), listen(far) }
  for _, t in ipairs(threads) do
    check.joined(t)
  end
end)

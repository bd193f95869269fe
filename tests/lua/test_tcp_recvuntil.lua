-- recvuntil and lines: what comes before a delimiter; nothing is lost.

local check = require("check")
local pair = require("pair")

check.case("recvuntil gives the data without the delimiter", function()
  local near, far = pair()
  near:send("key=value;rest")
  check.values({ "key" }, far:recvuntil("="))
  check.values({ "value" }, far:recvuntil(";"))
  check.values({ "rest" }, far:recv())
end)

check.case("two delimiters in a row are an empty piece between", function()
  local near, far = pair()
  near:send(";;x;")
  check.values({ "" }, far:recvuntil(";"))
  check.values({ "" }, far:recvuntil(";"))
  check.values({ "x" }, far:recvuntil(";"))
end)

check.case("a delimiter split between packets is found", function()
  local near, far = pair()
  local t = thread.spawn(far.recvuntil, far, "\r\n\r\n")
  for _, piece in ipairs({ "head\r", "\n", "\r", "\nbody" }) do
    thread.yield()
    near:send(piece)
    timer.sleep(0)
  end
  check.equal(check.joined(t), "head")
  check.values({ "body" }, far:recv())
end)

check.case("a false start of the delimiter is data", function()
  local near, far = pair()
  near:send("aaab--a-ab-end")
  check.values({ "a" }, far:recvuntil("aab"))
  check.values({ "--a" }, far:recvuntil("-ab"))
  check.values({ "" }, far:recvuntil("-"))
  check.values({ "end" }, far:recv())
end)

check.case("a delimiter is bytes, not a pattern, zeros included", function()
  local near, far = pair()
  near:send("a.b%c\0\1d")
  check.values({ "a.b" }, far:recvuntil("%"))
  check.values({ "c" }, far:recvuntil("\0\1"))
end)

check.case("beyond max it fails, and no byte is lost", function()
  local near, far = pair()
  near:send("0123456789;")
  local message = "delimiter not found within 5 bytes"
  check.fails(message, "EMSGSIZE", far:recvuntil(";", 5))
  check.fails(message, "EMSGSIZE", far:recvuntil(";", 5))
  check.values({ "0123456789" }, far:recvuntil(";", 100))
end)

check.case("beyond max it fails without waiting for more", function()
  local near, far = pair()
  far:settimeout(5)
  near:send("0123456789")
  local message = "delimiter not found within 3 bytes"
  check.fails(message, "EMSGSIZE", far:recvuntil("\n", 3))
  check.values({ "0123456789" }, far:recv())
end)

check.case("a time-out keeps what was read", function()
  local near, far = pair()
  near:send("slow")
  far:settimeout(0.005)
  check.fails("timeout", "ETIMEDOUT", far:recvuntil(";"))
  far:settimeout(0)
  check.fails("timeout", "EAGAIN", far:recvuntil(";"))
  near:send("ly;")
  check.values({ "slowly" }, far:recvuntil(";"))
end)

check.case("a cancellation keeps what was read", function()
  local near, far = pair()
  near:send("half")
  local t = thread.spawn(far.recvuntil, far, ";")
  thread.yield()
  t:cancel()
  check.cancelled(t)
  near:send(" done;")
  check.values({ "half done" }, far:recvuntil(";"))
end)

check.case("the end of the stream keeps what has no delimiter", function()
  local near, far = pair()
  near:send("tail")
  near:close()
  check.fails("closed", "EOF", far:recvuntil(";"))
  check.values({ "tail" }, far:recv())
  check.fails("closed", "EOF", far:recv())
end)

check.case("two readers share a stream at its delimiters", function()
  local near, far = pair()
  local first = thread.spawn(far.recvuntil, far, ";")
  local second = thread.spawn(far.recvuntil, far, ";")
  thread.yield()
  near:send("one")
  timer.sleep(0)
  near:send(";two;")
  check.equal(check.joined(first), "one")
  check.equal(check.joined(second), "two")
end)

check.case("wrong arguments of recvuntil raise", function()
  local s, near = pair()
  for _, delimiter in ipairs({ "", {}, true }) do
    check.raises("bad argument #1 to 'recvuntil'", function()
      s:recvuntil(delimiter)
    end)
  end
  for _, max in ipairs({ 0, -1, 1.5, "many" }) do
    check.raises("bad argument #2 to 'recvuntil'", function()
      s:recvuntil(";", max)
    end)
  end
  near:close()
end)

check.case("lines ends with the stream, the last one whole or not", function()
  for _, ending in ipairs({ "", "\n" }) do
    local near, far = pair()
    near:send("one\ntwo\r\n\nlast" .. ending)
    near:close()
    local seen = {}
    for line in far:lines() do
      table.insert(seen, line)
    end
    check.equal(seen, { "one", "two", "", "last" })
  end
end)

check.case("lines of an empty stream are none", function()
  local near, far = pair()
  near:close()
  for line in far:lines() do
    error("there was a line: " .. line)
  end
end)

check.case("lines waits, and other threads run", function()
  local near, far = pair()
  local seen = {}
  local t = thread.spawn(function()
    for line in far:lines() do
      table.insert(seen, line)
    end
  end)
  for i = 1, 3 do
    near:send("line " .. i .. "\n")
    check.eventually(function()
      return #seen == i
    end)
  end
  near:close()
  check.joined(t)
  check.equal(seen, { "line 1", "line 2", "line 3" })
end)

local function read_lines(conn)
  for line in conn:lines() do
    check.equal(line, "complete")
  end
end

check.case("lines raises what is not the end: time-out and reset", function()
  local near, far = pair()
  near:send("complete\nkept")
  far:settimeout(0.005)
  check.raises("timeout", read_lines, far)
  near:send(" bytes\n")
  check.values({ "kept bytes" }, far:receive())
  near:setoption("linger", { on = true, timeout = 0 })
  near:close()
  check.raises("closed", read_lines, far)
end)

check.case("lines raises closed when another thread closes", function()
  local near, far = pair()
  local t = thread.spawn(read_lines, far)
  thread.yield()
  far:close()
  local ok, err = t:join()
  check.equal(ok, false)
  check.has(tostring(err), "closed")
  near:close()
end)

check.case("a cancelled lines keeps its bytes", function()
  local near, far = pair()
  near:send("complete\nhalf")
  local t = thread.spawn(read_lines, far)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  near:send(" done\n")
  check.values({ "half done" }, far:receive())
end)

-- send and sendall: everything, in order, or how much went.

local check = require("check")
local pair = require("pair")

local MEGABYTE = 1024 * 1024

-- n bytes in which a lost or doubled piece shows.
local function pattern(n)
  local lines = {}
  for i = 1, 1009 do
    lines[i] = string.format("%9d\n", i)
  end
  local block = table.concat(lines)
  return block:rep(n // #block + 1):sub(1, n)
end

-- Reads to the end of the stream in pieces of odd sizes.
local function read_slowly(conn)
  local pieces = {}
  local data = conn:recv(1000)
  while data do
    table.insert(pieces, data)
    thread.yield()
    data = conn:recv(#pieces * 7919 % 100000 + 1)
  end
  return table.concat(pieces)
end

-- Two ends, and a text that does not fit on its way to one that never reads.
local function narrow()
  local near, far = pair(65536)
  return near, far, ("x"):rep(2 * MEGABYTE)
end

check.case("send gives the index of the last byte sent", function()
  local near, far = pair()
  check.values({ 6 }, near:send("abcdef"))
  check.values({ 4 }, near:send("abcdef", 2, 4))
  check.values({ 6 }, near:send("abcdef", -2))
  check.values({ 5 }, near:send("abcdef", -3, -2))
  check.values({ 0 }, near:send(""))
  check.equal(far:receive(6 + 3 + 2 + 2), "abcdefbcdefde")
end)

check.case("sendall gives true", function()
  local near, far = pair()
  check.values({ true }, near:sendall("all of it"))
  check.values({ true }, near:sendall(""))
  check.values({ "all of it" }, far:recv())
end)

check.case("five megabytes reach a slow reader whole", function()
  local near, far = pair()
  local text = pattern(5 * MEGABYTE)
  local reader = thread.spawn(read_slowly, far)
  check.values({ 5 * MEGABYTE }, near:send(text))
  near:shutdown("send")
  check.ok(check.joined(reader) == text, "what came is not what was sent")
end)

check.case("one megabyte each way at once, by four threads", function()
  local near, far = pair()
  local text = pattern(MEGABYTE)
  local function write(conn)
    local sent = conn:sendall(text)
    conn:shutdown("send")
    return sent
  end
  local readers, writers = {}, {}
  for i, conn in ipairs({ near, far }) do
    writers[i] = thread.spawn(write, conn)
    readers[i] = thread.spawn(read_slowly, conn)
  end
  for i = 1, 2 do
    check.equal(check.joined(writers[i]), true)
    check.ok(check.joined(readers[i]) == text)
  end
end)

check.case("bytes of every value pass unchanged", function()
  local near, far = pair()
  local all = {}
  for byte = 0, 255 do
    all[byte + 1] = string.char(byte)
  end
  local text = table.concat(all)
  near:send(text)
  check.values({ text }, far:receive(256))
end)

check.case("two senders do not mix their bytes", function()
  local near, far = pair()
  local function send(letter)
    return near:sendall(letter:rep(MEGABYTE))
  end
  local a = thread.spawn(send, "a")
  local b = thread.spawn(send, "b")
  local text = far:receive(2 * MEGABYTE)
  check.equal(check.joined(a), true)
  check.equal(check.joined(b), true)
  check.ok(text == ("a"):rep(MEGABYTE) .. ("b"):rep(MEGABYTE))
end)

check.case("a send that times out says how much went", function()
  local near, far, text = narrow()
  near:settimeout(0.03)
  local start = timer.now()
  local ok, message, last, code = near:send(text)
  check.ok(timer.now() - start >= 0.03)
  check.values({ nil, "timeout", "ETIMEDOUT", n = 3 }, ok, message, code)
  check.ok(last > 0 and last < #text)
  near:close()
  check.equal(#far:receive("*a"), last)
end)

check.case("the last index of a failed send counts from the start", function()
  local near, far, text = narrow()
  near:settimeout(0)
  local skipped = 1000
  local ok, message, last, code = near:send(text, skipped + 1)
  check.values({ nil, "timeout", "EAGAIN", n = 3 }, ok, message, code)
  check.ok(last > skipped)
  near:close()
  check.equal(#far:receive("*a"), last - skipped)
end)

check.case("sendall that times out fails in three values", function()
  local near, far, text = narrow()
  near:settimeout(0.01)
  check.fails("timeout", "ETIMEDOUT", near:sendall(text))
  near:settimeout(0)
  check.fails("timeout", "EAGAIN", near:sendall(text))
  far:close()
end)

-- Sends until it fails; the first one after the peer is gone may succeed.
local function send_until_error(conn)
  for _ = 1, 100 do
    local ok, message, last, code = conn:send("to nobody")
    if not ok then
      return message, last, code
    end
    timer.sleep(0)
  end
end

check.case("a broken pipe is an error value, and no signal", function()
  local near, far = pair()
  far:close()
  local message, last, code = send_until_error(near)
  check.equal(message, "closed")
  check.equal(last, 0)
  check.ok(code == "EPIPE" or code == "ECONNRESET", code)
  check.partial("closed", 0, "EPIPE", near:send("again"))
  check.fails("closed", "EPIPE", near:sendall("again"))
end)

check.case("a reset in the middle of a send ends it", function()
  local near, far, text = narrow()
  local t = thread.spawn(near.send, near, text)
  thread.yield()
  check.equal(t:status(), "waiting")
  far:setoption("linger", { on = true, timeout = 0 })
  far:close()
  local ok, message, last, code = check.joined(t)
  check.equal(ok, nil)
  check.equal(message, "closed")
  check.ok(last < #text)
  check.ok(code == "EPIPE" or code == "ECONNRESET", code)
end)

check.case("after shutdown of the sending half, send says closed", function()
  local near, far = pair()
  near:shutdown("send")
  check.partial("closed", 0, "EPIPE", near:send("late"))
  check.values({ 5 }, far:send("still"))
  check.values({ "still" }, near:recv())
end)

check.case("numbers are sent as their text, nothing else is data", function()
  local near, far = pair()
  check.values({ 2 }, near:send(42))
  check.values({ "42" }, far:recv())
  for _, value in ipairs({ {}, true, print }) do
    check.raises("bad argument #1 to 'send'", function()
      near:send(value)
    end)
    check.raises("bad argument #1 to 'sendall'", function()
      near:sendall(value)
    end)
  end
  check.raises("bad argument #1 to 'send'", function()
    near:send()
  end)
end)

-- The rest of LuaSocket's names: skip and choose, sources and sinks, the
-- clock, constants, connections of one family.
-- netbox: --allow-run --allow-unix

local check = require("check")
local pair = require("pair")

check.case("skip leaves out so many values", function()
  check.values({ 3 }, socket.skip(2, 1, 2, 3))
  check.values({ 1, nil, n = 2 }, socket.skip(0, 1, nil))
  check.values({ n = 0 }, socket.skip(5, 1, 2))
  check.values({ 4 }, socket.skip("1", 3, 4))
  local words = "bad argument #1 to 'skip' (integer of at least 0 expected"
  for _, wrong in ipairs({ -1, 1.5, "x", {} }) do
    check.raises(words .. ", got " .. tostring(wrong), socket.skip, wrong)
  end
end)

check.case("choose calls the function of a name with two values", function()
  local function f(...) return select("#", ...), ... end
  local chosen = socket.choose({ named = f, default = f })
  check.values({ 2, 1, 2 }, chosen("named", 1, 2, 3))
  check.values({ 2, nil, nil, n = 3 }, chosen("named"))
  check.values({ 2, 1, 2 }, chosen(1, 2, 3))
  check.raises("test_luasocket.lua:", function() return (chosen("other")) end)
  check.raises("unknown key (other)", chosen, "other")
  check.raises("unknown key (default)", socket.choose({}))
  check.raises("bad argument #1 to 'choose' (table expected, got nil)",
    socket.choose)
end)

check.case("a sink sends each chunk; at the end it closes or not", function()
  for name, left_open in pairs({
    ["close-when-done"] = false, ["keep-open"] = true, default = true,
  }) do
    local near, far = pair()
    local sink = socket.sink(name, near)
    check.equal(sink.getfd(), near:getfd())
    check.values({ 5 }, sink("hello"))
    check.values({ true }, sink(nil))
    check.equal(near:getfd() >= 0, left_open)
    check.values({ "hello" }, far:recv())
  end
end)

check.case("a sink fails as the socket does", function()
  local near = pair()
  local sink = socket.sink(near)
  near:close()
  check.partial("closed", 0, "EBADF", sink("x"))
end)

check.case("a source by length reads so much in blocks", function()
  local near, far = pair()
  local size = 2 * socket.BLOCKSIZE + 10
  near:send(("x"):rep(size) .. "rest")
  local source = socket.source("by-length", far, size)
  check.equal(source.getfd(), far:getfd())
  check.equal(#source(), socket.BLOCKSIZE)
  check.equal(#source(), socket.BLOCKSIZE)
  check.equal(#source(), 10)
  check.values({ nil, n = 1 }, source())
  check.values({ "rest" }, far:recv())
end)

check.case("a source by length that is cut says why", function()
  local near, far = pair()
  local source = socket.source("by-length", far, 10)
  near:send("1234")
  near:close()
  check.fails("closed", "EOF", source())
end)

check.case("a source until closed ends with what was left", function()
  local near, far = pair()
  local source = socket.source("until-closed", far)
  near:send(("x"):rep(socket.BLOCKSIZE) .. "rest")
  near:close()
  check.equal(#source(), socket.BLOCKSIZE)
  check.values({ "rest" }, source())
  check.equal(far:getfd(), -1)
  check.values({ nil, n = 1 }, source())
end)

check.case("a source until closed passes on a time-out", function()
  local near, far = pair()
  far:settimeout(0)
  check.fails("timeout", "EAGAIN", socket.source(far)())
  near:send("x")
  check.ok(near:getfd() >= 0)
end)

check.case("the block size is the script's to set", function()
  local near, far = pair()
  near:send("123456")
  local library = require("socket")
  local kept = library.BLOCKSIZE
  library.BLOCKSIZE = 4
  local chunk = socket.source("until-closed", far)()
  library.BLOCKSIZE = kept
  check.equal(chunk, "1234")
end)

check.case("a source may wait", function()
  local near, far = pair()
  local t = thread.spawn(socket.source("by-length", far, 2))
  thread.yield()
  check.equal(t:status(), "waiting")
  near:send("ab")
  check.values({ "ab" }, check.joined(t))
end)

check.case("a source or a sink of nothing raises where it was made", function()
  local file = "test_luasocket.lua:"
  check.raises(file, function() return (socket.sink("keep-open")) end)
  check.raises("socket expected, got nil", socket.source, "until-closed")
  local s <close> = socket.tcp()
  check.raises("length must be a number, got nil", socket.source,
    "by-length", s)
end)

check.case("gettime is the wall clock, sleep waits", function()
  check.ok(math.abs(socket.gettime() - os.time()) < 60)
  local start = timer.now()
  check.values({ n = 0 }, socket.sleep(0.02))
  check.ok(timer.now() - start >= 0.02)
  check.values({ n = 0 }, socket.sleep(-1))
end)

check.case("getfamily tells IPv4 from IPv6", function()
  local six, path = socket.udp6(), socket.unix()
  check.equal(socket.tcp():getfamily(), "inet4")
  check.equal(socket.udp4():getfamily(), "inet4")
  check.equal(six and six:getfamily() or "inet6", "inet6")
  check.equal(path:getfamily(), "unix")
end)

check.case("the constants", function()
  check.equal(socket._VERSION, "LuaSocket 3.1.0")
  check.equal(socket.BLOCKSIZE, 2048)
  check.equal(socket._DATAGRAMSIZE, 8192)
  check.equal(socket._SOCKETINVALID, -1)
  local pipe <close> = io.popen("ulimit -H -n")
  check.equal(socket._SETSIZE, pipe:read("n"))
end)

check.case("connect4 and connect6 take addresses of their family", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local conn <close> = socket.connect4("localhost", port)
  check.values({ ip, port, "inet" }, conn:getpeername())
  check.fails("ai_family not supported", "EAI_FAMILY",
    socket.connect6(ip, port))
  check.fails("ai_family not supported", "EAI_FAMILY",
    socket.connect4("::1", port))
end)

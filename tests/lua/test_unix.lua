-- Unix sockets: paths and abstract names, streams and datagrams, what differs
-- from the Internet's, and handing descriptors over.
-- netbox: --allow-unix --allow-write=/tmp

local check = require("check")

-- A path that nobody uses; its file goes when the variable is closed.
local function fresh_path()
  local path = os.tmpname()
  os.remove(path)
  return path, setmetatable({}, { __close = function() os.remove(path) end })
end

local function listening(path, backlog)
  local server = socket.unix()
  assert(server:bind(path))
  assert(server:listen(backlog))
  return server
end

local function bound(path)
  local s = socket.unix.dgram()
  assert(s:bind(path))
  return s
end

-- An abstract name that the system chose.
local function abstract(s)
  assert(s:bind(""))
  return (s:getsockname())
end

check.case("a stream goes over a path", function()
  local path, file <close> = fresh_path()
  local server <close> = listening(path)
  check.values({ path, nil, "unix" }, server:getsockname())
  local client <close> = socket.unix()
  check.values({ true }, client:connect(path))
  local got = table.pack(server:accept())
  local conn <close> = got[1]
  check.equal(got, { n = 2, conn, "" })
  check.values({ path, nil, "unix" }, client:getpeername())
  check.values({ "", nil, "unix" }, client:getsockname())
  check.values({ "", nil, "unix" }, conn:getpeername())
  check.values({ true }, client:sendall("one\ntwo"))
  check.values({ "one" }, conn:receive())
  check.values({ true }, client:shutdown("send"))
  check.values({ "two" }, conn:receive("*a"))
  check.partial("closed", "", "EOF", conn:receive())
  check.ok(file)
end)

check.case("each way to make one makes the same kind", function()
  local AF_UNIX, STREAM = socket.AF_UNIX, socket.SOCK_STREAM
  for _, s in ipairs {
    socket.unix(), socket.unix.stream(), socket.unix.tcp(),
    socket.socket(AF_UNIX), socket.socket(AF_UNIX, STREAM),
  } do
    check.equal(tostring(s), "unixstream *")
    s:close()
  end
  for _, s in ipairs {
    socket.unix.dgram(), socket.unix.udp(),
    socket.socket(AF_UNIX, socket.SOCK_DGRAM),
  } do
    check.equal(tostring(s), "unixdgram *")
    s:close()
  end
  check.equal(require("socket.unix"), socket.unix)
end)

check.case("a connection shows who came to whom", function()
  local path, file <close> = fresh_path()
  local server <close> = listening(path)
  local client <close> = socket.unix()
  client:connect(path)
  local conn <close> = server:accept()
  check.equal(tostring(server), "unixstream " .. path)
  check.equal(tostring(client), "unixstream * -> " .. path)
  check.equal(tostring(conn), "unixstream " .. path .. " <- *")
  local list = socket.sockets()
  local states = {}
  for i, s in ipairs(list) do
    states[i] = { s.type, s.family, s.state, s.laddr, s.raddr or "none" }
    check.equal(s.lport, nil)
    check.equal(s.rport, nil)
  end
  check.equal(states[#states - 2],
    { "unixstream", "unix", "LISTEN", path, "none" })
  check.equal(states[#states - 1],
    { "unixstream", "unix", "ESTABLISHED", "", path })
  check.equal(states[#states],
    { "unixstream", "unix", "ESTABLISHED", path, "" })
  check.ok(file)
end)

check.case("a datagram tells the path of its sender", function()
  local path, file <close> = fresh_path()
  local a <close> = bound(path)
  local b <close> = socket.unix.dgram()
  local name = abstract(b)
  check.values({ 5 }, b:sendto("hello", path))
  check.values({ "hello", name }, a:recvfrom())
  check.values({ 3 }, a:sendto("you", name))
  check.values({ "you", path }, b:receivefrom())
  local nameless <close> = socket.unix.dgram()
  check.values({ 0 }, nameless:sendto("", path))
  check.values({ "", "" }, a:recvfrom())
  check.values({ true }, nameless:setpeername(path))
  check.values({ 4 }, nameless:send("peer"))
  check.values({ "pe" }, a:recv(2))
  check.values({ true }, nameless:setpeername("*"))
  check.ok(file)
end)

check.case("an abstract name is in no file system", function()
  local s <close> = socket.unix()
  local name = abstract(s)
  check.equal(name:sub(1, 1), "\0")
  check.equal(tostring(s), "unixstream @" .. name:sub(2))
  check.ok(s:listen())
  local client <close> = socket.unix()
  check.values({ true }, client:connect(name))
  local conn <close> = s:accept()
  check.values({ name, nil, "unix" }, conn:getsockname())
  local own = "\0" .. name:sub(2) .. "\0\1\255"
  local other <close> = bound(own)
  check.values({ own, nil, "unix" }, other:getsockname())
  check.equal(tostring(other), "unixdgram @" .. name:sub(2) .. "???")
end)

check.case("what is wrong with a path is said", function()
  local path, file <close> = fresh_path()
  local s <close> = socket.unix()
  check.fails("No such file or directory", "ENOENT", s:connect(path))
  check.values({ 2, "ENOENT" }, s:connect_ex(path))
  local first <close> = listening(path)
  check.fails("address already in use", "EADDRINUSE", s:bind(path))
  first:close()
  check.fails("connection refused", "ECONNREFUSED", s:connect(path))
  local long = ("x"):rep(108)
  local d <close> = socket.unix.dgram()
  check.fails("path too long", "ENAMETOOLONG", s:bind(long))
  check.fails("path too long", "ENAMETOOLONG", s:connect("\0" .. long))
  check.fails("path too long", "ENAMETOOLONG", d:sendto("x", long))
  check.raises("#1 to 'bind' (path must not contain a zero byte)",
    function() s:bind("a\0b") end)
  check.raises("#2 to 'sendto' (path must not contain a zero byte)",
    function() d:sendto("x", "a\0b") end)
  check.raises("#1 to 'connect' (string expected",
    function() s:connect({}) end)
  check.ok(file)
end)

check.case("the longest paths fit", function()
  local name = "\0" .. ("n"):rep(107)
  local s <close> = bound(name)
  check.values({ name, nil, "unix" }, s:getsockname())
  check.equal(tostring(s), "unixdgram @" .. ("n"):rep(107))
end)

check.case("connect waits while the backlog is full", function()
  local s <close> = socket.unix()
  local name = abstract(s)
  s:listen(0)
  local first <close> = socket.unix()
  assert(first:connect(name))
  local second <close> = socket.unix()
  second:settimeout(0.03)
  check.fails("timeout", "ETIMEDOUT", second:connect(name))
  second:settimeout(0)
  check.fails("timeout", "EINPROGRESS", second:connect(name))
  second:settimeout(20)
  local t = thread.spawn(second.connect, second, name)
  check.eventually(function() return t:waiting_for() ~= nil end)
  local conn <close> = s:accept()
  check.equal(check.joined(t), true)
  local last <close> = s:accept()
  second:sendall("through")
  check.values({ "through" }, last:recv())
  check.ok(conn)
end)

check.case("sendto waits while the queue of the other is full", function()
  local reader <close> = socket.unix.dgram()
  local name = abstract(reader)
  local writer <close> = socket.unix.dgram()
  writer:settimeout(0.03)
  local sent, code = 0, nil
  for i = 1, 100000 do
    local n, _, why = writer:sendto(tostring(i), name)
    if not n then
      code = why
      break
    end
    sent = i
  end
  check.equal(code, "ETIMEDOUT")
  writer:settimeout(20)
  local t = thread.spawn(writer.sendto, writer, "last", name)
  check.eventually(function() return t:waiting_for() ~= nil end)
  for i = 1, sent do
    check.equal(reader:recv(), tostring(i))
  end
  check.values({ "last" }, reader:recv())
  check.equal(check.joined(t), 4)
end)

check.case("closing ends a wait for room in another's queue", function()
  local s <close> = socket.unix()
  local name = abstract(s)
  s:listen(0)
  local first <close> = socket.unix()
  assert(first:connect(name))
  local second = socket.unix()
  local t = thread.spawn(second.connect, second, name)
  check.eventually(function() return t:waiting_for() ~= nil end)
  second:close()
  local ok, message, code = check.joined(t)
  check.equal({ ok or "nil", message, code }, { "nil", "closed", "EBADF" })
end)

check.case("a cancelled connect leaves its socket usable", function()
  local s <close> = socket.unix()
  local name = abstract(s)
  s:listen(0)
  local first <close> = socket.unix()
  assert(first:connect(name))
  local second <close> = socket.unix()
  local t = thread.spawn(second.connect, second, name)
  check.eventually(function() return t:waiting_for() ~= nil end)
  t:cancel()
  check.cancelled(t)
  local conn <close> = s:accept()
  check.values({ true }, second:connect(name))
  local other <close> = s:accept()
  check.ok(conn ~= other)
end)

check.case("a pair is connected from birth", function()
  local a, b = socket.socketpair()
  check.values({ true }, a:sendall("stream"))
  check.values({ "str" }, b:recv(3))
  check.values({ "eam" }, b:recv())
  check.fails("already connected", "EISCONN", a:connect("\0nowhere"))
  a:close()
  check.fails("closed", "EOF", b:recv())
  b:close()
  local c, d = socket.socketpair(socket.SOCK_DGRAM)
  c:send("one")
  c:send("")
  check.values({ "one" }, d:recv())
  check.values({ "" }, d:recv())
  c:close()
  check.partial("connection refused", 0, "ECONNREFUSED", d:send("x"))
  d:close()
  check.raises("#1 to 'socketpair' (unsupported type)",
    function() socket.socketpair(socket.SOCK_RAW) end)
end)

check.case("calls on a closed one fail as on any other", function()
  local s = socket.unix()
  s:close()
  check.fails("closed", "EBADF", s:connect("\0a"))
  check.fails("closed", "EBADF", s:bind("\0a"))
  check.fails("closed", "EBADF", s:listen())
  check.fails("closed", "EBADF", s:accept())
  check.fails("closed", "EBADF", s:getsockname())
  check.equal(tostring(s), "unixstream closed")
end)

check.case("a family or type that is none raises", function()
  check.raises("#1 to 'socket' (unsupported family)",
    function() socket.socket(16) end)
  check.raises("#2 to 'socket' (unsupported type)",
    function() socket.socket(socket.AF_UNIX, 10) end)
end)

check.case("setfd moves a descriptor to another socket", function()
  local a, b <close> = socket.socketpair()
  local fd = a:getfd()
  local heir <close> = socket.tcp()
  check.values({ true }, heir:setfd(fd))
  check.equal(heir:getfd(), fd)
  check.equal(tostring(heir), "unixstream * -> *")
  check.equal(a:getfd(), -1)
  check.partial("closed", 0, "EBADF", a:send("x"))
  check.values({ true }, heir:sendall("moved"))
  check.values({ "moved" }, b:recv())
  check.values({ true }, heir:setfd(fd))
  check.values({ true }, heir:sendall("same"))
  check.values({ "same" }, b:recv())
end)

check.case("setfd(-1) lets go and does not close", function()
  local a, b <close> = socket.socketpair()
  local fd = a:fileno()
  local t = thread.spawn(a.recv, a)
  check.eventually(function() return t:waiting_for() ~= nil end)
  check.values({ true }, a:setfd(-1))
  local data, message, code = check.joined(t)
  check.equal({ data or "nil", message, code }, { "nil", "closed", "EBADF" })
  check.equal(tostring(a), "unixstream closed")
  check.values({ true }, b:sendall("kept"))
  check.values({ true }, a:setfd(fd))
  check.values({ "kept" }, a:recv())
  a:close()
end)

check.case("setfd takes sockets only, else nothing changes", function()
  local a, b <close> = socket.socketpair()
  check.fails("closed", "EBADF", a:setfd(999999))
  check.fails("Socket operation on non-socket", "ENOTSOCK", a:setfd(0))
  check.raises("#1 to 'setfd' (descriptor must be an integer of at least -1)",
    function() a:setfd(-2) end)
  check.values({ true }, a:sendall("still"))
  check.values({ "still" }, b:recv())
  a:close()
end)

check.case("an adopted descriptor knows what it is", function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local ip, port = server:getsockname()
  local client = assert(socket.connect(ip, port))
  local conn <close> = server:accept()
  local heir <close> = socket.udp()
  check.ok(heir:setfd(client:getfd()))
  check.ok(tostring(heir):find("^tcp 127.0.0.1:%d+ %-> 127.0.0.1:"))
  check.fails("already connected", "EISCONN", heir:connect(ip, port))
  heir:sendall("line\n")
  check.values({ "line" }, conn:receive())
end)

check.case("statistics count bytes and age", function()
  local a, b <close> = socket.socketpair()
  a:sendall("12345")
  b:recv(2)
  local received, sent, age = a:getstats()
  check.equal({ received, sent }, { 0, 5 })
  check.ok(math.type(age) == "float" and age >= 0)
  check.equal((b:getstats()), 2)
  check.values({ true }, b:setstats(10, 20, 1000))
  received, sent, age = b:getstats()
  check.equal({ received, sent }, { 10, 20 })
  check.ok(age >= 1000)
  check.values({ true }, b:setstats(nil, 7))
  received, sent = b:getstats()
  check.equal({ received, sent }, { 10, 7 })
  a:sendall("a line\nand more")
  check.values({ "345a line" }, b:receive())
  check.equal((b:getstats()), 20)
  b:setstats(0)
  check.equal((b:getstats()), 0)
  check.values({ "and" }, b:receive(3))
  check.equal((b:getstats()), 3)
  check.raises("#1 to 'setstats' (must not be negative)",
    function() b:setstats(-1) end)
  check.raises("#3 to 'setstats' (age out of range)",
    function() b:setstats(0, 0, 0 / 0) end)
  a:close()
end)

-- Making TCP connections: connect, accept, and how they fail.
-- netbox: --allow-listen=192.0.2.1:0

local check = require("check")
local pair = require("pair")

-- A port on which nobody listens, kept from others while `s` is open.
local function deaf_port()
  local s = socket.tcp()
  s:bind("127.0.0.1", 0)
  local _, port = s:getsockname()
  return s, port
end

local Silent = {}

function Silent:__close()
  for _, s in ipairs(self.sockets) do
    s:close()
  end
end

-- A listening server that answers no more handshakes: its queue is full.
local function silent_server()
  local server = socket.socket()
  server:bind("127.0.0.1", 0)
  server:listen(0)
  local ip, port = server:getsockname()
  local sockets = { server }
  for _ = 1, 10 do
    local client = socket.tcp()
    client:settimeout(0.03)
    table.insert(sockets, client)
    local ok, _, code = client:connect(ip, port)
    if not ok then
      check.equal(code, "ETIMEDOUT")
      local silent = { ip = ip, port = port, sockets = sockets }
      return setmetatable(silent, Silent)
    end
  end
  error("the queue of a listener never fills")
end

check.case("connect and accept meet", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.tcp()
  check.values({ true }, client:connect(ip, port))
  local got = table.pack(server:accept())
  local conn <close> = got[1]
  local cip, cport = client:getsockname()
  check.equal(got, { n = 3, conn, cip, cport })
  check.values({ cip, cport, "inet" }, conn:getpeername())
  check.values({ ip, port, "inet" }, conn:getsockname())
  check.values({ ip, port, "inet" }, client:getpeername())
end)

check.case("bind, listen and accept step by step", function()
  local server <close> = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  check.values({ true }, server:bind("127.0.0.1", 0))
  check.values({ true }, server:listen())
  local ip, port = server:getsockname()
  local acceptor = thread.spawn(server.accept, server)
  thread.yield()
  check.equal(acceptor:status(), "waiting")
  local client <close> = socket.connect(ip, port)
  local conn <close> = check.joined(acceptor)
  check.values({ 2 }, conn:send("hi"))
  check.values({ "hi" }, client:recv())
end)

check.case("an accepted socket starts without time-out", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  server:settimeout(0.5)
  local ip, port = server:getsockname()
  local client <close> = socket.connect(ip, port)
  local conn <close> = server:accept()
  local fresh <close> = socket.tcp()
  check.values(table.pack(fresh:gettimeout()), conn:gettimeout())
  client:close()
end)

check.case("socket.connect can choose its own address", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.connect(ip, port, "127.0.0.2", 0)
  check.equal(client:getsockname(), "127.0.0.2")
  local conn <close>, from = server:accept()
  check.equal(from, "127.0.0.2")
  check.equal(conn:getpeername(), "127.0.0.2")
end)

check.case("connect to a port without listener is refused", function()
  local holder <close>, port = deaf_port()
  local client <close> = socket.tcp()
  local message, code = "connection refused", "ECONNREFUSED"
  check.fails(message, code, client:connect("127.0.0.1", port))
  check.fails(message, code, socket.connect("127.0.0.1", port))
  holder:close()
end)

check.case("connect_ex gives numbers, as Python's", function()
  local holder <close>, deaf = deaf_port()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client, second = socket.tcp(), socket.tcp()
  check.values({ 0 }, client:connect_ex(ip, port))
  check.values({ 111, "ECONNREFUSED" }, second:connect_ex(ip, deaf))
  holder:close()
end)

check.case("a connected socket says so", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.connect(ip, port)
  check.fails("already connected", "EISCONN", client:connect(ip, port))
  check.values({ 106, "EISCONN" }, client:connect_ex(ip, port))
end)

check.case("a connect that must not wait is in progress, then done", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.tcp()
  client:settimeout(0)
  check.fails("timeout", "EINPROGRESS", client:connect(ip, port))
  client:settimeout(5)
  check.values({ true }, client:connect(ip, port))
  check.fails("already connected", "EISCONN", client:connect(ip, port))
  check.values({ 2 }, client:send("ok"))
end)

check.case("connect to a silent peer ends with the time-out", function()
  local silent <close> = silent_server()
  local client <close> = socket.tcp()
  client:settimeout(0.03)
  local start = timer.now()
  check.fails("timeout", "ETIMEDOUT", client:connect(silent.ip, silent.port))
  check.ok(timer.now() - start >= 0.03)
end)

check.case("a socket closed while it connects says closed", function()
  local silent <close> = silent_server()
  local client <close> = socket.tcp()
  local t = thread.spawn(client.connect, client, silent.ip, silent.port)
  thread.yield()
  check.equal(t:status(), "waiting")
  client:close()
  check.fails("closed", "EBADF", check.joined(t))
end)

check.case("a cancelled connect leaves nothing behind", function()
  local silent <close> = silent_server()
  local before = #socket.sockets()
  local t = thread.spawn(socket.connect, silent.ip, silent.port)
  thread.yield()
  t:cancel()
  check.cancelled(t)
  collectgarbage()
  collectgarbage()
  check.equal(#socket.sockets(), before)
end)

check.case("accept gives up after the time-out", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  server:settimeout(0.02)
  local start = timer.now()
  check.fails("timeout", "ETIMEDOUT", server:accept())
  check.ok(timer.now() - start >= 0.02)
  server:settimeout(0)
  check.fails("timeout", "EAGAIN", server:accept())
end)

check.case("two acceptors are served in the order they came", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local first = thread.spawn(server.accept, server)
  local second = thread.spawn(server.accept, server)
  thread.yield()
  local one <close> = socket.connect(ip, port)
  local two <close> = socket.connect(ip, port)
  local a <close>, _, aport = check.joined(first)
  local b <close>, _, bport = check.joined(second)
  check.equal(aport, select(2, one:getsockname()))
  check.equal(bport, select(2, two:getsockname()))
  check.ok(a ~= b)
end)

check.case("accept on what does not listen is an error value", function()
  local s <close> = socket.socket()
  s:bind("127.0.0.1", 0)
  check.fails("Invalid argument", "EINVAL", s:accept())
end)

check.case("a port that is taken is refused, and free once closed", function()
  local first <close> = socket.bind("127.0.0.1", 0)
  local ip, port = first:getsockname()
  local message, code = "address already in use", "EADDRINUSE"
  check.fails(message, code, socket.bind(ip, port))
  local s <close> = socket.tcp()
  check.fails(message, code, s:bind(ip, port))
  first:close()
  local again <close> = socket.bind(ip, port)
  check.ok(again)
end)

check.case("a server's port is free again in spite of TIME_WAIT", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.connect(ip, port)
  local conn = server:accept()
  conn:close()
  server:close()
  check.fails("closed", "EOF", client:recv())
  client:close()
  local again <close> = socket.bind(ip, port)
  check.ok(again)
end)

check.case("an address that is not ours cannot be bound", function()
  local s <close> = socket.tcp()
  local message = "Cannot assign requested address"
  check.fails(message, "EADDRNOTAVAIL", s:bind("192.0.2.1", 0))
  check.fails(message, "EADDRNOTAVAIL", socket.bind("192.0.2.1", 0))
  check.values({ true }, s:bind("127.0.0.1", 0))
end)

check.case("what needs a connection says that there is none", function()
  local s <close> = socket.socket()
  check.equal(select(3, s:recv()), "ENOTCONN")
  check.equal(select(3, s:getpeername()), "ENOTCONN")
  check.equal(select(3, s:sendall("x")), "EPIPE")
end)

check.case("two hundred connections, each with its own echo", function()
  local server <close> = socket.bind("127.0.0.1", 0, 200)
  local ip, port = server:getsockname()
  local echo = thread.spawn(function()
    while true do
      local conn = server:accept()
      thread.spawn(function()
        local _ <close> = conn
        conn:send(conn:receive())
      end)
    end
  end)
  local clients = {}
  for i = 1, 200 do
    clients[i] = thread.spawn(function()
      local c <close> = assert(socket.connect(ip, port))
      c:send(i .. "\n")
      return c:receive(#tostring(i))
    end)
  end
  for i, t in ipairs(clients) do
    check.equal(check.joined(t), tostring(i))
  end
  echo:cancel()
  check.cancelled(echo)
end)

check.case("pair gives two ends of one connection", function()
  local near, far = pair()
  check.values({ far:getsockname() }, near:getpeername())
end)

check.case("connect takes the family last", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  for _, family in ipairs({ "inet", "unspec" }) do
    local conn <close> = socket.connect(ip, port, nil, nil, family)
    check.values({ ip, port, "inet" }, conn:getpeername())
    local from <close> = socket.connect(ip, port, ip, 0, family)
    check.values({ ip, port, "inet" }, from:getpeername())
  end
  check.fails("ai_family not supported", "EAI_FAMILY",
    socket.connect(ip, port, ip, 0, "inet6"))
  check.raises("bad argument #5 to 'connect' (invalid option 'inet5')",
    function() socket.connect(ip, port, nil, nil, "inet5") end)
end)

-- socket.select on real sockets: what it gives to the letter of LuaSocket, any
-- number of sockets, objects of the script's own, and a dispatcher in one
-- thread while others run.

local check = require("check")
local pair = require("pair")

-- Something that has the descriptor of `s`, as a script wraps a socket.
local function wrapped(s)
  return {
    getfd = function()
      return s:getfd()
    end,
  }
end

-- A thread that runs f(...) and waits in it.
local function waiting(f, ...)
  local t = thread.spawn(f, ...)
  thread.yield()
  check.equal(t:status(), "waiting")
  return t
end

-- Sends until no more can be sent.
local function fill(s)
  s:settimeout(0)
  repeat
    local sent = s:send(("x"):rep(65536))
  until not sent
  s:settimeout(nil)
end

check.case("nothing ready is two empty lists and timeout", function()
  local near = pair()
  check.values({ {}, {}, "timeout" }, socket.select({ near }, nil, 0))
  check.values({ {}, {}, "timeout" }, socket.select({ near }, {}, 0.01))
  check.values({ {}, {}, "timeout" }, socket.select(nil, nil, 0.01))
end)

check.case("what is ready comes in lists that are maps", function()
  local near, far = pair()
  local _, other = pair()
  near:send("x")
  local values = table.pack(socket.select({ other, far }, { near, far }))
  check.equal(values.n, 2)
  check.equal(values[1], { far, [far] = 1 })
  check.equal(values[2], { near, far, [near] = 1, [far] = 2 })
end)

check.case("without anything to wait for it sleeps", function()
  local start = timer.now()
  socket.select(nil, nil, 0.05)
  socket.select({}, { socket.tcp() }, 0.05)
  check.ok(timer.now() - start >= 0.1)
end)

check.case("a listener is ready when a client comes", function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local t = waiting(socket.select, { server })
  local client <close> = socket.tcp()
  client:connect(server:getsockname())
  check.equal(check.joined(t), { server, [server] = 1 })
  server:accept():close()
end)

check.case("the end and a reset can be read", function()
  local near, far = pair()
  local other, ended = pair()
  local t = waiting(socket.select, { far })
  near:setoption("linger", { on = true, timeout = 0 })
  near:close()
  check.equal(check.joined(t), { far, [far] = 1 })
  t = waiting(socket.select, { ended })
  other:close()
  check.equal(check.joined(t), { ended, [ended] = 1 })
  local _, writable = socket.select(nil, { far, ended }, 0)
  check.equal(#writable, 2)
end)

check.case("an error that waits to be told can be read", function()
  local nobody = socket.udp4()
  nobody:setsockname("127.0.0.1", 0)
  local s = socket.udp4()
  s:setpeername(nobody:getsockname())
  nobody:close()
  s:send("x")
  check.equal(socket.select({ s }), { s, [s] = 1 })
  check.fails("connection refused", "ECONNREFUSED", s:recv())
end)

check.case("a full connection can be written when it is read", function()
  local near, far = socket.socketpair()
  fill(near)
  check.equal(select(3, socket.select({ near }, { near }, 0)), "timeout")
  local t = waiting(socket.select, nil, { near })
  local reader = thread.spawn(function()
    while far:recv() do
      thread.yield()
    end
  end)
  local _, writable = check.joined(t)
  check.equal(writable, { near, [near] = 1 })
  near:close()
  check.joined(reader)
end)

check.case("bytes in the buffer are ready, and nothing else waits", function()
  local near, far = pair()
  near:send("one\ntwo\n")
  far:receive()
  check.equal(far:dirty(), true)
  local readable, writable = socket.select({ near, far }, { near })
  check.equal(readable, { far, [far] = 1 })
  check.equal(writable, { near, [near] = 1 })
  far:receive()
  check.equal(far:dirty(), false)
  check.equal(#socket.select({ far }, nil, 0), 0)
end)

check.case("a pending connection is ready when it is decided", function()
  local nobody <close> = socket.tcp()
  nobody:bind("127.0.0.1", 0)
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local good, bad = socket.tcp(), socket.tcp()
  good:settimeout(0)
  bad:settimeout(0)
  local codes = {}
  for s, to in pairs({ [good] = server, [bad] = nobody }) do
    local ok, _, code = s:connect(to:getsockname())
    while code == "EINPROGRESS" do
      local _, writable = socket.select(nil, { s })
      check.equal(writable[1], s)
      ok, _, code = s:connect(to:getsockname())
    end
    codes[s] = code or ok
  end
  check.equal(codes, { [good] = true, [bad] = "ECONNREFUSED" })
end)

check.case("a socket that another thread closes is ready", function()
  local near, far = socket.socketpair()
  fill(near)
  local t = waiting(socket.select, { near }, { near, wrapped(near) })
  local u = waiting(socket.select, { wrapped(near) })
  near:close()
  local readable, writable = check.joined(t)
  check.equal(readable, { near, [near] = 1 })
  check.equal(#writable, 2)
  check.equal(#check.joined(u), 1)
  check.equal(#socket.select({ near, wrapped(near) }, nil, 0), 0)
  far:close()
end)

check.case("an object with getfd counts as its descriptor", function()
  local near, far = pair()
  local object, none = wrapped(far), wrapped(socket.tcp())
  local t = waiting(socket.select, { none, object })
  near:send("x")
  check.equal(check.joined(t), { object, [object] = 1 })
  check.equal(far:recv(), "x")
  function object.dirty()
    return true
  end
  check.equal(socket.select({ object, none }), { object, [object] = 1 })
end)

check.case("a descriptor that is not open is a mistake", function()
  check.raises("entry 1: descriptor 1000000 is not open", function()
    socket.select({
      {
        getfd = function()
          return 1000000
        end,
      },
    })
  end)
end)

check.case("a list with holes ends at the first", function()
  local sock <close> = socket.udp4()
  local entries = {}
  for i = 0, 29 do
    entries[i + 1] = ("[%d] = ..."):format(1 << i)
  end
  local make = load("return { " .. table.concat(entries, ", ") .. " }")
  local list = make(sock)
  check.equal(#list, 1 << 29)
  check.equal(select(2, socket.select(nil, list, 0)), { sock, [sock] = 1 })
end)

check.case("datagrams and both ends of a socketpair", function()
  local udp <close> = socket.udp4()
  udp:setsockname("127.0.0.1", 0)
  local a, b = socket.socketpair()
  local list = { udp, a, b }
  local t = waiting(socket.select, list)
  udp:sendto("x", udp:getsockname())
  check.equal(check.joined(t), { udp, [udp] = 1 })
  udp:recv()
  t = waiting(socket.select, list)
  a:send("x")
  check.equal(check.joined(t), { b, [b] = 1 })
end)

check.case("threads select and receive on one socket at once", function()
  local near, far = pair()
  local reader = waiting(far.recv, far)
  local first = waiting(socket.select, { far })
  local second = waiting(socket.select, { far, near })
  near:send("x")
  check.equal(check.joined(reader), "x")
  timer.sleep(0.01)
  check.equal(first:status(), "waiting")
  near:send("y")
  check.equal(#check.joined(first), 1)
  check.equal(#check.joined(second), 1)
  check.equal(far:recv(), "y")
end)

check.case("a cancelled select lets the others go on", function()
  local near, far = pair()
  local first = waiting(socket.select, { far })
  local second = waiting(socket.select, { far })
  first:cancel()
  check.cancelled(first)
  near:send("x")
  check.equal(#check.joined(second), 1)
end)

check.case("a thread for each socket, all in select", function()
  local threads = {}
  local ends = {}
  for i = 1, 200 do
    local a, b = socket.socketpair()
    ends[i] = a
    threads[i] = thread.spawn(function()
      check.equal(socket.select({ b })[1], b)
      return b:recv()
    end)
  end
  for i = #ends, 1, -1 do
    ends[i]:send(tostring(i))
  end
  for i, t in ipairs(threads) do
    check.equal(check.joined(t), tostring(i))
  end
end)

-- As many sockets as there are descriptors, `most` at most.
local function many(most)
  local list = {}
  repeat
    local s = socket.udp4()
    list[#list + 1] = s
  until not s or #list == most
  for _ = 1, math.min(#list, 8) do -- leave some to the test
    table.remove(list):close()
  end
  return list
end

check.case("any number of sockets, in any number of entries", function()
  local list = many(3000)
  local one = list[#list]
  one:setsockname("127.0.0.1", 0)
  local entries = table.move(list, 1, #list, 1, {})
  while #entries < 20000 do
    table.move(list, 1, #list, #entries + 1, entries)
  end
  for _ = 1, 3 do
    local t = waiting(socket.select, entries, nil, 20)
    one:sendto("x", one:getsockname())
    check.equal(check.joined(t), { one, [one] = 1 })
    check.equal(one:recv(), "x")
  end
  check.equal(#select(2, socket.select(nil, entries)), #list)
  local t = waiting(socket.select, entries)
  for _, s in ipairs(list) do
    s:close()
  end
  check.equal(#check.joined(t), #list)
end)

-- A scheduler of coroutines over select, in the manner of copas.
local function dispatcher()
  local reading, writing, ready = {}, {}, {}
  local self = {}

  local function wait(set, s)
    set[s] = coroutine.running()
    coroutine.yield()
  end

  function self.add(f, ...)
    local args = table.pack(...)
    ready[#ready + 1] = coroutine.create(function()
      f(table.unpack(args, 1, args.n))
    end)
  end

  -- Tries until it need not wait.
  local function patient(set, s, method, ...)
    local results
    repeat
      results = table.pack(s[method](s, ...))
      local code = results[results.n]
      local must_wait = not results[1] and code == "EAGAIN"
      if must_wait then
        wait(set, s)
      end
    until not must_wait
    return table.unpack(results, 1, results.n)
  end

  function self.accept(s)
    return patient(reading, s, "accept")
  end

  function self.recv(s)
    return patient(reading, s, "recv")
  end

  function self.send(s, data)
    return patient(writing, s, "sendall", data)
  end

  local function keys(set)
    local list = {}
    for s in pairs(set) do
      list[#list + 1] = s
    end
    return list
  end

  local function wake(set, list)
    for _, s in ipairs(list) do
      ready[#ready + 1] = set[s]
      set[s] = nil
    end
  end

  -- Runs until no coroutine is left.
  function self.loop()
    while true do
      while #ready > 0 do
        assert(coroutine.resume(table.remove(ready, 1)))
      end
      if not next(reading) and not next(writing) then
        return
      end
      local r, w = socket.select(keys(reading), keys(writing))
      wake(reading, r)
      wake(writing, w)
    end
  end

  return self
end

check.case("a dispatcher serves many while other threads run", function()
  local clients, rounds = 20, 10
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  server:settimeout(0)
  local loop = dispatcher()

  local function serve(conn)
    conn:settimeout(0)
    while true do
      local data = loop.recv(conn)
      if not data then
        break
      end
      loop.send(conn, data:upper())
    end
    conn:close()
  end

  loop.add(function()
    for _ = 1, clients do
      loop.add(serve, assert(loop.accept(server)))
    end
  end)

  local function talk(number)
    local s <close> = socket.tcp()
    assert(s:connect(server:getsockname()))
    for i = 1, rounds do
      local word = ("client %d round %d\n"):format(number, i)
      s:sendall(word)
      check.equal(s:receive() .. "\n", word:upper())
    end
    return rounds
  end

  local served = thread.spawn(loop.loop)
  local threads = {}
  for i = 1, clients do
    threads[i] = thread.spawn(talk, i)
  end
  for _, t in ipairs(threads) do
    check.equal(check.joined(t), rounds)
  end
  check.joined(served)
end)

-- Random traffic over a bad network, for test_random_wire: connections of all
-- kinds, and for each of their ends threads that read and write in every way
-- there is, are cancelled, time out and close under each other.
--
-- Books are kept of every byte. "broken: ..." goes to standard error where
-- one is lost, comes twice or out of order, where a call fails for a reason
-- that the network did not give, or gives up while it need not.

local MARGIN = 1e-6  -- seconds that rounding may cost
local now, random = timer.now, math.random

local function demand(fact, ...)
  if not fact then
    io.stderr:write("broken: ", string.format(...), "\n")
  end
  return fact
end

local function say(...)
  print(string.format("%.6f", now()), ...)
end

local function chance(percent)
  return random(100) <= percent
end

-- A time that hardly coincides with another one.
local function moment(most)
  return random(1, 1000000) / 1000000 * most
end

-- What one end says to the other: lines, with a ";" here and there. No two
-- places of it look the same.
local function make_text(name)
  local lines = {}
  for i = 1, 150 do
    local filler = (chance(20) and ";" or "."):rep(random(0, 90))
    lines[i] = name .. i .. filler .. (chance(20) and ";\n" or "\n")
  end
  return table.concat(lines)
end

-- Calls what may wait. Cancellations are passed on when `tidy` has run.
local function wait(tidy, f, ...)
  local results = table.pack(pcall(f, ...))
  if results[1] then
    return table.unpack(results, 2, results.n)
  end
  local problem = results[2]
  if type(problem) == "table" and problem.code == "ECANCELED" then
    tidy()
    error(problem, 0)
  end
  return nil, problem
end

local function nothing() end

-- Waits for the end of a thread, which may have been cancelled.
local function finish(t)
  local ok, problem = t:join()
  demand(ok or type(problem) == "table" and problem.code == "ECANCELED",
    "a thread failed: %s", problem)
end

-- The end `e` has come `bytes` further in what its peer says.
local function advance(e, bytes)
  e.got = e.got + bytes
  demand(e.got <= wire.given(e.fd) or e.closed, "%s got bytes from nowhere",
    e.name)
end

local function count_in(e, data)
  demand(data == e.hears:sub(e.got + 1, e.got + #data),
    "%s got something else at %d", e.name, e.got)
  advance(e, #data)
end

-- Some data, and then the one byte that was taken with it.
local function count_piece(e, data, stop)
  demand(not data:find(stop, 1, true), "%s got more than a piece", e.name)
  count_in(e, data)
  demand(e.hears:sub(e.got + 1, e.got + 1) == stop, "%s got a piece of one",
    e.name)
  advance(e, 1)
end

-- The ways to read. Each returns true, or false and the code.
local readers = {}

function readers.recv(e, n)
  local data, _, code = wait(nothing, e.s.recv, e.s, n)
  if data then
    demand(#data >= 1 and #data <= n, "%s got %d bytes", e.name, #data)
    count_in(e, data)
  end
  return data, code
end

function readers.receive(e, n)
  local data, _, partial, code = wait(nothing, e.s.receive, e.s, n)
  demand(not data or #data == n, "%s got less than it wanted", e.name)
  count_in(e, data or partial)
  return data, code
end

function readers.line(e)
  local data, _, partial, code = wait(nothing, e.s.receive, e.s, "*l")
  if data then
    count_piece(e, data, "\n")
  else
    count_in(e, partial)
  end
  return data, code
end

function readers.all(e, n)
  if n > 500 then
    return readers.recv(e, n)
  end
  local data, _, partial, code = wait(nothing, e.s.receive, e.s, "*a")
  count_in(e, data or partial)
  return data, code
end

function readers.piece(e)
  local data, _, code = wait(nothing, e.s.recvuntil, e.s, ";")
  if data then
    count_piece(e, data, ";")
  end
  return data, code
end

function readers.short(e, n)
  local data, _, code = wait(nothing, e.s.recvuntil, e.s, ";", n)
  if data then
    count_piece(e, data, ";")
  elseif code == "EMSGSIZE" then
    local at = e.hears:find(";", e.got + 1, true)
    demand(not at or at - 1 - e.got > n, "%s might have had a piece", e.name)
    return readers.recv(e, n)
  end
  return data, code
end

-- Why an iterator of lines has raised: it says so in words only.
local function why_no_line(e, message, late)
  if message == "timeout" then
    return late
  end
  return e.closed and "EBADF" or wire.why(e.fd)
end

-- The last line of a stream may lack its end.
function readers.lines(e)
  local late = e.limit == 0 and "EAGAIN" or "ETIMEDOUT"
  local data, message = wait(nothing, e.s:lines(), e.s)
  if message then
    return nil, why_no_line(e, message, late)
  elseif not data then
    return nil, "EOF"
  elseif wire.given(e.fd) > e.got + #data then
    count_piece(e, data, "\n")
  else
    count_in(e, data)
  end
  return data
end

-- Asks first whether there is something. One that is closed is passed over.
function readers.select(e, n)
  local limit = e.closed and 0 or e.limit
  local ready, _, message = wait(nothing, socket.select, { e.s }, nil, limit)
  if e.closed then
    return nil, "EBADF"
  elseif message == "timeout" then
    return nil, limit == 0 and "EAGAIN" or "ETIMEDOUT"
  end
  demand(ready[1] == e.s or e.closed, "%s was not selected", e.name)
  return readers.recv(e, n)
end

local ways = { "recv", "receive", "line", "all", "piece", "short", "lines",
  "select" }

-- The call of an end failed: true if it may be made again.
local function explain(e, code, since, limit, ready)
  if code == "ETIMEDOUT" and limit then
    demand(now() >= since + limit - MARGIN, "%s gave up too early", e.name)
    demand(not ready(e.fd) or e.closed, "%s gave up too soon", e.name)
    return true
  elseif code == "EAGAIN" then
    return demand(limit == 0 or e.limit == 0, "%s did not wait", e.name)
  elseif code == "EBADF" then
    demand(e.closed, "%s was closed by nobody", e.name)
  else
    demand(e.closed or code and code == wire.why(e.fd), "%s: %s instead of %s",
      e.name, code, wire.why(e.fd))
  end
  return false
end

local function never()
  return false
end

-- Nobody reads any more: what netbox has read ahead is still there.
local function drain(e)
  while not e.closed and e.got < wire.given(e.fd) do
    local data, message = e.s:recv()
    if not demand(data, "%s lost %d bytes: %s", e.name,
        wire.given(e.fd) - e.got, message) then
      return
    end
    count_in(e, data)
  end
  local peer = e.peer
  if not e.closed and e.over == "EOF" and not wire.harmed(e.fd) then
    demand(e.got == peer.said, "%s got %d of %d bytes", e.name, e.got,
      peer.said)
  end
end

local function set_timeout(e, limit)
  e.s:settimeout(limit)
  e.limit = limit
end

local function close(e)
  if not e.closed then
    e.said = wire.taken(e.fd)
    e.closed = true
    e.s:close()
  end
end

local function read_once(e)
  local way, since, limit = ways[random(#ways)], now(), e.limit
  local data, code = readers[way](e, random(2000))
  local alone = e.readers == 1 and e.limit == limit
  say(e.name, way, data and #data, code)
  if not data and not explain(e, code, since, limit,
      alone and wire.readable or never) then
    e.over = e.over or code
  elseif not data or chance(20) then
    timer.sleep(moment(0.5))
  end
end

-- Reads until the stream is over.
local function read(e)
  e.readers = e.readers + 1
  local _ <close> = setmetatable({}, { __close = function()
    e.readers = e.readers - 1
    if e.readers == 0 and e.over then
      drain(e)
      if e.over ~= "EOF" then
        close(e)
      end
    end
  end })
  while not e.over do
    read_once(e)
  end
end

-- What was said is what the network has taken.
local function count_out(e, most)
  local taken = wire.taken(e.fd)
  if not e.closed then
    demand(taken >= e.said and taken <= most, "%s said %d, not %d to %d",
      e.name, taken, e.said, most)
    e.said = taken
  end
end

local function send(e, n)
  local last = math.min(e.said + n, #e.says)
  local function tidy()
    count_out(e, last)
  end
  local ok, _, sent, code = wait(tidy, e.s.send, e.s, e.says, e.said + 1, last)
  demand(e.closed or (ok or sent) == wire.taken(e.fd), "%s sent %s, not %d",
    e.name, ok or sent, wire.taken(e.fd))
  demand(not ok or ok == last, "%s sent too little", e.name)
  count_out(e, last)
  return ok, code
end

local function sendall(e, n)
  local data = e.says:sub(e.said + 1, e.said + n)
  local last = e.said + #data
  local function tidy()
    count_out(e, last)
  end
  local ok, _, code = wait(tidy, e.s.sendall, e.s, data)
  demand(not ok or e.closed or wire.taken(e.fd) == last,
    "%s sent too little", e.name)
  count_out(e, last)
  return ok, code
end

local function write_once(e)
  local since, limit = now(), e.limit
  local ok, code = (chance(50) and send or sendall)(e, random(6000))
  local alone = e.limit == limit
  say(e.name, "sent", ok and e.said, code)
  if not ok and not explain(e, code, since, limit,
      alone and wire.writable or never) then
    e.dumb = true
  elseif not ok or chance(20) then
    timer.sleep(moment(0.5))
  end
end

-- Says some of what there is to say, and that this was all.
local function write(e)
  while e.pieces > 0 and not e.dumb do
    e.pieces = e.pieces - 1
    write_once(e)
  end
  local ok, _, code = e.s:shutdown("send")
  if not ok then
    demand(e.closed or code == wire.why(e.fd), "shutdown gave %s", code)
    close(e)
  end
end

local function new_end(s, name)
  local e = { s = s, name = name, fd = s:fileno(), says = make_text(name),
    said = 0, got = 0, readers = 0, pieces = random(0, 12) }
  set_timeout(e, chance(50) and moment(2) or nil)
  return e
end

-- Cancels a thread now and then, and lets another one go on.
local function spawn_restless(f, e)
  local t = thread.spawn(f, e)
  while chance(40) do
    timer.sleep(moment(1))
    t:cancel()
    finish(t)
    t = thread.spawn(f, e)
  end
  finish(t)
end

local function disturb(e)
  if chance(30) then
    timer.sleep(moment(2))
    set_timeout(e, ({ 0, moment(0.1), moment(3) })[random(3)])
  end
  if chance(15) then
    timer.sleep(moment(2))
    say(e.name, "closed")
    close(e)
  end
end

-- Lets the two ends talk until both have said everything.
local function talk(a, b, name)
  local left, right = new_end(a, name .. "l"), new_end(b, name .. "r")
  local threads = {}
  left.peer, right.peer = right, left
  left.hears, right.hears = right.says, left.says
  demand(wire.mate(left.fd) == right.fd or wire.harmed(left.fd) or
    wire.harmed(right.fd),
    "two strangers talk")
  for _, e in ipairs { left, right } do
    for _ = 1, chance(30) and 2 or 1 do
      table.insert(threads, thread.spawn(spawn_restless, read, e))
    end
    table.insert(threads, thread.spawn(spawn_restless, write, e))
    table.insert(threads, thread.spawn(disturb, e))
  end
  for _, t in ipairs(threads) do
    finish(t)
  end
  a:close()
  b:close()
end

-- True for an error that passes.
local function is_short(code)
  return code == "EMFILE" or code == "ENFILE" or code == "ENOBUFS" or
    code == "ENOMEM"
end

-- A connection with whoever comes to `server`; nil if that cannot be.
local function meet(server, connect)
  local client, conn, code
  local t = thread.spawn(function()
    client = connect()
  end)
  server:settimeout(5)
  for _ = 1, 5 do
    conn, _, code = server:accept()
    if conn or not is_short(code) then
      break
    end
  end
  demand(conn or code, "accept gave no reason")
  finish(t)
  server:close()
  if client and conn then
    return client, conn
  end
  for _, s in pairs { client, conn } do
    s:close()
  end
end

-- The ways to come together. Each gives two sockets, or nil. What is not
-- needed is closed, for the collector comes when it likes.
local makers = {}

local function connected(s, ...)
  if s and not s:connect(...) then
    s:close()
    return
  end
  return s
end

function makers.tcp()
  local server <close> = socket.bind("127.0.0.1", 0)
  local _, port
  if server then
    _, port = server:getsockname()
  end
  return math.type(port) == "integer" and meet(server, function()
    local s = socket.tcp()
    s:settimeout(chance(30) and moment(1) or nil)
    return connected(s, "127.0.0.1", port)
  end)
end

function makers.name()
  local server <close> = socket.bind("*", 7)
  return server and meet(server, function()
    return (socket.connect("two.test", 7))
  end)
end

function makers.unix()
  local server <close> = socket.unix()
  return server and server:bind("/run/x") and server:listen() and
    meet(server, function()
      return connected(socket.unix(), "/run/x")
    end)
end

makers.pair = socket.socketpair

local kinds = { "tcp", "name", "unix", "pair" }

local tools = { demand = demand, say = say, moment = moment, finish = finish }

return function(seed, letters)
  math.randomseed(seed)
  local threads = {}
  for i = 1, random(3) do
    local kind = kinds[random(#kinds)]
    threads[i] = thread.spawn(function()
      local a, b = makers[kind]()
      say(kind, a and "met")
      if a and b then
        talk(a, b, i)
      end
    end)
  end
  if chance(30) then
    letters(tools)
  end
  for _, t in ipairs(threads) do
    finish(t)
  end
end

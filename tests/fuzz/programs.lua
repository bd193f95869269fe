-- Programs of threads, sockets and timers, as the bytes of a fuzz target say.
-- All threads read the same bytes, each the next when it runs: one byte for
-- what is done, and one for each thing that it is done to or with. The clock
-- is virtual and nothing else chooses, so the same bytes do the same again.

local MOST_THREADS, SLOTS = 40, 4
local PATIENCE = 20 -- seconds; then everybody is cancelled

local stop, fail = fuzz.stop, fuzz.fail
local bytes, at, started
local sockets, threads, timers, things

local function next_byte()
  at = at + 1
  return bytes:byte(at)
end

local function draw(n)
  return (next_byte() or 0) % n + 1
end

local function moment()
  return ({ 0, 0.001, 0.5, 3 })[draw(4)]
end

-- A socket of a slot, which may be empty or closed.
local function some()
  return sockets[draw(SLOTS)]
end

-- None waits for ever: in a shield nobody could end that.
local function put_one(s)
  if s then
    s:settimeout(3)
  end
  sockets[draw(SLOTS)] = s or nil
end

local function put(s, other)
  put_one(s)
  if type(other) == "userdata" then
    put_one(other)
  end
end

local play

-- A thread that goes on with the bytes, unless there are many.
local function start(spawn, ...)
  if started < MOST_THREADS then
    started = started + 1
    local t = spawn(...)
    threads[draw(SLOTS)] = t
    return t
  end
end

local function port_of(s)
  local _, port = s:getsockname()
  return math.type(port) == "integer" and port or 7
end

local data = ("0123456789\n"):rep(1000)
local patterns = { "*l", "*a", "*n", 1, 100, 5000 }

local act = {
  function() put(socket.tcp()) end,
  function() put(socket.udp()) end,
  function() put(socket.bind("127.0.0.1", draw(4))) end,
  function() put(socket.socketpair()) end,
  function() put(socket.socketpair(socket.SOCK_DGRAM)) end,
  function() put(socket.connect("127.0.0.1", draw(4))) end,
  function() put(socket.connect("two.test", draw(4))) end,
  function() put((some():accept())) end,
  function() some():connect("127.0.0.1", port_of(some())) end,
  function() some():setsockname("127.0.0.1", draw(4)) end,
  function() some():setpeername("127.0.0.1", draw(4)) end,
  function() some():listen(draw(4)) end,
  function() some():send(data, draw(100), draw(256) * 40) end,
  function() some():sendall(data:sub(1, draw(256) * 40)) end,
  function() some():sendto("datagram", "127.0.0.1", draw(4)) end,
  function() some():recv(draw(256) * 20) end,
  function() some():receive(patterns[draw(#patterns)]) end,
  function() some():recvfrom() end,
  function() some():recvuntil("9\n", draw(3) * 10) end,
  function()
    for _ in some():lines() do
      if draw(4) == 1 then
        break
      end
    end
  end,
  function() some():close() end,
  function() some():shutdown(({ "both", "send", "receive" })[draw(3)]) end,
  function() some():settimeout(moment()) end,
  function() socket.select({ some() }, { some() }, moment()) end,
  function() socket.relay(some(), some()) end,
  function() put(nil) end,
  function() collectgarbage() end,
  function() socket.getaddrinfo("two.test") end,
  -- Threads and what they wait for.
  function() start(thread.spawn, play) end,
  function() start(thread.spawn, { daemon = true }, play) end,
  function() threads[draw(SLOTS)]:cancel() end,
  function() threads[draw(SLOTS)]:join(moment()) end,
  function() threads[draw(SLOTS)]:traceback() end,
  function() thread.yield() end,
  function() timer.sleep(moment()) end,
  function() thread.deadline(moment(), play) end,
  function() thread.shield(play) end,
  function()
    local g <close> = thread.group()
    start(g.spawn, g, play)
    start(g.spawn, g, play)
    if draw(2) == 1 then
      g:wait()
    end
  end,
  function() coroutine.wrap(play)() end,
  function()
    local _ <close> = setmetatable({}, { __close = play })
    play()
  end,
  function() setmetatable({}, { __gc = play }) end,
  function() error({}) end,
  -- Timers.
  function() timers[draw(SLOTS)] = timer.after(moment(), play) end,
  function() timers[draw(SLOTS)] = timer.every(moment() + 0.1, play) end,
  function() timers[draw(SLOTS)]:cancel() end,
  -- The others are made once and shared.
  function() things.lock:acquire(moment()) end,
  function() things.lock:release() end,
  function()
    local _ <close> = things.lock:hold()
    play()
  end,
  function() things.condition:wait(moment()) end,
  function() things.condition:notify(draw(3)) end,
  function() things.semaphore:acquire() end,
  function() things.semaphore:release() end,
  function() things.barrier:wait() end,
  function() things.barrier:reset() end,
  function() things.event:wait() end,
  function() things.event:set() end,
  function() things.queue:put(data, moment()) end,
  function() things.queue:get(moment()) end,
  function() things.queue:close() end,
  function() thread.list() socket.sockets() end,
}

-- Does things until the bytes or its turn end.
function play()
  local byte = next_byte()
  while byte and byte ~= 255 do
    pcall(act[byte % #act + 1])
    byte = next_byte()
  end
end

-- Nothing is left of the program before.
local function begin(input)
  bytes, at, started = input, 0, 0
  sockets, threads, timers = {}, {}, {}
  things = {
    lock = thread.lock(),
    condition = thread.condition(thread.rlock()),
    semaphore = thread.semaphore(1),
    barrier = thread.barrier(2),
    event = thread.event(),
    queue = thread.queue(1),
  }
end

function fuzz.play(input)
  begin(input)
  fail()
  start(thread.spawn, play)
  timer.sleep(PATIENCE)
  for _, t in pairs(threads) do
    t:cancel()
  end
  stop()
  timer.sleep(1)
end

-- Calls functions with arguments, as the bytes of a fuzz target say. A call:
--
--   2 bytes  which of the functions that can be reached from _G, or from a
--            handle, a timer or any other value that a script can have
--   1 byte   how many arguments, and when the next call comes
--   1 byte   for each argument, which of the values below
--
-- Each call has a thread of its own: one that waits lets the next begin.

local MOST_CALLS = 100
local SMALL = 100 -- for numbers of functions that do a thing so many times

local fuzz, metatable, stop, abandon =
  fuzz, fuzz.metatable, fuzz.stop, fuzz.abandon
local byte, mtype = string.byte, math.type
local unpack, sort, insert =
  table.unpack, table.sort, table.insert
local spawn, sleep, yield, event = thread.spawn, timer.sleep, thread.yield,
  thread.event
local select, type, pairs, ipairs, pcall = select, type, pairs, ipairs, pcall
local bytes, at

local function next_byte()
  at = at + 1
  return byte(bytes, at) or 0
end

-- What every script can have, made for each input when it is first drawn.
local socket, thread, timer, coroutine, io = socket, thread, timer, coroutine,
  io
local makers = {
  socket.tcp, socket.udp,
  function() return socket.bind("127.0.0.1", 0) end,
  socket.unix, socket.unix.dgram, socket.socketpair,
  function() return select(2, socket.socketpair()) end,
  socket.tcp6, thread.lock, thread.rlock, thread.condition,
  function() return thread.semaphore(1) end,
  function() return thread.barrier(2) end,
  thread.event,
  function() return thread.queue(2) end,
  thread.group,
  function() return spawn({ daemon = true }, sleep, 1) end,
  function() return timer.after(1, function() end) end,
  function() return timer.every(1, function() end) end,
  function() return coroutine.create(yield) end,
  function() return io.stdin end,
  function() return io.stdout end,
  thread.self,
  function() return timer.now end,
}
local handles = {}

local function handle(i)
  if handles[i] == nil then
    handles[i] = makers[i]()
  end
  return handles[i]
end

local words = { "x", "", ("long"):rep(5000), "*", "127.0.0.1", "::1",
  "two.test", "n", "k", "__gc", "all", "send", "both", "tcp-nodelay",
  "linger", "inet", "%d%s%q", "(a*)*%1", "[", "r", "step", "incremental",
  "generational", "d", "i16z", "return ...", "10", "\0\255", "1e309" }

local numbers = { math.mininteger, math.mininteger + 1, -1, 0, 1, 2, 7, 80,
  2^31 - 1, 1 << 31, -1 << 31, 2^53, 1 << 53, math.maxinteger, 0/0, 1/0, -1/0,
  1.5, 0.0, -0.0, 65535, 65536, 0.01 }

local result -- of the call before

-- Values that are made anew for each argument, after the others.
local made = {
  function() end,
  function() return true end,
  function() return false end,
  function() return {} end,
  function() return handle(1):getfd() end,
  function() return { 1, 2, 3 } end,
  function() return { result, n = 1 << 31 } end,
  function() return { multiaddr = "239.0.0.1", interface = "*" } end,
  function() return { on = true, timeout = 1 << 31, daemon = true } end,
  function() return { handle(1), handle(3), "x" } end,
  function() return { __gc = sleep, __close = sleep, __index = rawlen,
    __len = print, __tostring = error, __call = yield } end,
  function() return function() end end,
  function() return function(...) return ... end end,
  function() return function() sleep(0.1) end end,
  function() return function() error({}) end end,
  function() return function(n) return coroutine.yield(n) end end,
  function() return coroutine.create(sleep) end,
  function() return coroutine.wrap(yield) end,
  function() return coroutine.running() end,
  function() return error end,
  function() return pcall end,
  function() return result end,
}

local function draw()
  local n = next_byte()
  if n < #numbers then
    return numbers[n + 1]
  end
  n = n - #numbers
  if n < #words then
    return words[n + 1]
  end
  n = n - #words
  if n < #makers then
    return handle(n + 1)
  end
  return made[(n - #makers) % #made + 1]()
end

local methods = metatable(handle(1)).__index
local setfd, getfd = methods.setfd, methods.getfd

-- What a socket lets go of stays open, and is closed in the end.
local function take(sock, fd)
  abandon(getfd(sock))
  return setfd(sock, fd)
end

-- What is called in the place of a function, if anything: os.exit would end
-- the process.
local instead = { [os.exit] = false, [setfd] = take }

-- Functions that count to a number, for as long as it takes.
local counting = { [string.rep] = true, [table.move] = true,
  [table.concat] = true, [table.unpack] = true, [utf8.char] = true }

local function bound(value)
  if mtype(value) and not (value > -SMALL and value < SMALL) then
    return SMALL
  end
  return value
end

local reached, named, seen = {}, {}, {}

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    if type(key) == "string" then
      insert(keys, key)
    end
  end
  sort(keys)
  return keys
end

-- In the order of the names, for the bytes of a finding to mean the same.
local function walk(name, value)
  local kind = type(value)
  if kind == "function" and not seen[value] then
    seen[value] = true
    insert(reached, name)
    named[name] = value
  elseif kind == "table" and not seen[value] then
    seen[value] = true
    for _, key in ipairs(sorted_keys(value)) do
      walk(name .. "." .. key, value[key])
    end
  end
  local class = value ~= nil and metatable(value)
  if class and not seen[class] then
    walk(name .. ":", class)
  end
end

_G.fuzz, _G.wire, _G.calls = nil, nil, nil
walk("_G", _G)
local owner = {} -- of a method: the number of the handle
for i = 1, #makers do
  local from = #reached + 1
  walk("handle" .. i, handle(i))
  for k = from, #reached do
    owner[reached[k]] = i
  end
end

-- The arguments of a call, the handle that it is a method of for the first.
local function arguments(f, name, count)
  local args = { n = count }
  for i = 1, count do
    local value = draw()
    args[i] = counting[f] and bound(value) or value
  end
  if count > 0 and owner[name] and args[1] ~= false then
    args[1] = handle(owner[name])
  end
  return args
end

local function keep(ok, first)
  if ok and type(first) ~= "table" then
    result = first
  end
end

local function call()
  local name = reached[(next_byte() * 256 + next_byte()) % #reached + 1]
  local how = next_byte()
  local f = named[name]
  local args = arguments(f, name, how % 8)
  if instead[f] ~= nil then
    f = instead[f]
  end
  if not f then
    return
  end
  spawn({ daemon = how & 8 == 0 }, function()
    keep(pcall(f, unpack(args, 1, args.n)))
  end)
  if how & 16 == 0 then
    yield()
  else
    sleep(0.3)
  end
end

function fuzz.play(input)
  bytes, at, result = input, 0, nil
  handles = {}
  fuzz.fail()
  local done = event()
  spawn({ daemon = true }, function()
    for _ = 1, MOST_CALLS do
      if at < #bytes then
        call()
      end
    end
    done:set()
  end)
  done:wait(5)
  sleep(2)
  stop()
  sleep(1)
end

stop() -- what the first handles have started

-- What the scripts of the sweep share; they say require("sweep").
--
--   sweep.step(function() ... end)   -- one thing, from its making to its end
--   sweep.go(f, ...)                 -- a thread in the course of a step
--   sweep.guarded(f, ...)            -- f(...), for a thread that a timer makes
--   sweep.await(f)                   -- waits until f(), for what a timer does
--   sweep.pair()                     -- two ends of one TCP connection
--
-- A step that fails for want of memory is tried again and must then succeed:
-- whatever failed has left the program as it was. An error that is not about
-- memory must not happen, unless memory ran out before in one of the step's
-- threads. Steps and their threads are daemons, so that the end of the script
-- is the end of the program.

local refusals = ...

local MOST = 3 -- times that a step is tried; after that it fails
local LOOK = 0.01 -- seconds from one look at the threads to the next
local SIZE = 65536 -- of a connection's buffers
local WRONG = 4 -- the exit status of a script that finds a defect

local sweep = {}
local options = { daemon = true }
local threads = {} -- of the step; true for one that is being made
local trouble -- the first error of the step
local short -- its first error that was about memory

local function is_cancellation(err)
  local kind = type(err)
  return (kind == "table" or kind == "userdata") and err.code == "ECANCELED"
end

local function is_memory(err)
  return type(err) == "string" and
    (err:find("memory", 1, true) or err:find("ENOMEM", 1, true)) ~= nil
end

local function note(ok, ...)
  if ok then
    return ...
  end
  local err = ...
  if not is_cancellation(err) then
    trouble = trouble or err
    short = short or is_memory(err) and err
  end
end

function sweep.guarded(f, ...)
  return note(pcall(f, ...))
end

function sweep.go(f, ...)
  local place = #threads + 1
  threads[place] = true
  local t = thread.spawn(options, sweep.guarded, f, ...)
  threads[place] = t
  return t
end

-- What fails in one thread leaves others to wait in vain. A thread may even
-- fail before it begins.
local function has_failed()
  if trouble ~= nil then
    return true
  end
  for _, t in ipairs(threads) do
    if t ~= true and t:status() == "failed" then
      return true
    end
  end
  return false
end

local function wrong(text)
  io.stderr:write("sweep: ", text, ": ", tostring(trouble), "\n")
  os.exit(WRONG)
end

-- Ends the threads of the step, and those that they make meanwhile.
local function end_all()
  while #threads > 0 do
    local t = table.remove(threads)
    if t ~= true then
      t:cancel()
      note(t:join())
    end
  end
  collectgarbage()
  collectgarbage()
  if #socket.sockets() > 0 then
    wrong("a step left a socket open")
  end
end

-- Runs the step and all its threads to their end. True if it succeeded.
local function run(f)
  trouble, short = nil, nil
  local main = sweep.go(f)
  local ended
  repeat
    ended = main:join(LOOK)
  until ended ~= nil or has_failed()
  end_all()
  return ended and trouble == nil
end

function sweep.step(f)
  for _ = 1, MOST do
    local before = refusals()
    if run(f) then
      return
    elseif refusals() == before then
      wrong("a step failed, though there was memory")
    elseif trouble ~= nil and not short then
      wrong("a step without memory failed for another reason")
    end
  end
  error(short or "not enough memory", 0)
end

-- Waits until f() is true, or until a thread of the step has failed.
function sweep.await(f)
  local before = refusals()
  while not f() do
    if refusals() > before then
      error("not enough memory", 0)
    end
    timer.sleep(0.001)
  end
end

function sweep.pair()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local ip, port = server:getsockname()
  local near = socket.tcp()
  assert(near:setoption("send-buffer-size", SIZE))
  assert(server:setoption("recv-buffer-size", SIZE))
  assert(near:connect(ip, port))
  return near, assert(server:accept())
end

return sweep

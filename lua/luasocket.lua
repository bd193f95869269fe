-- What LuaSocket has in socket.* beside sockets: exceptions (newtry, try,
-- protect), selectors (skip, choose), sources and sinks (LTN12, after
-- http://lua-users.org/wiki/FiltersSourcesAndSinks), connect4 and connect6,
-- the clock, and its constants. Added to core.socket.
--
-- All of it may wait wherever it calls the script: a protected function, a
-- finalizer, a source.

local core = ...
local socket = core.socket
local connect = socket.connect
local error, pcall, select = error, pcall, select
local setmetatable, tostring, type = setmetatable, tostring, type
local metatable_of = core.metatable_of
local tointeger = math.tointeger

socket._VERSION = "LuaSocket 3.1.0"
socket._DATAGRAMSIZE = 8192
socket._SETSIZE = core.descriptor_limit
socket._SOCKETINVALID = -1
socket.BLOCKSIZE = 2048

socket.gettime = core.timer.time
socket.sleep = core.timer.sleep

-- To be called by the function that was given the argument.
local function misuse(number, name, problem)
  error("bad argument #" .. number .. " to '" .. name .. "' (" .. problem
    .. ")", 3)
end

local function is_callable(value)
  local metatable = metatable_of(value)
  return type(value) == "function"
    or type(metatable) == "table" and metatable.__call ~= nil
end

function socket.connect4(host, port, lhost, lport)
  return connect(host, port, lhost, lport, "inet")
end

function socket.connect6(host, port, lhost, lport)
  return connect(host, port, lhost, lport, "inet6")
end

-- What try raises. Nobody but protect can open it; uncaught it reads as what
-- was thrown.
local Thrown = {
  __metatable = false,
  __tostring = function(thrown) return tostring(thrown[1]) end,
}

function socket.newtry(finalizer)
  if finalizer ~= nil and not is_callable(finalizer) then
    misuse(1, "newtry", "function expected, got " .. type(finalizer))
  end
  return function(...)
    local ok, problem = ...
    if ok then return ... end
    if finalizer then finalizer() end
    error(setmetatable({ problem }, Thrown), 0)
  end
end

socket.try = socket.newtry()

local function unwrap(ok, ...)
  if ok then return ... end
  local problem = ...
  if metatable_of(problem) == Thrown then return nil, problem[1] end
  error(problem, 0)
end

function socket.protect(f)
  if not is_callable(f) then
    misuse(1, "protect", "function expected, got " .. type(f))
  end
  return function(...) return unwrap(pcall(f, ...)) end
end

function socket.skip(count, ...)
  local skipped = tointeger(count)
  if not skipped or skipped < 0 then
    misuse(1, "skip", "integer of at least 0 expected, got "
      .. tostring(count))
  end
  return select(skipped + 1, ...)
end

function socket.choose(options)
  if type(options) ~= "table" then
    misuse(1, "choose", "table expected, got " .. type(options))
  end
  return function(name, first, second)
    if type(name) ~= "string" then
      name, first, second = "default", name, first
    end
    local f = options[name]
    if not f then error("unknown key (" .. name .. ")", 2) end
    return f(first, second)
  end
end

-- An object that does `call` when it is called; select knows it as `sock`.
local function stream(sock, call)
  local kind = type(sock)
  if kind ~= "userdata" and kind ~= "table" then
    error("socket expected, got " .. kind, 2)
  end
  return setmetatable({
    getfd = function() return sock:getfd() end,
    dirty = function() return sock:dirty() end,
  }, { __call = call })
end

local sinkt, sourcet = {}, {}

sinkt["close-when-done"] = function(sock)
  return stream(sock, function(_, chunk)
    if chunk then return sock:send(chunk) end
    sock:close()
    return true
  end)
end

sinkt["keep-open"] = function(sock)
  return stream(sock, function(_, chunk)
    if chunk then return sock:send(chunk) end
    return true
  end)
end

sourcet["by-length"] = function(sock, length)
  if type(length) ~= "number" then
    error("length must be a number, got " .. type(length), 2)
  end
  return stream(sock, function()
    if length <= 0 then return nil end
    local size = length < socket.BLOCKSIZE and length or socket.BLOCKSIZE
    local chunk, message, _, code = sock:receive(size)
    if not chunk then return nil, message, code end
    length = length - #chunk
    return chunk
  end)
end

sourcet["until-closed"] = function(sock)
  local done = false
  return stream(sock, function()
    if done then return nil end
    local chunk, message, partial, code = sock:receive(socket.BLOCKSIZE)
    if chunk then return chunk end
    if message ~= "closed" then return nil, message, code end
    sock:close()
    done = true
    return partial
  end)
end

sinkt.default = sinkt["keep-open"]
sourcet.default = sourcet["until-closed"]

socket.sinkt, socket.sink = sinkt, socket.choose(sinkt)
socket.sourcet, socket.source = sourcet, socket.choose(sourcet)

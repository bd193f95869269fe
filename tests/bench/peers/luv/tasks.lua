-- Threads over luv's callbacks, as small as they can be: what one writes to
-- have netbox's style on libuv. A call that must wait yields the coroutine it
-- runs in, and the callback resumes it.

local uv = require("luv")

local BACKLOG = 128
local AHEAD = 8 -- chunks that may wait for their reader

local tasks = { run = uv.run }

local function spawn(f, ...)
  coroutine.wrap(f)(...)
end
tasks.spawn = spawn

function tasks.sleep(seconds)
  local co = coroutine.running()
  local timer = uv.new_timer()
  timer:start(math.floor(seconds * 1000), 0, function()
    timer:close()
    coroutine.resume(co)
  end)
  coroutine.yield()
end

local Conn = {}
Conn.__index = Conn

-- Without data the stream has ended.
local function on_read(conn, data)
  local chunks = conn.chunks
  chunks[conn.last + 1] = data or false
  conn.last = conn.last + 1
  if conn.reader then
    local reader = conn.reader
    conn.reader = nil
    assert(coroutine.resume(reader))
  elseif conn.last - conn.first >= AHEAD then
    conn.handle:read_stop()
    conn.stopped = true
  end
end

local function wrap(handle)
  local conn = { handle = handle, chunks = {}, first = 1, last = 0 }
  conn.on_read = function(_, data)
    on_read(conn, data)
  end
  handle:read_start(conn.on_read)
  return setmetatable(conn, Conn)
end

function Conn:recv()
  if self.first > self.last then
    if self.stopped then
      self.stopped = false
      self.handle:read_start(self.on_read)
    end
    self.reader = coroutine.running()
    coroutine.yield()
  end
  local data = self.chunks[self.first]
  self.chunks[self.first] = nil
  self.first = self.first + 1
  return data
end

-- Tries at once; only what the kernel does not take needs a request.
function Conn:sendall(data)
  local sent = self.handle:try_write(data) or 0
  if sent < #data then
    local co = coroutine.running()
    self.handle:write(data:sub(sent + 1), function()
      assert(coroutine.resume(co))
    end)
    coroutine.yield()
  end
end

function Conn:close()
  if not self.handle:is_closing() then
    self.handle:close()
  end
end

function tasks.listen(on_client)
  local server = uv.new_tcp()
  assert(server:bind("127.0.0.1", 0))
  assert(server:listen(BACKLOG, function()
    local client = uv.new_tcp()
    assert(server:accept(client))
    on_client(wrap(client))
  end))
  return server:getsockname().port
end

local Datagrams = {}
Datagrams.__index = Datagrams

function tasks.datagrams()
  local handle = uv.new_udp()
  assert(handle:bind("127.0.0.1", 0))
  local sock = setmetatable({ handle = handle }, Datagrams)
  handle:recv_start(function(_, data, addr)
    if data and addr then
      assert(coroutine.resume(sock.reader, data, addr.ip, addr.port))
    end
  end)
  return sock, handle:getsockname().port
end

function Datagrams:recvfrom()
  self.reader = coroutine.running()
  return coroutine.yield()
end

-- An echo that the kernel does not take is lost, as datagrams are.
function Datagrams:sendto(data, ip, port)
  self.handle:try_send(data, ip, port)
end

return tasks

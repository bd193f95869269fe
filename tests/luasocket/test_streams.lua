-- Sources and sinks.

local socket = require("socket")
local same = require("same")
local show = same.show

-- The keys of a table, in order.
local function keys(t)
  local names = {}
  for name in pairs(t) do table.insert(names, name) end
  table.sort(names)
  return table.concat(names, " ")
end
show("sinks", keys(socket.sinkt))
show("sources", keys(socket.sourcet))
show("the block", socket.BLOCKSIZE)

for _, name in ipairs({ "keep-open", "close-when-done", "default" }) do
  local near, far = same.pair()
  local sink = socket.sink(name, near)
  show(name, sink)
  show("its descriptor", sink.getfd() == near:getfd())
  show("a chunk", sink("chunk"))
  show("arrives", far:receive(5))
  show("an empty chunk", sink(""))
  show("the end", sink(nil))
  show("still open", near:getfd() >= 0)
  show("a problem", sink(nil, "problem"))
  near:close()
  show("closed", sink("more"))
  far:close()
end
show("without a name", (function()
  local near, far = same.pair()
  return socket.sink(near)("chunk"), far:receive(5)
end)())

-- Everything that a source gives.
local function drain(source)
  for i = 1, 10 do
    local chunk, problem = source()
    if not chunk then
      show("chunk " .. i, chunk, problem)
      return
    end
    show("chunk " .. i, #chunk)
  end
end

local sizes = { 0, 1, socket.BLOCKSIZE - 1, socket.BLOCKSIZE,
  socket.BLOCKSIZE + 1, 2 * socket.BLOCKSIZE }
for _, size in ipairs(sizes) do
  local near, far = same.pair()
  near:send(("x"):rep(size) .. "rest")
  print("by-length " .. size)
  drain(socket.source("by-length", far, size))
  show("the rest", far:receive(4))

  near:send(("x"):rep(size))
  near:close()
  print("until-closed " .. size)
  local source = socket.source("until-closed", far)
  drain(source)
  show("closed", far:getfd())
  show("again", source())
end

local near, far = same.pair()
local source = socket.source("by-length", far, 10)
near:send("1234")
near:close()
print("cut")
drain(source)

near, far = same.pair()
far:settimeout(0)
show("time-out", socket.source("until-closed", far)())
show("without a name", socket.source(far)())
far:close()
print("closed before")
drain(socket.source("until-closed", far))
show("sent", near:send("x") == 1)

same.raised("no such source", socket.source, "other", far)
same.raised("no such sink", socket.sink, "other", far)

-- A sink and a source of the script's own.
socket.sinkt.own = function(sock, more) return { sock, more } end
show("own", socket.sink("own", 1, 2)[2])
socket.sourcet.own = function(sock, more) return { sock, more } end
show("own", socket.source("own", 1, 2)[2])

-- select: who is ready, in arrays that are maps; time-outs; foreign objects.

local socket = require("socket")
local same = require("same")
local show = same.show

-- Shows the lists of a select by the names of what is in them; LuaSocket has
-- them in the order of the descriptors.
local function selected(what, names, readable, writable, problem)
  local texts = {}
  for _, list in ipairs({ readable, writable }) do
    local text = {}
    for i, object in ipairs(list) do
      assert(list[object] == i, "the list is no map")
      table.insert(text, names[object])
    end
    table.sort(text)
    local size = 0
    for _ in pairs(list) do size = size + 1 end
    assert(size == 2 * #list, "there is more in the list")
    table.insert(texts, "{" .. table.concat(text, " ") .. "}")
  end
  show(what, texts[1], texts[2], problem)
end

local a, b = same.pair()
local c, d = same.pair()
local names = { [a] = "a", [b] = "b", [c] = "c", [d] = "d" }

selected("nothing", names, socket.select({ a, b }, nil, 0))
selected("nothing in a while", names, socket.select({ a, b }, {}, 0.1))
selected("all can write", names, socket.select({}, { a, b, c, d }, 10))
selected("nil can write", names, socket.select(nil, { b, a }, 10))
b:send("x")
selected("one is readable", names, socket.select({ a, b, c }, nil, 10))
selected("no limit", names, socket.select({ a, b, c }))
selected("less than none", names, socket.select({ a, b, c }, nil, -1))
selected("both lists", names, socket.select({ a }, { a, b }, 10))
d:send("y")
socket.select({ c }, nil, 10)
selected("two are", names, socket.select({ c, a, b }, nil, 10))
show("read", a:receive(1), c:receive(1))
selected("nothing again", names, socket.select({ a, c }, nil, 0))
selected("empty lists", names, socket.select({}, {}, 0.05))
same.timed("a sleep", 0.2, 10, function()
  selected("no lists", names, socket.select(nil, nil, 0.2))
end)
same.timed("a time-out", 0.2, 10, function()
  selected("nothing comes", names, socket.select({ a }, nil, 0.2))
end)

-- What was read ahead counts at once.
b:send("line\nmore")
a:receive()
show("dirty", a:dirty(), c:dirty())
selected("what was read ahead", names, socket.select({ a, c }, nil, 10))
selected("and nobody writes", names, socket.select({ a, c }, { b }, 10))
show("the rest", a:receive(4))
show("dirty", a:dirty())

-- The end of a stream and a server with a guest are readable.
d:close()
selected("the end", names, socket.select({ c }, nil, 10))
show("it is", c:receive())
local server = socket.bind("127.0.0.1", 0)
names[server] = "server"
selected("no guest", names, socket.select({ server }, nil, 0))
local guest = socket.connect(same.address(server))
selected("a guest", names, socket.select({ server }, nil, 10))
show("it is", (server:accept()))
guest:close()

-- A closed socket is passed over.
selected("closed ones", names, socket.select({ d, a }, { d, b }, 10))
selected("only closed ones", names, socket.select({ d }, nil, 0.05))

-- Datagrams, and a socket without a descriptor.
local udp = socket.udp()
names[udp] = "udp"
selected("no descriptor yet", names, socket.select({ udp }, nil, 0.05))
udp:setsockname("127.0.0.1", 0)
selected("no datagram", names, socket.select({ udp }, nil, 0))
socket.udp():sendto("", same.address(udp))
selected("an empty datagram", names, socket.select({ udp }, nil, 10))

-- A connection that is being made can write when it is there.
local hasty = socket.tcp()
names[hasty] = "hasty"
hasty:settimeout(0)
hasty:connect(same.address(server))
selected("connected", names, socket.select(nil, { hasty }, 10))
show("it is", (server:accept()))

-- Objects of any kind.
local foreign = {
  getfd = function() return a:getfd() end,
  dirty = function() return a:dirty() end,
}
local bare = { getfd = function() return b:getfd() end }
local nothing = { getfd = function() return -1 end }
local dirty = {
  getfd = function() return a:getfd() end,
  dirty = function() return true end,
}
names[foreign], names[bare] = "foreign", "bare"
names[nothing], names[dirty] = "nothing", "dirty"
selected("foreign, nothing there", names,
  socket.select({ foreign, bare, nothing }, nil, 0))
selected("a dirty one", names, socket.select({ foreign, dirty }, nil, 10))
selected("foreign writers", names,
  socket.select(nil, { foreign, bare, nothing }, 10))
b:send("x")
selected("a foreign reader", names,
  socket.select({ foreign, bare, nothing }, nil, 10))
show("read", a:receive(1))
local sink = socket.sink("keep-open", a)
names[sink] = "sink"
selected("a sink", names, socket.select(nil, { sink }, 10))

-- What else is in a list is no matter.
selected("keys that are no numbers", names,
  socket.select({ b = b, x = 1, a }, nil, 0))
selected("behind a hole", names, socket.select(nil, { a, nil, b }, 10))

-- Mistakes.
same.raised("a list that is none", socket.select, 1)
same.raised("a list that is none", socket.select, {}, "x")
show("a number", (pcall(socket.select, { 5 }, nil, 0)))
same.raised("a time that is none", socket.select, nil, nil, "x")

-- PORT COUNT [TEXT]: makes connections, has the server echo the text on each
-- of them, if there is one, says that it is ready, and keeps them without a
-- word until its input ends.

local port, count = tonumber(arg[1]), tonumber(arg[2])
local text = arg[3]
local conns = {}

for i = 1, count do
  conns[i] = assert(socket.connect("127.0.0.1", port))
  if text then
    assert(conns[i]:sendall("close " .. #text + 1 .. "\n" .. text))
    assert(conns[i]:receive(#text) == text)
  end
end
print("ready")
io.read("a")

-- Traces in all formats, of a connection and of datagrams, with a note.
local sweep = require("sweep")

local stopping = { __close = function()
  trace.stop()
end }

sweep.step(function()
  local _ <close> = setmetatable({}, stopping)
  for _, ending in ipairs { "txt", "jsonl", "pcapng", "svg", "html" } do
    assert(trace.start { -- in the sweep's memory
      file = "/etc/trace." .. ending,
      filter = "not kind=closed",
      bytes = 10,
    })
  end
  local near <close>, far = sweep.pair()
  local _ <close> = far
  assert(near:sendall("hello"))
  trace.mark("half way")
  assert(assert(far:receive(5)) == "hello")
  local a <close> = socket.udp()
  assert(a:bind("127.0.0.1", 0))
  assert(a:sendto("datagram", a:getsockname()))
  assert(assert(a:recvfrom()) == "datagram")
  assert(trace.stop())
end)

-- Signs of life.
local sweep = require("sweep")

sweep.step(function()
  local options = { count = 2, interval = 0.001, timeout = 1, size = 20 }
  local count = 0
  for reply in assert(socket.ping("127.0.0.1", options)) do
    if reply.message then
      error(reply.message, 0)
    end
    assert(reply.seq == count and reply.bytes == 28 and reply.time >= 0)
    count = count + 1
  end
  assert(count == 2)
end)

sweep.step(function()
  local family, raw = socket.AF_INET, socket.SOCK_RAW
  local s <close> = assert(socket.socket(family, raw, socket.IPPROTO_ICMP))
  assert(s:sendto("\8\0\247\255\0\0\0\0", "127.0.0.1", 0))
  local packet, ip = s:recvfrom()
  assert(packet, ip)
  assert(ip == "127.0.0.1" and #packet == 28)
end)

-- A datagram to everybody, again and again, and who hears it.
--
-- The sender calls HELLO| to a broadcast address; the receiver prints what
-- comes to it there.
--
--   netbox examples/hello_broadcast.lua            both in one process
--   netbox examples/hello_broadcast.lua receiver   one, in one terminal,
--   netbox examples/hello_broadcast.lua sender     the other, in another
--
-- A role may be followed by HOST (the broadcast address), PORT and
-- COUNT (how many datagrams; without it, until Ctrl-C).
-- Recreates the example of "How to achieve parallelism: Python thread". There
-- the main thread ended at once, and its daemon threads with it; here it joins.

local function sender(host, port, count)
  local sock <close> = socket.socket(socket.AF_INET, socket.SOCK_DGRAM,
    socket.IPPROTO_UDP)
  assert(sock:setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 2))
  assert(sock:setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1))
  for _ = 1, tonumber(count or math.huge) do
    assert(sock:sendto("HELLO|", host, port))
    timer.sleep(0.8)
  end
end

local function receiver(host, port, count)
  local sock <close> = socket.udp()
  assert(sock:bind(host, port))
  for _ = 1, tonumber(count or math.huge) do
    local data = assert(sock:recvfrom(1024))
    print(data)
  end
end

local function both(...)
  local threads = {}
  for i, role in ipairs { receiver, sender } do
    threads[i] = thread.spawn({ daemon = true }, role, ...)
  end
  for _, t in ipairs(threads) do
    assert(t:join())
  end
end

require("roles").run {
  sender = sender, receiver = receiver, both = both,
  host = "127.255.255.255", port = 3400,
}

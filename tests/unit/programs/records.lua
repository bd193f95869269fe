-- Records of a fixed size, in pieces and with a prefix.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  for i = 1, 4 do
    print("record", i, assert(conn:receive(6)))
  end
  print("prefix", assert(conn:receive(8, "abc")))
  assert(conn:send("-done-", 2, 5))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
assert(client:send("one   two   th"))
assert(client:send("ree "))
timer.sleep(0.1)
assert(client:send(" four defgh"))
print("answer", assert(client:receive("*a")))

-- A reader that is cancelled leaves its bytes to the next one.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  assert(conn:send("half"))
  timer.sleep(2)
  assert(conn:send(" and half\n"))
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
local reader = thread.spawn(function()
  assert(client:receive())
end)
timer.sleep(1)
reader:cancel()
client:settimeout(0.5)
local _, message, code = client:recvuntil("\n")
assert(code == "ETIMEDOUT", message)
client:settimeout()
print("line", assert(client:recvuntil("\n")))

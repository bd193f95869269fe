-- One loop for a listener and its clients.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

thread.spawn(function()
  local _ <close> = server
  local reads, served = { server }, 0
  while served < 2 do
    local ready, message, code = socket.select(reads, nil, 10)
    if code == "timeout" then
      io.stderr:write("handled: (ETIMEDOUT, select)\n")
      return
    end
    assert(ready, message)
    for _, s in ipairs(ready) do
      if s == server then
        table.insert(reads, (assert(server:accept())))
      else
        assert(s:send(assert(s:receive()):upper() .. "\n"))
        s:close()
        table.remove(reads, reads[2] == s and 2 or 3)
        served = served + 1
      end
    end
  end
end)

for i = 1, 2 do
  local client <close> = assert(socket.connect("127.0.0.1", port))
  client:settimeout(20)
  assert(client:send("word " .. i .. "\n"))
  print("client", assert(client:receive()))
end

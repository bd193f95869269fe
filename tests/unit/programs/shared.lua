-- Two readers and two writers of one connection.
local server <close> = assert(socket.bind("127.0.0.1", 0))
local _, port = assert(server:getsockname())

local function is_over(t)
  local status = t:status()
  return status == "done" or status == "failed"
end

thread.spawn(function()
  local _ <close> = server
  local conn <close> = assert(server:accept())
  local read = {}
  local function reader()
    for _ = 1, 2 do
      table.insert(read, (assert(conn:receive(5))))
    end
  end
  local one, other = thread.spawn(reader), thread.spawn(reader)
  repeat
    timer.sleep(0.1)
  until is_over(one) and is_over(other)
  if #read == 4 then
    print("read", table.concat(read, " "))
  end
end)

local client <close> = assert(socket.connect("127.0.0.1", port))
local function writer()
  assert(client:sendall("ab cd"))
  assert(client:sendall("ab cd"))
end
local one, other = thread.spawn(writer), thread.spawn(writer)
repeat
  timer.sleep(0.1)
until is_over(one) and is_over(other)
assert(client:shutdown("send"))
local _, message, code = client:recv()
assert(code == "EOF", message)

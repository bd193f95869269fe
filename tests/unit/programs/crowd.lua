-- A thread for each client, all of them at once.
local CLIENTS = 4
local server = assert(socket.bind("127.0.0.1", 0, 2))
local _, port = assert(server:getsockname())
server:settimeout(10)

local function serve(client)
  local conn <close> = client
  local word = assert(conn:receive())
  timer.sleep(0.1)
  assert(conn:send(word .. "!\n"))
end

thread.spawn(function()
  local _ <close> = server
  for _ = 1, CLIENTS do
    thread.spawn(serve, assert(server:accept()))
  end
end)

local function ask(word)
  local conn <close> = socket.tcp()
  assert(conn:connect("127.0.0.1", port))
  assert(conn:send(word .. "\n"))
  print(word, assert(conn:receive()))
end

for i = 1, CLIENTS do
  thread.spawn(ask, "client " .. i)
end

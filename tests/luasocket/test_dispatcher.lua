-- A program of the kind that brings its own scheduler: coroutines that yield
-- when a socket would have to wait, and one select for all of them. Twenty
-- clients have their words turned round by a server.

local socket = require("socket")
local same = require("same")

local CLIENTS, WORDS = 20, 10

local readers, writers = {}, {} -- what is waited for
local waiting = {}              -- the coroutine that waits for it
local alive = 0

local function step(co, ...)
  local ok, list, s = coroutine.resume(co, ...)
  assert(ok, list)
  if coroutine.status(co) == "dead" then
    alive = alive - 1
  else
    table.insert(list, s)
    waiting[s] = co
  end
end

local function start(f, ...)
  alive = alive + 1
  step(coroutine.create(f), ...)
end

local function wake(list, ready)
  for _, s in ipairs(ready) do
    for i, other in ipairs(list) do
      if other == s then table.remove(list, i) end
    end
    step(waiting[s])
  end
end

local function run()
  while alive > 0 do
    local readable, writable, problem = socket.select(readers, writers, 20)
    assert(not problem, problem)
    wake(readers, readable)
    wake(writers, writable)
  end
end

local function receive(s, pattern)
  local part = ""
  while true do
    local data, problem
    data, problem, part = s:receive(pattern, part)
    if data or problem ~= "timeout" then return data, problem end
    coroutine.yield(readers, s)
  end
end

local function send(s, data)
  local from = 1
  while true do
    local last, problem, sent = s:send(data, from)
    if last or problem ~= "timeout" then return last, problem end
    from = sent + 1
    coroutine.yield(writers, s)
  end
end

local function accept(s)
  while true do
    local client, problem = s:accept()
    if client then
      client:settimeout(0)
      return client
    end
    assert(problem == "timeout", problem)
    coroutine.yield(readers, s)
  end
end

local function connect(host, port)
  local s = socket.tcp()
  s:settimeout(0)
  while true do
    local ok, problem = s:connect(host, port)
    if ok or problem == "already connected" then return s end
    assert(problem == "timeout"
      or problem == "Operation already in progress", problem)
    coroutine.yield(writers, s)
  end
end

local function serve(client)
  for line in function() return receive(client, "*l") end do
    send(client, line:reverse() .. "\n")
  end
  client:close()
end

local right = {} -- of each client, how many of its words were turned round

local function talk(host, port, name)
  local s = connect(host, port)
  for i = 1, WORDS do
    local word = name .. ("x"):rep(i * 100) .. i
    send(s, word .. "\n")
    if receive(s, "*l") == word:reverse() then
      right[name] = (right[name] or 0) + 1
    end
  end
  s:close()
end

local server = assert(socket.bind("127.0.0.1", 0))
server:settimeout(0)
local ip, port = same.address(server)
start(function()
  for _ = 1, CLIENTS do start(serve, accept(server)) end
  server:close()
end)
for i = 1, CLIENTS do start(talk, ip, port, "client " .. i) end
run()

for i = 1, CLIENTS do print(i, right["client " .. i]) end

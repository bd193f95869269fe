-- LuaSocket's exceptions, and its small helpers.
local sweep = require("sweep")

local function closing_try(s)
  return socket.newtry(function()
    assert(s:close())
  end)
end

local fetch = socket.protect(function(ip, port)
  local conn <close> = socket.tcp()
  local try = closing_try(conn)
  try(conn:connect(ip, port))
  return try(conn:receive())
end)

sweep.step(function()
  local server <close> = assert(socket.bind("127.0.0.1", 0))
  local ip, port = server:getsockname()
  sweep.go(function()
    local conn <close> = assert(server:accept())
    assert(conn:send("news\n"))
  end)
  assert(assert(fetch(ip, port)) == "news")
  assert(server:close())
  local line, message = fetch(ip, port)
  assert(line == nil and message == "connection refused", message)
end)

sweep.step(function()
  local choose = socket.choose { default = tostring, max = math.max }
  assert(choose(12) == "12" and choose("max", 3, 4) == 4)
  assert(socket.skip(2, 1, 2, 3) == 3 and socket.try(1, 2) == 1)
  local ok, err = pcall(socket.try, nil, "thrown")
  assert(not ok and type(err) == "table" or tostring(err) == "thrown", err)
end)

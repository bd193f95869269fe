-- Names: known without asking, from a file, from a name server.
local sweep = require("sweep")

sweep.step(function()
  assert(assert(socket.gethostbyname("localhost")) == "127.0.0.1")
  assert(assert(socket.gethostbyname("192.0.2.1")) == "192.0.2.1")
  assert(assert(socket.gethostbyname("seven")) == "192.0.2.7")
  assert(#assert(socket.gethostname()) > 0)
end)

sweep.step(function()
  assert(assert(socket.gethostbyname("both.test")) == "192.0.2.1")
  local ip, message, code = socket.gethostbyname("nobody.test")
  assert(ip == nil and code == "EAI_NONAME", message)
end)

local function ask(name)
  return assert(socket.gethostbyname(name))
end

sweep.step(function()
  local one, two = sweep.go(ask, "four.test"), sweep.go(ask, "both.test")
  assert(select(2, one:join()) == "192.0.2.1")
  assert(select(2, two:join()) == "192.0.2.1")
end)

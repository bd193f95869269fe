-- Unix sockets that are streams: a path, an abstract name, no name.
local sweep = require("sweep")

local path = "/etc/socket" -- in the memory of the sweep's own

local function serve(server, name)
  local conn <close>, peer = assert(server:accept())
  assert(peer == "" and conn:getsockname() == name)
  assert(conn:sendall(assert(conn:receive()) .. "!"))
end

local function ask(client)
  assert(client:sendall("hello\n"))
  assert(assert(client:receive("*a")) == "hello!")
  assert(tostring(client):find("unixstream", 1, true))
end

sweep.step(function()
  os.remove(path)
  local server <close> = assert(socket.unix.stream())
  assert(server:bind(path))
  assert(server:listen())
  sweep.go(serve, server, path)
  local client <close> = assert(socket.unix())
  assert(client:connect(path))
  assert(assert(client:getpeername()) == path)
  ask(client)
  local other <close> = assert(socket.unix.tcp())
  local ok, message, code = other:bind(path)
  assert(ok == nil and code == "EADDRINUSE", message)
  assert(os.remove(path))
end)

sweep.step(function()
  local server <close> = assert(socket.unix())
  assert(server:bind(""))
  assert(server:listen())
  local name, _, family = assert(server:getsockname())
  assert(name:byte() == 0 and family == "unix")
  sweep.go(serve, server, name)
  local client <close> = assert(socket.socket(socket.AF_UNIX))
  local number, code = client:connect_ex(name)
  assert(number == 0, code)
  ask(client)
end)

os.remove(path)

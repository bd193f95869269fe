-- Names of both families: several addresses, each to be tried.
local sweep = require("sweep")

sweep.step(function()
  local conn <close> = socket.tcp()
  local ok, message, code = conn:connect("both.test", 9)
  assert(ok == nil and code == "ENETUNREACH", message)
end)

sweep.step(function()
  local list = assert(socket.getaddrinfo("both.test", "http"))
  assert(#list == 3 and list[1].addr == "192.0.2.1" and list[1].port == 80)
end)

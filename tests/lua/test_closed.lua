-- Any call on a closed socket: nil, "closed", "EBADF", and never an error.

local check = require("check")
local pair = require("pair")

local calls = {
  bind = { "127.0.0.1", 0 },
  connect = { "127.0.0.1", 1 },
  setsockname = { "127.0.0.1", 0 },
  setpeername = { "127.0.0.1", 1 },
  listen = {},
  accept = {},
  sendall = { "data" },
  recv = {},
  recvuntil = { ";" },
  sendto = { "data", "127.0.0.1", 1 },
  recvfrom = {},
  receivefrom = {},
  shutdown = {},
  getsockname = {},
  getpeername = {},
  setoption = { "reuseaddr", true },
  getoption = { "reuseaddr" },
  setsockopt = { socket.SOL_SOCKET, socket.SO_REUSEADDR, 1 },
  getsockopt = { socket.SOL_SOCKET, socket.SO_REUSEADDR },
}

local function closed_sockets()
  local fresh = socket.tcp()
  local udp = socket.udp()
  udp:bind("127.0.0.1", 0)
  local server = socket.bind("127.0.0.1", 0)
  local near, far = pair()
  far:close()
  local list = { fresh, udp, server, near }
  for _, s in ipairs(list) do
    s:close()
  end
  return list
end

for name, arguments in pairs(calls) do
  check.case(name .. " on a closed socket says closed", function()
    for _, s in ipairs(closed_sockets()) do
      local method = s[name]
      check.fails("closed", "EBADF", method(s, table.unpack(arguments)))
    end
  end)
end

check.case("send and receive add their partial results", function()
  for _, s in ipairs(closed_sockets()) do
    check.partial("closed", 0, "EBADF", s:send("data"))
    check.partial("closed", "", "EBADF", s:receive())
    check.partial("closed", "", "EBADF", s:receive(5))
  end
end)

check.case("connect_ex gives the number and the code", function()
  for _, s in ipairs(closed_sockets()) do
    check.values({ 9, "EBADF" }, s:connect_ex("127.0.0.1", 1))
  end
end)

check.case("arguments are checked all the same", function()
  for _, s in ipairs(closed_sockets()) do
    check.raises("bad argument #1 to 'recv'", function()
      s:recv(0)
    end)
    check.raises("port must be an integer", function()
      s:bind("127.0.0.1", 70000)
    end)
  end
end)

check.case("close, settimeout and tostring go on working", function()
  for _, s in ipairs(closed_sockets()) do
    check.values({ true }, s:close())
    check.ok(pcall(s.settimeout, s, 1))
    check.ok(#tostring(s) > 0)
  end
end)

check.case("a closed socket is not in the list", function()
  local before = #socket.sockets()
  local s = socket.udp()
  s:bind("127.0.0.1", 0)
  check.equal(#socket.sockets(), before + 1)
  s:close()
  check.equal(#socket.sockets(), before)
end)

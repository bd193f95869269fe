-- Does anybody accept connections at this host and port?
--
--   netbox examples/tcp_probe.lua               asks for host and port
--   netbox examples/tcp_probe.lua client        the same: the only role
--   netbox examples/tcp_probe.lua 127.0.0.1 80  asks for nothing
--
-- Recreates the TCP client of "Python Socket".

local function client(host, port)
  local sock <close>, problem =
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  if not sock then
    print("Failed to create a socket")
    print("Reason " .. problem)
    return
  end
  print("socket created")
  host = host or input("enter the host name to connect: ")
  port = port or input("enter the port: ")
  if not host or not port then return end
  local ok, reason = sock:connect(host, port)
  if ok then
    print("socket connected to " .. host .. ":" .. port)
    sock:shutdown("both")
  else
    print("Failed to connect to " .. host .. ":" .. port)
    print("Reason " .. reason)
  end
end

require("roles").run { client = client }

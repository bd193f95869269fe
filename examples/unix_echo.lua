-- Echo over a unix socket: an address that is a path.
--
-- Two programs of one machine speak without a network. The path appears when
-- the server binds to it, and stays when the socket is closed: whoever made it
-- has to remove it.
--
--   examples/run unix_echo          both in one process
--   examples/run unix_echo server   the server, in one terminal,
--   examples/run unix_echo client   and the client, in another
--
-- A role may be followed by PATH. A client sends what is typed, line by line,
-- until the end of input (Ctrl-D).
-- In Python this begins with socket.socket(socket.AF_UNIX), in C with AF_UNIX
-- and a struct sockaddr_un.
-- netbox: --allow-unix --allow-write --allow-env=TMPDIR

local function server(path)
  local listener <close> = socket.unix()
  assert(listener:bind(path))
  local _ <close> = setmetatable({}, {
    __close = function() os.remove(path) end,
  })
  assert(listener:listen())
  print("Listening at " .. path)
  while true do
    local conn <close> = assert(listener:accept())
    print("A client is here") -- at no address: a client needs no path
    repeat
      local data = conn:recv(1024)
    until not data or not conn:sendall(data)
    print("A client has gone")
  end
end

local function client(path)
  local conn <close> = socket.unix()
  assert(conn:connect(path))
  for line in io.lines() do
    assert(conn:sendall(line .. "\n"))
    print("Echo: " .. assert(conn:receive()))
  end
end

require("roles").run {
  server = server, client = client,
  host = (os.getenv("TMPDIR") or "/tmp") .. "/netbox_unix_echo",
}

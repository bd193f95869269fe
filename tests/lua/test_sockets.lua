-- What a socket says of itself: tostring, names, socket.sockets().

local check = require("check")
local pair = require("pair")

-- The entry of socket.sockets() that has the local port.
local function entry(port, raddr)
  for _, one in ipairs(socket.sockets()) do
    if one.lport == port and (one.raddr ~= nil) == raddr then
      return one
    end
  end
end

check.case("an accepted socket reads as ours <- theirs", function()
  local near, far = pair()
  local form = "tcp 127.0.0.1:%d <- 127.0.0.1:%d"
  local _, ours = far:getsockname()
  local _, theirs = far:getpeername()
  check.equal(tostring(far), form:format(ours, theirs))
  near:close()
end)

check.case("a connected socket names both ends", function()
  local near, far = pair()
  local _, ours = near:getsockname()
  local _, theirs = near:getpeername()
  local text = tostring(near)
  check.equal(text:sub(1, 4), "tcp ")
  check.has(text, "127.0.0.1:" .. ours)
  check.has(text, "127.0.0.1:" .. theirs)
  check.ok(text ~= tostring(far))
end)

check.case("the first three letters are the type's", function()
  local made = {
    tcp = { socket.tcp, socket.tcp4, socket.socket },
    udp = { socket.udp, socket.udp4 },
  }
  for letters, makers in pairs(made) do
    for _, make in ipairs(makers) do
      local s <close> = make()
      check.equal(tostring(s):sub(1, 3), letters)
      s:bind("127.0.0.1", 0)
      local _, port = s:getsockname()
      check.equal(tostring(s):sub(1, 4), letters .. " ")
      check.has(tostring(s), "127.0.0.1:" .. port)
      s:close()
      check.equal(tostring(s):sub(1, 3), letters)
    end
  end
end)

check.case("a listening socket names its address", function()
  local server <close> = socket.bind("127.0.0.1", 0)
  local _, port = server:getsockname()
  check.has(tostring(server), "127.0.0.1:" .. port)
end)

check.case("getsockname and getpeername agree across the wire", function()
  local near, far = pair()
  check.values(table.pack(near:getsockname()), far:getpeername())
  check.values(table.pack(far:getsockname()), near:getpeername())
end)

check.case("a socket that is not bound has no port", function()
  local s <close> = socket.socket()
  check.values({ "0.0.0.0", 0, "inet" }, s:getsockname())
end)

check.case("fileno is the descriptor's number", function()
  local near, far = pair()
  check.equal(math.type(near:fileno()), "integer")
  check.ok(near:fileno() > 2 and near:fileno() ~= far:fileno())
end)

check.case("sockets lists the open ones, with their addresses", function()
  local before = #socket.sockets()
  local server <close> = socket.bind("127.0.0.1", 0)
  local ip, port = server:getsockname()
  local client <close> = socket.connect(ip, port)
  local conn <close>, cip, cport = server:accept()
  check.equal(#socket.sockets(), before + 3)
  local listening, accepted = entry(port, false), entry(port, true)
  local connected = entry(cport, true)
  check.equal(listening.fd, server:fileno())
  check.equal(listening.laddr, ip)
  check.equal(accepted.fd, conn:fileno())
  check.equal(accepted.raddr, cip)
  check.equal(accepted.rport, cport)
  check.equal(connected.fd, client:fileno())
  check.equal(connected.laddr, cip)
  check.equal(connected.raddr, ip)
  check.equal(connected.rport, port)
  check.ok(listening.state ~= connected.state)
  for _, one in ipairs({ listening, accepted, connected }) do
    check.equal(type(one.type), "string")
    check.equal(type(one.family), "string")
    check.equal(type(one.state), "string")
  end
end)

check.case("sockets counts bytes in both directions", function()
  local near, far = pair()
  near:send("twelve bytes")
  far:receive(12)
  far:send("five!")
  near:recv()
  local _, port = near:getsockname()
  local one = entry(port, true)
  check.equal(one.bytes_out, 12)
  check.equal(one.bytes_in, 5)
  local _, other = far:getsockname()
  local two = entry(other, true)
  check.equal(two.bytes_out, 5)
  check.equal(two.bytes_in, 12)
end)

check.case("the list is a copy", function()
  local s <close> = socket.udp4()
  local list = socket.sockets()
  local n = #list
  list[1] = nil
  check.equal(#socket.sockets(), n)
  check.ok(s)
end)

check.case("sockets are themselves, and may be keys", function()
  local near, far = pair()
  local names = { [near] = "near", [far] = "far" }
  check.equal(names[near], "near")
  check.ok(near == near and near ~= far)
end)

check.case("a finalizer called by hand harms nothing", function()
  local t = thread.spawn(function()
    timer.sleep(0)
    return "alive"
  end)
  local handles = {
    t, socket.tcp(), timer.after(1000, print), thread.lock(), thread.event(),
    thread.queue(),
  }
  for _, handle in ipairs(handles) do
    local meta = getmetatable(handle)
    local finalize = type(meta) == "table" and meta.__gc
    pcall(finalize, {})
    pcall(finalize, io.stderr)
    pcall(finalize, handle)
  end
  check.equal(check.joined(t), "alive")
  handles[3]:cancel()
end)

-- A programmer's mistake raises, in Lua's usual words.

local check = require("check")
local pair = require("pair")

local PORTS = {
  { -1, "got -1" },
  { 65536, "got 65536" },
  { 70000, "got 70000" },
  { 1.5, "got 1.5" },
  { "http", "got http" },
  { "-1", "got -1" },
  { 0 / 0, "" },
  { 2 ^ 53, "" },
  { {}, "" },
  { true, "" },
}

-- Every call that takes a port, and which argument it is.
local function calls_with(port)
  local tcp, udp = socket.tcp(), socket.udp()
  return {
    { "#2 to 'bind'", function() tcp:bind("127.0.0.1", port) end },
    { "#2 to 'connect'", function() tcp:connect("127.0.0.1", port) end },
    { "#2 to 'connect_ex'", function() tcp:connect_ex("127.0.0.1", port) end },
    { "#2 to 'connect'", function() socket.connect("127.0.0.1", port) end },
    { "#2 to 'bind'", function() socket.bind("127.0.0.1", port) end },
    { "#3 to 'sendto'", function() udp:sendto("x", "127.0.0.1", port) end },
    { "#2 to 'setsockname'", function() udp:setsockname("*", port) end },
    { "#2 to 'setpeername'", function() udp:setpeername("::1", port) end },
  }
end

check.case("what is no port raises and says what it got", function()
  for _, case in ipairs(PORTS) do
    local port, got = table.unpack(case)
    for _, call in ipairs(calls_with(port)) do
      local argument, f = table.unpack(call)
      check.raises("bad argument " .. argument, f)
      check.raises("port must be an integer from 0 to 65535", f)
      check.raises(got, f)
    end
  end
end)

check.case("a missing port raises", function()
  for _, call in ipairs(calls_with(nil)) do
    check.raises("bad argument " .. call[1], call[2])
  end
end)

check.case("the words for a wrong port are the contract's", function()
  local s <close> = socket.tcp()
  check.raises(
    "bad argument #2 to 'bind' "
      .. "(port must be an integer from 0 to 65535, got 70000)",
    function()
      s:bind("127.0.0.1", 70000)
    end
  )
end)

check.case("an error of an argument names the script's line", function()
  local s <close> = socket.tcp()
  local line = debug.getinfo(1, "l").currentline + 2
  local err = check.raises("bad argument", function()
    s:bind("127.0.0.1", 70000)
  end)
  check.has(err, "test_arguments.lua:" .. line .. ": bad argument")
end)

check.case("numerals are ports", function()
  local server <close> = socket.tcp()
  check.values({ true }, server:bind("127.0.0.1", "0"))
  server:listen()
  local ip, port = server:getsockname()
  local client <close> = assert(socket.connect(ip, tostring(port)))
  check.values({ ip, port, "inet" }, client:getpeername())
  local udp <close> = socket.udp()
  check.values({ 1 }, udp:sendto("x", ip, "80"))
end)

check.case("recv takes a size from 1 on", function()
  local s, peer = pair()
  for _, size in ipairs({ 0, -1, "x", 1.5, 0 / 0, {}, true, 2 ^ 70 }) do
    check.raises("bad argument #1 to 'recv'", function()
      s:recv(size)
    end)
  end
  for _, size in ipairs({ 2 ^ 53, math.maxinteger, "7", 7.0 }) do
    peer:send("legal")
    check.values({ "legal" }, s:recv(size))
  end
end)

check.case("recvfrom and receivefrom take a size as well", function()
  local s <close> = socket.udp()
  s:bind("127.0.0.1", 0)
  local ip, port = s:getsockname()
  for _, size in ipairs({ -1, "x", 1.5, {} }) do
    check.raises("bad argument #1 to 'recvfrom'", function()
      s:recvfrom(size)
    end)
    check.raises("bad argument #1 to 'receivefrom'", function()
      s:receivefrom(size)
    end)
  end
  s:sendto("to myself", ip, port)
  check.equal(s:recvfrom(2 ^ 53), "to myself")
end)

check.case("send takes bounds as string.sub does", function()
  local s, peer = pair()
  check.raises("bad argument #2 to 'send'", function()
    s:send("abc", "first")
  end)
  check.raises("bad argument #3 to 'send'", function()
    s:send("abc", 1, 2.5)
  end)
  check.values({ 3 }, s:send("abc", -100, 100))
  check.values({ "abc" }, peer:recv())
end)

check.case("listen takes a number", function()
  local s <close> = socket.tcp()
  for _, backlog in ipairs({ "many", 1.5, {} }) do
    check.raises("bad argument #1 to 'listen'", function()
      s:listen(backlog)
    end)
  end
end)

check.case("a socket's kind is made of numbers", function()
  check.raises("bad argument #1 to 'socket'", function()
    socket.socket("inet")
  end)
  check.raises("bad argument #2 to 'socket'", function()
    socket.socket(socket.AF_INET, "stream")
  end)
end)

check.case("a method of another object's raises", function()
  local s <close> = socket.tcp()
  check.raises("bad argument #1 to '", s.recv, {})
  check.raises("bad argument #1 to '", s.close, io.stdout)
  check.raises("bad argument #1 to '", s.bind)
  check.raises("bad argument #1 to '", thread.self().join, s)
  check.raises("bad argument #1 to '", thread.lock().release, thread.event())
  check.raises("calling 'recv' on bad self", function()
    local fake = { recv = s.recv }
    fake:recv()
  end)
end)

check.case("a mistake leaves the socket as it was", function()
  local s, peer = pair()
  check.raises("bad argument", s.recv, s, 0)
  check.raises("bad argument", s.send, s, {})
  check.values({ 2 }, peer:send("ok"))
  check.values({ "ok" }, s:recv())
end)

check.case("what is not there is nil, as in any table", function()
  local s <close> = socket.tcp()
  check.equal(s.no_such_method, nil)
  check.equal(socket.no_such_function, nil)
end)

-- Datagrams over a bad network, for test_random_wire: they may be lost, but
-- one that comes is one that was sent, and comes once. The tools are those of
-- support/traffic.lua.

local demand, say, moment, finish

-- What a datagram says; each is different.
local function letter(from, number)
  return from .. ":" .. number .. ":" .. ("x"):rep(number * 37 % 300)
end

local function take_letter(me, data, port)
  local from, number = data:match("^(%d+):(%d+):")
  if not demand(from, "a datagram is not a letter") then
    return
  end
  demand(data == letter(from, number), "a datagram was changed")
  demand(tonumber(from) == port, "a datagram came from %s, not %s", port, from)
  demand(not me.had[from .. number], "a datagram came twice")
  me.had[from .. number] = true
  say("mail", from, number)
end

local function fetch(me)
  repeat
    local data, port, code = me.s:recvfrom()
    if data then
      take_letter(me, data, code)
    else
      demand(code == "ETIMEDOUT" or code == wire.why(me.s:fileno()),
        "recvfrom: %s, %s", code, port)
    end
  until code == "ETIMEDOUT"
end

-- Writes eight of them to whoever comes to mind.
local function post(me)
  for number = 1, 8 do
    local ok, _, code = me.s:sendto(letter(me.port, number), "127.0.0.1",
      100 + math.random(3))
    demand(ok or code == wire.why(me.s:fileno()), "sendto: %s", code)
    timer.sleep(moment(0.3))
  end
end

-- Three who write letters to each other.
return function(tools)
  demand, say, moment, finish =
    tools.demand, tools.say, tools.moment, tools.finish
  local all, threads = {}, {}
  for i = 1, 3 do
    local me = { s = socket.udp4(), port = 100 + i, had = {} }
    table.insert(all, me.s)
    if me.s and me.s:bind("127.0.0.1", me.port) then
      me.s:settimeout(3)
      table.insert(threads, thread.spawn(fetch, me))
      table.insert(threads, thread.spawn(post, me))
    end
  end
  for _, t in ipairs(threads) do
    finish(t)
  end
  for _, s in ipairs(all) do
    s:close()
  end
end

-- A server that finds many datagrams at once answers each of them, and hears
-- of an answer that could not leave with the next one.
local ROUNDS <const>, BURST <const> = 3, 10

local server <close> = assert(socket.udp4())
assert(server:setsockname("127.0.0.1", 7))
server:settimeout(5)

local function handled(code, who)
  io.stderr:write("handled: (", code, ", ", who, ")\n")
end

thread.spawn(function()
  local served <close> = server
  for _ = 1, ROUNDS * BURST + 1 do
    local data, ip, port = served:recvfrom()
    local ok, code = data, port
    if data then
      local _
      ok, _, code = served:sendto(data, ip, port)
    end
    if not ok then
      handled(code, "server")
    end
  end
end)

local client <close> = assert(socket.udp4())
client:settimeout(1)

-- Sends them all, then prints what comes back, in order.
local function ask(words)
  local answers = {}
  for _, word in ipairs(words) do
    local ok, _, code = client:sendto(word, "127.0.0.1", 7)
    if not ok then
      handled(code, "client")
    end
  end
  for _ = 1, #words do
    local data, _, code = client:recvfrom()
    if data then
      answers[#answers + 1] = data
    else
      handled(code, "client")
    end
  end
  table.sort(answers)
  for _, answer in ipairs(answers) do
    print("answer", answer)
  end
end

for round = 1, ROUNDS do
  local words = {}
  for i = 1, BURST do
    words[i] = ("%d %02d"):format(round, i)
  end
  ask(words)
end
ask({ "the last" })

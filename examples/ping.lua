-- Is the other machine there, and how far away is it?
--
--   netbox examples/ping.lua                     this machine, until Ctrl-C
--   netbox examples/ping.lua www.google.com      another one
--   netbox examples/ping.lua www.google.com 12   12 packets
--
-- Recreates the ping of "Socket Programming in Python (Guide)". The system has
-- to allow it; where it does not, the error says what would have to be done.

local host = arg[1] or "127.0.0.1"
local count = tonumber(arg[2]) or arg[2]
local sent, times = 0, {}

local function show(r)
  sent = sent + 1
  if r.time then
    times[#times + 1] = r.time * 1000
    print(("%d bytes from %s: icmp_seq=%d ttl=%d time=%.3f ms"):format(
      r.bytes, r.ip, r.seq, r.ttl, r.time * 1000))
  else
    print(("no reply from %s: icmp_seq=%d %s"):format(r.ip, r.seq, r.message))
  end
end

local function statistics()
  local lowest, highest, sum, squares = math.huge, 0, 0, 0
  for _, time in ipairs(times) do
    lowest, highest = math.min(lowest, time), math.max(highest, time)
    sum, squares = sum + time, squares + time * time
  end
  print("\n--- " .. host .. " ping statistics ---")
  print(("%d packets transmitted, %d packets received, %.1f%% packet loss")
    :format(sent, #times, 100 * (sent - #times) / math.max(sent, 1)))
  if #times > 0 then
    local average = sum / #times
    local variance = math.max(0, squares / #times - average * average)
    print(("round-trip min/avg/max/stddev = %.3f/%.3f/%.3f/%.3f ms"):format(
      lowest, average, highest, math.sqrt(variance)))
  end
end

local ip = assert(socket.gethostbyname(host))
local replies = assert(socket.ping(ip, { count = count }))
print(("PING %s (%s): 56 data bytes"):format(host, ip))

-- Ctrl-C ends the loop as an error that pcall catches; the statistics come.
local ok, problem = pcall(function()
  for r in replies do show(r) end
end)
statistics()
if not ok then error(problem, 0) end

-- At which ports does a server listen? A few are tried at a time.
--
-- Each port has a thread, and a semaphore has as many permits as attempts may
-- go on at once: a program can open only so many sockets, and a network does
-- not like to be flooded.
--
--   netbox examples/port_scan.lua                    ports 8000 to 8100, and
--                                                    servers of its own there
--   netbox examples/port_scan.lua 1 1024             other ports
--   netbox --allow-net=192.0.2.7 examples/port_scan.lua 1 1024 192.0.2.7
--
-- It scans this machine, 127.0.0.1, unless you name another one. Name none but
-- your own: elsewhere a scan is taken for the beginning of an attack.

local first, last = tonumber(arg[1] or 8000), tonumber(arg[2] or 8100)
local host = arg[3] or "127.0.0.1"
local at_once = 50 -- attempts
local patience = 0.5 -- seconds, for each
local outcomes = {}

-- Where nobody listens, the system may give the connection the very port that
-- it is to reach: then it reaches itself.
local function is_itself(sock)
  local ip, port = sock:getsockname()
  local peer_ip, peer_port = sock:getpeername()
  return ip == peer_ip and port == peer_port
end

local function try(port, permits)
  local _ <close> = permits:hold()
  local sock <close> = socket.tcp()
  sock:settimeout(patience)
  local ok, problem = sock:connect(host, port)
  if ok and is_itself(sock) then
    ok, problem = false, "connection refused"
  end
  outcomes[port] = ok and "open" or problem
end

local function scan()
  local permits = thread.semaphore(at_once)
  local group <close> = thread.group()
  for port = first, last do
    group:spawn(try, port, permits)
  end
end

local function show_open()
  for port = first, last do
    if outcomes[port] == "open" then
      local _, service = socket.getnameinfo("127.0.0.1", port)
      local known = service ~= tostring(port)
      print(port .. " is open" .. (known and ": " .. service or ""))
    end
  end
end

local function summary()
  local counts, parts = {}, {}
  for port = first, last do
    local outcome = outcomes[port]
    counts[outcome] = (counts[outcome] or 0) + 1
  end
  for outcome, count in pairs(counts) do
    table.insert(parts, outcome .. ": " .. count)
  end
  table.sort(parts)
  return table.concat(parts, ", ")
end

local function serve(port)
  local server <close> = socket.bind(host, port)
  if server then -- else there is one already
    timer.sleep(math.huge)
  end
end

if not arg[1] then
  for _, port in ipairs { 8000, 8008, 8080 } do
    thread.spawn({ daemon = true }, serve, port)
  end
end
print(("Scanning %s, ports %d to %d"):format(host, first, last))
scan()
show_open()
print(summary())

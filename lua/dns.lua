-- dns: names by LuaSocket's functions, added to core.socket as `dns`. They are
-- made of getaddrinfo and its relatives, and wait where these do.
--
-- toip and tohostname know a host as the C library's gethostbyname and
-- gethostbyaddr do, and speak of failures in its words. Of an address both ask
-- for the name: toip fails for one that has none.

local core = ...
local socket = core.socket
local getaddrinfo, getnameinfo = socket.getaddrinfo, socket.getnameinfo
local gethostbyaddr, SOCK_STREAM = socket.gethostbyaddr, socket.SOCK_STREAM
local error, ipairs, tostring, type = error, ipairs, tostring, type
local tointeger = math.tointeger

local WORDS = {
  EAI_NONAME = "host not found",
  EAI_AGAIN = "Host name lookup failure",
  EAI_FAIL = "Unknown server error",
}

local FAMILIES = { [socket.AF_INET] = "inet", [socket.AF_INET6] = "inet6" }

local dns = { gethostname = socket.gethostname }

-- These two are to be called by the function that was given the argument.
local function check_text(value, number, name)
  if type(value) ~= "string" and type(value) ~= "number" then
    error(("bad argument #%d to '%s' (string expected, got %s)"):format(number,
      name, type(value)), 3)
  end
end

-- The name of a service, or a port.
local function check_service(value)
  local port = tointeger(value)
  if port and port >= 0 and port <= 65535 then return end
  if port or type(value) ~= "string" then
    error("bad argument #2 to 'getnameinfo' (port must be an integer from 0 "
      .. "to 65535, got " .. tostring(value) .. ")", 3)
  end
end

local function find_host(host)
  local name, aliases, ips = gethostbyaddr(host)
  if not name then return nil, WORDS[ips] or aliases, ips end -- message, code
  return name, { name = name, alias = aliases, ip = ips }
end

function dns.toip(host)
  check_text(host, 1, "toip")
  local name, found, code = find_host(host)
  if not name then return nil, found, code end
  return found.ip[1], found
end

function dns.tohostname(host)
  check_text(host, 1, "tohostname")
  return find_host(host)
end

function dns.getaddrinfo(host)
  check_text(host, 1, "getaddrinfo")
  local found, message, code = getaddrinfo(host, nil, nil, SOCK_STREAM)
  if not found then return nil, message, code end
  local list = {}
  for i, entry in ipairs(found) do
    list[i] = { family = FAMILIES[entry.family], addr = entry.addr }
  end
  return list
end

function dns.getnameinfo(host, service)
  if host == nil and service == nil then
    error("host and serv cannot be both nil", 2)
  end
  if host ~= nil then check_text(host, 1, "getnameinfo") end
  if service ~= nil then check_service(service) end
  local found, message, code = getaddrinfo(host, service, nil, SOCK_STREAM)
  if not found then return nil, message, code end
  local names, service_name = {}, nil
  for i, entry in ipairs(found) do
    local name
    name, service_name, code = getnameinfo(entry.addr, entry.port)
    if not name then return nil, service_name, code end -- message
    names[i] = host and name
  end
  if service == nil then return names end
  return names, service_name
end

socket.dns = dns

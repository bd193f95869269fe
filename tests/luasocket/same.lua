-- For the programs that LuaSocket and netbox are to run alike: shows values so
-- that only a difference that matters is seen. netbox adds a code to what
-- fails, has true where LuaSocket has 1 and integers where it has floats, and
-- does not fill up with nil.

local socket = require("socket")

local same = {}

-- Values longer than this are shown by their length and their beginning.
local LONG = 64

same.netbox = socket.sockets ~= nil

local function show(value)
  if value == true then return "1" end
  if type(value) == "number" then return ("%.14g"):format(value) end
  if type(value) == "userdata" then return tostring(value):sub(1, 3) end
  if type(value) == "table" then return "a table" end
  if type(value) ~= "string" then return tostring(value) end
  if #value <= LONG then return ("%q"):format(value):gsub("\\\n", "\\n") end
  return ("%d bytes of %q"):format(#value, value:sub(1, 8))
end

-- How many of the values count.
local function count(values)
  local n = values.n
  if values[1] == nil then
    local last = values[n]
    local coded = n >= 3 and type(last) == "string" and last:find("^E[%w_]+$")
    return same.netbox and coded and n - 1 or n
  end
  while values[n] == nil do n = n - 1 end
  return n
end

-- Prints what was done and the values that came of it.
function same.show(what, ...)
  local values = table.pack(...)
  local texts = {}
  for i = 1, count(values) do texts[i] = show(values[i]) end
  print(what .. ": " .. table.concat(texts, ", "))
end

-- Prints the error that f(...) raises, without the place where it was raised
-- and the name of the function: those may differ. A missing value may be nil.
function same.raised(what, f, ...)
  local ok, problem = pcall(f, ...)
  problem = tostring(problem):gsub("^[^ ]*:%d+: ", "")
    :gsub("got no value", "got nil")
  print(what .. " raises: " .. tostring(not ok) .. ", "
    .. problem:gsub("to '[^']*'", "to the function"))
end

-- The address of a socket: its own, or by "getpeername" that of its peer.
-- LuaSocket has the port as a string.
function same.address(s, method)
  local ip, port = s[method or "getsockname"](s)
  return ip, tonumber(port)
end

-- Two ends of a connection over loopback. They give up at last.
function same.pair()
  local server = assert(socket.bind("127.0.0.1", 0))
  local near = assert(socket.tcp())
  assert(near:connect(server:getsockname()))
  local far = assert(server:accept())
  server:close()
  near:settimeout(10)
  far:settimeout(10)
  return near, far
end

-- Calls f(...) and shows the results, and whether it took from `least` to
-- `most` seconds. LuaSocket measures by a clock that may run a little faster.
function same.timed(what, least, most, f, ...)
  local start = socket.gettime()
  local results = table.pack(f(...))
  local took = socket.gettime() - start
  same.show(what, table.unpack(results, 1, results.n))
  local fine = took >= 0.9 * least and took <= most
  print(what .. " took: " .. (fine and "as long as it should" or took))
end

return same

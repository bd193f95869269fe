-- roles: the roles of a program, such as server and client, in one file.
-- run{...} reads the script's arguments, [ROLE] [HOST] [PORT], and calls the
-- function of that role as f(host, port); further arguments follow as the
-- strings they are. Every function of the table is a role under its name.
-- Without a role `both` runs; where the table has none, the server runs as a
-- daemon thread and the client in the main thread as soon as the server waits.

local core = ...
local spawn, yield = core.thread.spawn, core.thread.yield
local error, pairs, tonumber, type = error, pairs, tonumber, type
local concat, sort, unpack = table.concat, table.sort, table.unpack
local exit, stderr = os.exit, io.stderr

local function is_role(spec, name)
  return name ~= "both" and type(spec[name]) == "function"
end

-- A path does for a host. Any other first word is a mistyped role, though it
-- might name a machine: one without a dot is written after the role.
local function is_host(word)
  return word == nil or word == "localhost" or word:find("[.:/]") ~= nil
end

local function is_port(word)
  return word:find("^%d+$") ~= nil and tonumber(word) <= 65535
end

-- Says what is wrong and what to type instead, and ends the program.
local function refuse(spec, script, problem)
  local names = {}
  for name in pairs(spec) do
    if is_role(spec, name) then names[#names + 1] = name end
  end
  sort(names)
  stderr:write("netbox: ", problem, "; type: netbox ", script or "SCRIPT",
    " [", concat(names, "|"), "] [HOST] [PORT]\n")
  exit(2)
end

-- A server that fails at once has no client; its thread's report is enough.
local function together(server, client)
  return function(...)
    local t = spawn({ name = "server", daemon = true }, server, ...)
    repeat
      yield()
    until t:status() ~= "ready"
    local state = t:status()
    if state == "waiting" or state == "done" then return client(...) end
  end
end

local function default_role(spec)
  if spec.both then return spec.both end
  if not spec.server then return spec.client end
  return together(spec.server, spec.client)
end

local function run(spec)
  if type(spec) ~= "table" then
    error("bad argument #1 to 'run' (table expected, got " .. type(spec)
      .. ")", 2)
  end
  local args, role, next_arg = arg or {}, nil, 1
  if is_role(spec, args[1]) then
    role, next_arg = spec[args[1]], 2
  elseif is_host(args[1]) then
    role = default_role(spec)
    if not role then error("bad argument #1 to 'run' (no role in it)", 2) end
  else
    refuse(spec, args[0], "there is no role '" .. args[1] .. "'")
  end
  local host, port = args[next_arg], args[next_arg + 1]
  if port and not is_port(port) then
    refuse(spec, args[0], "'" .. port .. "' is no port (0 to 65535)")
  end
  return role(host or spec.host, tonumber(port or spec.port),
    unpack(args, next_arg + 2))
end

return { run = run }

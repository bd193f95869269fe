std = "lua54"
self = false
max_line_length = 80
max_cyclomatic_complexity = 10

-- What netbox gives to a script. Its own Lua (lua/) never relies on it.
local script = {
  read_globals = {
    "socket", "timer", "thread", "trace", "input", "repr", "hexdump",
  },
}
files["examples"] = script
files["tests"] = script
files["tests/unit/support"] = { read_globals = { "wire" } }
files["tests/fuzz"] = { globals = { "fuzz" } }

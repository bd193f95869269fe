-- repr(v): a value as Lua source that reads back to an equal value: strings in
-- single quotes where possible, floats with all their digits, tables with their
-- sequence first and then the other keys in order. What has no source text
-- (functions, threads, sockets, tables with __tostring) stands as tostring
-- says it in angle brackets, a table inside itself as <cycle>. Tables are read
-- raw and walked without recursion, so no depth is too deep.

local error, getmetatable, next, rawget = error, getmetatable, next, rawget
local select, tonumber, tostring, type = select, tonumber, tostring, type
local byte, find, format, gsub = string.byte, string.find, string.format,
  string.gsub
local concat, move, sort = table.concat, table.move, table.sort
local huge, math_type, mininteger = math.huge, math.type, math.mininteger
local utf8_len = utf8.len

local ESCAPES = { ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r",
  ["\t"] = "\\t" }

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local
    nil not or repeat return then true until while]]):gmatch("%a+") do
  KEYWORDS[word] = true
end

local function hex(char)
  return format("\\x%02x", byte(char))
end

local function hex_all(chars)
  return (gsub(chars, ".", hex))
end

-- Bytes above 127 stay where the whole string is UTF-8, but for the control
-- characters U+0080 to U+009F, which a terminal would obey.
local function quoted(s)
  local quote = find(s, "'", 1, true) and not find(s, '"', 1, true) and '"'
    or "'"
  s = gsub(s, "[\\\n\r\t]", ESCAPES)
  s = gsub(s, "\0%f[%d]", "\\x00")
  s = gsub(s, "\0", "\\0")
  s = gsub(s, "[\1-\31\127]", hex)
  if utf8_len(s) then
    s = gsub(s, "\xc2[\x80-\x9f]", hex_all)
  else
    s = gsub(s, "[\x80-\xff]", hex)
  end
  return quote .. gsub(s, quote, "\\" .. quote) .. quote
end

-- The fewest digits, from 15 on, that read back to the same float.
local function float(v)
  local text
  for digits = 15, 17 do
    text = format("%." .. digits .. "g", v)
    if tonumber(text) == v then break end
  end
  return find(text, "[.e]") and text or text .. ".0"
end

local function number(v)
  if v ~= v then return "0/0" end
  if v == huge then return "math.huge" end
  if v == -huge then return "-math.huge" end
  if math_type(v) == "float" then return float(v) end
  return v == mininteger and "math.mininteger" or format("%d", v)
end

local function is_plain_table(v)
  if type(v) ~= "table" then return false end
  local meta = getmetatable(v)
  return type(meta) ~= "table" or rawget(meta, "__tostring") == nil
end

-- Any value that is not walked into.
local function scalar(v)
  local kind = type(v)
  if kind == "string" then return quoted(v) end
  if kind == "number" then return number(v) end
  if kind == "nil" or kind == "boolean" then return tostring(v) end
  return "<" .. tostring(v) .. ">"
end

local RANK = { number = 1, string = 2, boolean = 3 }

local function before(a, b)
  local rank_a, rank_b = RANK[type(a)] or 4, RANK[type(b)] or 4
  if rank_a ~= rank_b then return rank_a < rank_b end
  if rank_a <= 2 then return a < b end
  return tostring(a) < tostring(b)
end

-- The keys of a table in the order to show them, and how many of them are the
-- sequence 1, 2, ... that needs no keys in the source.
local function sorted_keys(t)
  local keys, length = {}, 0
  while rawget(t, length + 1) ~= nil do
    length = length + 1
    keys[length] = length
  end
  local others = {}
  for k in next, t do
    if math_type(k) ~= "integer" or k < 1 or k > length then
      others[#others + 1] = k
    end
  end
  sort(others, before)
  return move(others, 1, #others, length + 1, keys), length
end

local function key_text(k)
  if type(k) == "string" and find(k, "^[%a_][%w_]*$") and not KEYWORDS[k] then
    return k .. " = "
  end
  return "[" .. scalar(k) .. "] = "
end

-- Writes a value; a table only opens, as the innermost level.
local function write(out, levels, v)
  if not is_plain_table(v) then
    out[#out + 1] = scalar(v)
  elseif levels[v] then
    out[#out + 1] = "<cycle>"
  else
    local keys, length = sorted_keys(v)
    levels[v] = true
    levels[#levels + 1] = { table = v, keys = keys, length = length, at = 0 }
    out[#out + 1] = "{"
  end
end

-- Writes the next entry of the innermost level, or ends it.
local function advance(out, levels)
  local level = levels[#levels]
  local at = level.at + 1
  local k = level.keys[at]
  if k == nil then
    levels[#levels] = nil
    levels[level.table] = nil
    out[#out + 1] = "}"
    return
  end
  level.at = at
  if at > 1 then out[#out + 1] = ", " end
  if at > level.length then out[#out + 1] = key_text(k) end
  write(out, levels, rawget(level.table, k))
end

return function(...)
  if select("#", ...) == 0 then
    error("bad argument #1 to 'repr' (value expected)", 2)
  end
  local out, levels = {}, {}
  write(out, levels, (...))
  while #levels > 0 do
    advance(out, levels)
  end
  return concat(out)
end

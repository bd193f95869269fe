-- PORT COUNT: says that it is ready. For each number on its input, the seed of
-- a round, it makes COUNT connections and a thread for each that sends pieces
-- of noise and compares their echoes. A quarter is reset by this side at some
-- moment, a quarter by the server at some byte, and the others must come to
-- their end. It prints the bytes that Lua has in use.

local PIECES = 3 -- of each connection
local SPAN = 0.2 -- seconds from the first reset to the last
local LARGEST = 13 -- the power of two that is the longest piece

local in_use = require("in_use")
local port, count = tonumber(arg[1]), tonumber(arg[2])
local reset_when_closed = { on = true, timeout = 0 }

local function make_noise(length)
  local bytes = {}
  for i = 1, length do
    bytes[i] = string.char(math.random(0, 255))
  end
  return table.concat(bytes)
end

math.randomseed(0)
local noise = make_noise(1 << (LARGEST + 2))

-- Most pieces are short, some are long.
local function draw_piece()
  local length = math.random(1 << math.random(0, LARGEST))
  local from = math.random(#noise - length)
  return noise:sub(from, from + length - 1)
end

-- Sends a piece and compares its echo. Returns false if it was cut off.
local function exchange(conn, piece)
  if not conn:sendall(piece) then
    return false
  end
  local echo, _, partial = conn:receive(#piece)
  local got = echo or partial
  assert(got == piece:sub(1, #got), "the echo differs")
  return echo ~= nil
end

local function exchange_until_cut_off(conn)
  while exchange(conn, draw_piece()) do end
end

local function reset(conn)
  conn:setoption("linger", reset_when_closed)
  conn:close()
end

local kinds = {}

-- Every byte comes back, then the end, and then nothing is left to close.
function kinds.survivor(conn, pieces)
  assert(conn:sendall("close " .. #table.concat(pieces) .. "\n"))
  for _, piece in ipairs(pieces) do
    assert(exchange(conn, piece))
  end
  local data, message, code = conn:recv()
  assert(not data and code == "EOF", message)
  reset(conn)
end

function kinds.reset_by_client(conn)
  timer.after(math.random() * SPAN, reset, conn)
  assert(conn:sendall("close " .. math.maxinteger .. "\n"))
  exchange_until_cut_off(conn)
end

function kinds.reset_by_server(conn, pieces)
  local bytes = math.random(0, #table.concat(pieces))
  assert(conn:sendall("reset " .. bytes .. "\n"))
  exchange_until_cut_off(conn)
  conn:close()
end

local order = {
  kinds.survivor, kinds.reset_by_client, kinds.survivor, kinds.reset_by_server,
}

local function talk(conn, kind)
  local pieces = {}
  for i = 1, PIECES do
    pieces[i] = draw_piece()
  end
  kind(conn, pieces)
end

local function round()
  local conns, threads = {}, {}
  for i = 1, count do
    conns[i] = assert(socket.connect("127.0.0.1", port))
  end
  for i, conn in ipairs(conns) do
    threads[i] = thread.spawn(talk, conn, order[i % #order + 1])
  end
  for _, t in ipairs(threads) do
    assert(t:join())
  end
end

print("ready")
for line in io.lines() do
  math.randomseed(tonumber(line))
  round()
  print(in_use())
end

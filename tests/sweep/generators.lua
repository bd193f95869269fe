-- Coroutines of the script that wait for a socket, one inside the other.
local sweep = require("sweep")

local function words(conn)
  return coroutine.wrap(function()
    for line in conn:lines() do
      for word in line:gmatch("%a+") do
        coroutine.yield(word)
      end
    end
  end)
end

local function pairs_of(next_word)
  return coroutine.wrap(function()
    for word in next_word do
      coroutine.yield(word .. " " .. assert(next_word()))
    end
  end)
end

local function speak(conn)
  assert(conn:setoption("tcp-nodelay", true))
  for _, text in ipairs { "one two th", "ree\n", "four five six\n" } do
    assert(conn:send(text))
    thread.yield()
  end
  assert(conn:close())
end

sweep.step(function()
  local near <close>, far = sweep.pair()
  sweep.go(speak, far)
  local got = {}
  for pair in pairs_of(words(near)) do
    table.insert(got, pair)
  end
  assert(table.concat(got, ",") == "one two,three four,five six")
end)

sweep.step(function()
  local co = coroutine.create(function()
    timer.sleep(0.001)
    return coroutine.running()
  end)
  local ok, running, main = coroutine.resume(co)
  if not ok then
    error(running, 0)
  end
  assert(running == co and not main)
  assert(coroutine.status(co) == "dead" and coroutine.close(co))
end)

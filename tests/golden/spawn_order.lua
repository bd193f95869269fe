-- Threads start in the order of their spawns, and take turns as they yield.

local function worker(name)
  for round = 1, 3 do
    print(name, "round " .. round)
    thread.yield()
  end
  return name .. " is done"
end

local threads = {}
for i, name in ipairs({ "first", "second", "third" }) do
  threads[i] = thread.spawn({ name = name }, worker, name)
  print("spawned", threads[i]:name(), threads[i]:status())
end
for _, t in ipairs(threads) do
  print(t:join())
end

-- Five philosophers, five forks: how threads lock each other up, and how not.
--
-- Between two philosophers lies one fork, and who wants to eat needs both of
-- those at his sides. If each first takes the left one, all wait for the right
-- one for ever; netbox says who waits for whom, and ends with status 1. If each
-- takes the fork with the lower number first, somebody always gets both.
--
--   netbox examples/dining_philosophers.lua          to the deadlock
--   netbox examples/dining_philosophers.lua order    without it
--
-- After E. W. Dijkstra, "Hierarchical Ordering of Sequential Processes" (1971).

local in_order = arg[1] == "order"
local names = { "Aristotle", "Kant", "Spinoza", "Marx", "Russell" }
local meals = 3

local forks = {}
for i = 1, #names do
  forks[i] = thread.lock()
end

local function dine(name, left, right)
  local first, second = left, right
  if in_order and left > right then
    first, second = right, left
  end
  for _ = 1, meals do
    local _ <close> = forks[first]:hold()
    timer.sleep(0.01) -- thinks, with one fork in his hand
    local _ <close> = forks[second]:hold()
    print(name .. " eats")
  end
  print(name .. " has had enough")
end

for i, name in ipairs(names) do
  thread.spawn({ name = name }, dine, name, i, i % #names + 1)
end

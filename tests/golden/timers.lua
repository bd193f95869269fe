-- Timers in the order of their times, and who keeps the program alive.

timer.after(0.03, print, "third")
timer.after(0.01, print, "first")
timer.after(0.02, print, "second")
timer.after(1000, print, "never"):cancel()

local count = 0
local beat
beat = timer.every(0.04, function()
  count = count + 1
  print("beat", count)
  if count == 2 then
    print(beat:cancel(), beat:cancel())
  end
end)

thread.spawn({ daemon = true }, function()
  local _ <close> = setmetatable({}, {
    __close = function(_, err)
      print("daemon", err.code)
    end,
  })
  timer.sleep(math.huge)
end)

print("main ends")

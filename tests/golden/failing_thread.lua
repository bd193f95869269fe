-- A thread that fails is reported at once; the others go on.

local function open_the_door()
  timer.sleep(0)
  error("the door is locked")
end

thread.spawn({ name = "visitor" }, function()
  open_the_door()
end)

thread.spawn({ name = "host" }, function()
  timer.sleep(0.005)
  print("the host goes on")
end)

print("main ends")

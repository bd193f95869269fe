-- getstats and setstats.

local same = require("same")
local show = same.show

local near, far = same.pair()
local function bytes(s)
  local received, sent, age = s:getstats()
  return received, sent, age >= 0 and age < 60
end
show("at first", bytes(near))
near:send("0123456789")
far:receive(4)
show("sent", bytes(near))
show("received", bytes(far))
far:receive(6)
show("all of it", bytes(far))
near:send("line\r\n")
far:receive()
show("a line", bytes(far))
show("set", near:setstats(1000, 2000, 3))
local received, sent, age = near:getstats()
show("got", received, sent, age >= 3 and age < 60)
near:send("more")
show("and on", bytes(near))
show("set some", near:setstats(5), bytes(near))
show("set none", near:setstats(), bytes(near))
far:send("back")
near:receive(4)
show("received", bytes(near))
near:close()
show("closed", bytes(near))

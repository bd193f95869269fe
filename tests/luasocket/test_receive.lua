-- receive: patterns, prefixes, what a failure leaves.

local same = require("same")
local show = same.show

local near, far = same.pair()

near:send("line\nwith cr\r\nc\rr\rs\r\n\r\n\n\nend\n")
for i = 1, 7 do show("line " .. i, far:receive()) end

near:send("0123456789abcdef")
show("4 bytes", far:receive(4))
show("4.0 bytes", far:receive(4.0))
show("a numeral", pcall(far.receive, far, "4"))
show("a prefix counts", far:receive(3, "12"))
show("a prefix is enough", far:receive(2, "12"))
show("more than enough", far:receive(2, "1234"))
show("no bytes with a prefix", far:receive(0, "12"))
show("no bytes of those there", far:receive(0))
show("the rest", far:receive(3))

near:send("tail\n")
show("a prefix of a line", far:receive("*l", "head "))
near:send("\n")
show("an empty line", far:receive("*l"))
near:send("line\n")
show("nil is a line", far:receive(nil))
near:send("line\n")
show("nil and a prefix", far:receive(nil, "> "))

for _, wrong in ipairs({ "", "*", "x", "*x", "*n", -1, "-1" }) do
  same.raised("receive " .. tostring(wrong), far.receive, far, wrong)
end
same.raised("receive a table", far.receive, far, {})
same.raised("receive a boolean", far.receive, far, true)
same.raised("a prefix that is a table", far.receive, far, 1, {})

-- What a time-out cuts off is given, and is gone.
far:settimeout(0.1)
show("nothing there", far:receive())
show("nothing there, no bytes", far:receive(0))
show("nothing there, all", far:receive("*a"))
show("nothing there, a prefix", far:receive("*l", "pre"))
near:send("cut")
show("a line cut", far:receive())
near:send("cut")
show("bytes cut", far:receive(10))
near:send("cut")
show("all cut", far:receive("*a"))
near:send("cut")
show("a line with a prefix cut", far:receive("*l", "pre"))
near:send("cut")
show("bytes with a prefix cut", far:receive(10, "pre"))
near:send("c\r\rut\r")
show("a line with carriage returns cut", far:receive())
near:send("\nrest\n")
show("its end", far:receive())
show("the next line", far:receive())
far:settimeout(0)
show("nothing there, at once", far:receive())
far:settimeout(10)

-- The end of the stream.
near:send("a line\nand a part")
near:close()
show("a line before the end", far:receive())
show("a part before the end", far:receive())
show("after the end", far:receive())
show("after the end, bytes", far:receive(5))
show("after the end, no bytes", far:receive(0))
show("after the end, all", far:receive("*a"))
show("after the end, a prefix", far:receive("*l", "pre"))
show("after the end, all and a prefix", far:receive("*a", "pre"))
show("after the end, enough of a prefix", far:receive(2, "pre"))
far:close()
show("closed", far:receive())
show("closed, bytes", far:receive(3))
show("closed, no bytes", far:receive(0))
show("closed, all", far:receive("*a"))
show("closed, a prefix", far:receive("*l", "pre"))
show("closed, enough of a prefix", far:receive(2, "pre"))
show("closed, datagram", far:close())

-- Everything up to the end.
for _, text in ipairs({ "all of it", "", "two\nlines", ("x"):rep(100000) }) do
  near, far = same.pair()
  near:settimeout(nil)
  local step = 50000 -- what the way takes without a reader
  show("sent", near:send(text:sub(1, step)))
  local all = ""
  if #text > step then
    all = far:receive(step)
    near:send(text:sub(step + 1))
  end
  near:close()
  show("all", far:receive("*a", all))
  show("and then", far:receive("*a"))
  far:close()
end

-- Bytes that are cut off by the end, and by a reset.
near, far = same.pair()
near:send("part")
near:close()
show("bytes cut by the end", far:receive(10))
far:close()
near, far = same.pair()
near:send("part")
show("so much is there", far:receive(1))
near:setoption("linger", { on = true, timeout = 0 })
near:close()
show("reset", far:receive(10))
show("reset and over", far:receive(10))
far:close()

-- Lines are found wherever the blocks end.
near, far = same.pair()
for _, size in ipairs({ 8190, 8191, 8192, 8193, 20000 }) do
  near:send(("x"):rep(size) .. "\nnext\n")
  show("a long line", far:receive())
  show("the one after", far:receive())
end
near:send("with\0zero\nand " .. "\xff\n")
show("a zero byte", far:receive())
show("any byte", far:receive())
near:close()
far:close()

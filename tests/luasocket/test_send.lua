-- send: which part, what it returns, what a failure leaves.

local same = require("same")
local show = same.show

local near, far = same.pair()

-- Sends, shows the result, and what arrived.
local function send(what, ...)
  show(what, near:send(...))
  near:send("|")
  local got = ""
  repeat
    got = got .. far:receive(1)
  until got:sub(-1) == "|"
  show(what .. " arrives", got)
end

send("all", "abcdef")
send("from 2", "abcdef", 2)
send("2 to 4", "abcdef", 2, 4)
send("one", "abcdef", 3, 3)
send("from -2", "abcdef", -2)
send("-4 to -3", "abcdef", -4, -3)
send("2 to -2", "abcdef", 2, -2)
send("up to 100", "abcdef", 4, 100)
send("from -100", "abcdef", -100, 2)
send("floats", "abcdef", 2.0, 3.0)
send("numerals", "abcdef", "2", "3")
send("nil and nil", "abcdef", nil, nil)
send("a number", 12.5)

show("empty", near:send(""))
show("empty with a range", near:send("", 1, 5))
same.raised("no data", near.send, near)
same.raised("a table", near.send, near, {})
same.raised("a boolean", near.send, near, true)
same.raised("from a table", near.send, near, "x", {})

-- Everything arrives, whatever its size.
local big = ("0123456789"):rep(1000)
for _ = 1, 20 do
  assert(near:send(big) == #big)
  assert(far:receive(#big) == big)
end

-- A reader that does not read: the time-out says how far it got.
near:settimeout(0.1)
local huge = ("x"):rep(10000000)
local last, message, index = near:send(huge)
show("a full way", last, message)
assert(index > 0 and index < #huge)
local again, message_again, index_again = near:send(huge, index + 1)
show("still full", again, message_again)
assert(index_again >= index)
show("as much as it said", #far:receive(index_again) == index_again)
near:settimeout(10)

-- A peer that has gone is not known to be deaf; one that broke off is.
near, far = same.pair()
far:close()
show("the end", near:receive())
show("after the peer closed", near:send("x"))
near, far = same.pair()
far:setoption("linger", { on = true, timeout = 0 })
far:close()
show("a reset", near:receive())
show("after the reset", near:send("abc"))
show("and again from 2", near:send("abc", 2))
show("and again, nothing", near:send(""))
near:close()
show("closed", near:send("abc"))
show("closed, from 2", near:send("abc", 2))

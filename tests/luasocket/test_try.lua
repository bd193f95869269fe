-- try, newtry, protect, skip, choose.

local socket = require("socket")
local same = require("same")
local show, raised = same.show, same.raised
local protect, newtry, try = socket.protect, socket.newtry, socket.try

show("try", try(1, nil, 3))
show("try an empty string", try(""))
show("how many", select("#", try(1, nil, nil)))
show("protect", protect(function(...) return ... end)(1, 2, 3))
show("no results", select("#", protect(function() end)()))

local failing = protect(function(...) try(...) end)
show("nil and a problem", failing(nil, "problem"))
show("false and a problem", failing(false, "problem", "more"))
show("how many", select("#", failing(false, "problem", "more")))
show("no problem", failing())
show("how many", select("#", failing()))
local problem = {}
show("a table", select(2, failing(nil, problem)) == problem)

raised("an error passes", protect(error), "problem", 0)
show("so does a table", select(2, pcall(protect(error), problem)) == problem)
raised("and nil", protect(error))
raised("what try raises is shut", setmetatable,
  select(2, pcall(try, nil, "problem")), nil)
show("and opaque", getmetatable(select(2, pcall(try, nil, "problem"))))
show("pcall sees a table", type(select(2, pcall(try, nil, "problem"))))

show("inner", protect(function()
  return "out", protect(function() try(nil, "in") end)()
end)())
show("again", protect(function()
  try(protect(function() try(nil, "in") end)())
end)())
show("thrown by hand", protect(function()
  local ok, thrown = pcall(try, nil, "problem")
  show("caught", ok)
  error(thrown, 0)
end)())

local finalized = 0
local own = newtry(function(...)
  finalized = finalized + 1
  return select("#", ...)
end)
show("newtry", protect(own)(1, 2))
show("finalized", finalized)
show("newtry", protect(own)(nil, "problem"))
show("finalized", finalized)
raised("an error of the finalizer",
  protect(newtry(function() error("in the finalizer", 0) end)), nil, "x")
show("a callable finalizer", protect(newtry(setmetatable({}, {
  __call = function() finalized = finalized + 1 end,
})))(nil, "x"))
show("finalized", finalized)
show("a callable", protect(setmetatable({}, {
  __call = function(_, value) return value end,
}))(5))

-- A protected function may yield.
local co = coroutine.wrap(protect(function(a)
  local b = coroutine.yield(a)
  try(nil, b)
end))
show("yields", co(1))
show("and fails", co(2))

-- The way it is used.
local nobody = socket.tcp()
nobody:bind("127.0.0.1", 0)
local fetch = protect(function(ip, port)
  local s = socket.tcp()
  local own_try = newtry(function() show("closed", s:close()) end)
  own_try(s:connect(ip, port))
end)
show("fetch", fetch(same.address(nobody)))

show("skip", socket.skip(2, 1, 2, 3))
show("skip none", socket.skip(0, 1, 2))
show("skip more than there are", select("#", socket.skip(5, 1, 2)))
show("skip a numeral", socket.skip("1", 2, 3))

local function f(...) return select("#", ...), ... end
local chosen = socket.choose({ named = f, default = f })
show("choose", chosen("named", 1, 2, 3))
show("choose without more", chosen("named"))
show("choose the default", chosen(1, 2, 3))
show("choose nothing", chosen())
raised("choose what is not there", chosen, "other")
raised("choose no default", socket.choose({}))

"""--cpu in functions of C that do not come back to the machine of Lua."""
from cli import allow, run
from limit import all_end, ends

allow("--allow-native")  # collectgarbage with all that it can

CPU = ("--cpu", "0.1s")

FUNCTIONS = {
    "rep of nothing": "string.rep('', 1e17)",
    "rep of nothing, caught": "while true do pcall(string.rep, '', 1e17) end",
    "find": "('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))",
    "find with lazy items": "('a'):rep(3e3):find(('.-'):rep(30) .. 'b')",
    "match": "('a'):rep(3e5):match('.-b')",
    "gmatch": "for _ in ('a'):rep(3e5):gmatch('.-b') do end",
    "gsub": "('a'):rep(3e5):gsub('.-b', '')",
    "plain find": """
        ('a'):rep(1e6):find(('a'):rep(5e5) .. 'b', 1, true)""",
    "balanced": "('('):rep(3e5):find('%b()')",
    "a call of itself": """
        local t = setmetatable({}, {})
        getmetatable(t).__call = t
        t()""",
    "sort by a function of C": """
        local t = {}
        for i = 1, 1e4 do t[i] = i end
        while true do table.sort(t, math.ult) end""",
    "move of proxies": """
        local t = setmetatable({}, {__index = rawlen, __newindex = rawlen})
        table.move(t, 1, 1e15, 2)""",
    "concat of proxies": """
        table.concat(setmetatable({}, {__index = rawlen}), "", 1, 1e15)""",
    "insert into a proxy": """
        local t = setmetatable({}, {__index = rawlen, __newindex = rawlen,
          __len = function() return 1e15 end})
        table.insert(t, 1, "x")""",
    "remove from a proxy": """
        local t = setmetatable({}, {__index = rawlen, __newindex = rawlen,
          __len = function() return 1e15 end})
        table.remove(t, 1)""",
    "collections": """
        local t = {}
        for i = 1, 1e5 do t[i] = {} end
        while true do collectgarbage() end""",
    "generations": """
        collectgarbage("generational")
        while true do collectgarbage("step") end""",
    "next over holes": """
        local t = {}
        for i = 1, 1e6 do t[i] = 1 end
        for i = 1, 1e6 do t[i] = nil end
        while true do next(t) end""",
    "load of much": """
        local text = "return " .. ("1 + "):rep(1e6) .. "1"
        while true do load(text) end""",
    "load of constants": """
        local text = "return {" .. ("{},"):rep(1e5) .. "}"
        while true do load(text) end""",
    "numbers": "local s = ('9'):rep(1e6) while true do tonumber(s) end",
    "reverse": "local s = ('x'):rep(1e7) while true do s:reverse() end",
    "formats": "while true do ('%99.99f'):format(1e308) end",
    "utf8": "local s = ('x'):rep(1e7) while true do utf8.len(s) end",
    "hexdump": "while true do hexdump(('x'):rep(1e6)) end",
    "repr": """
        local t = {}
        for i = 1, 1e5 do t[i] = {i} end
        while true do repr(t) end""",
    "names of errors": "while true do pcall(string.rep) end",
}


def functions_of_c_cannot_go_on():
    all_end((CPU, FUNCTIONS))


def line_is_the_one_that_calls_c():
    ends(CPU, "local s = 'x'\n\nstring.rep('', 1e17)",
         place=r", in thread 'main' at \(command line\):3")


run(functions_of_c_cannot_go_on, line_is_the_one_that_calls_c)

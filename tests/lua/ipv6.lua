-- IPv6, where a machine has it.
--
--   local ipv6 = require("ipv6")
--   ipv6.case("a server over ::1", function() ... end)
--
-- `ipv6.available` says whether there is ::1; without it a case only says that
-- it cannot be tried.

local check = require("check")

local ipv6 = {}

local probe = socket.tcp6()
ipv6.available = probe ~= nil and probe:bind("::1", 0) == true
if probe then
  probe:close()
end

function ipv6.case(name, f)
  check.case(name, function()
    if ipv6.available then
      f()
    else
      print("no IPv6 here: " .. name)
    end
  end)
end

return ipv6

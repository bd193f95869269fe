-- Sends its words, a line each, and prints what comes back.
--
--     echo_client.lua HOST PORT WORD...

local socket = require("socket")

local talk = socket.protect(function(host, port, ...)
  local client = socket.try(socket.connect(host, port))
  local try = socket.newtry(function() client:close() end)
  client:settimeout(20)
  for _, word in ipairs({ ... }) do
    try(client:send(word .. "\n"))
    print(word .. " -> " .. try(client:receive()))
  end
  client:close()
  return true
end)

local done, problem = talk(...)
print(done and "done" or "failed: " .. tostring(problem))

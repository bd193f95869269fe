-- A module that waits long enough to be cancelled, the first time.
local seen = package.loaded["modules.seen"]
package.loaded["modules.seen"] = true
if not seen then
  timer.sleep(math.huge)
end
return { name = "patient" }

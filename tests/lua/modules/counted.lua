-- A module that counts how often it was loaded, and waits meanwhile.
local count = package.loaded["modules.count"] or { loads = 0 }
package.loaded["modules.count"] = count
count.loads = count.loads + 1
timer.sleep(0)
return { loads = count.loads }

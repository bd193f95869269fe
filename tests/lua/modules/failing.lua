-- A module that waits and then fails.
timer.sleep(0)
error("no good today")

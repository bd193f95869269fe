-- A module that waits while it is loaded.
timer.sleep(0)
return { waited = true }

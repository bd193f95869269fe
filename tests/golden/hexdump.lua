-- Bytes as hexdump shows them.

local function show(s)
  print(hexdump(s))
  print("--")
end

show("Hello, world\r\n")
show("sixteen bytes ..")
show("more than sixteen bytes\0\1\2\127\128\255")
show("")

-- A queue of two between a producer and a consumer: who waits when.

local queue = thread.queue(2)

thread.spawn({ name = "producer" }, function()
  for i = 1, 5 do
    print("put", i)
    queue:put(i)
  end
  queue:close()
  print("closed")
end)

for item in queue:iter() do
  print("got", item)
end
print("end")

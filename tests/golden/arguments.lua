-- What a script sees of its command line.

print(arg[0])
for i, argument in ipairs(arg) do
  print(i, repr(argument))
end
print(select("#", ...), ...)

-- A module that keeps the arguments of its chunk.
return { arguments = { ... } }

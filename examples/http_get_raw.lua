-- What a browser and a web server say to each other, by hand.
--
-- The client asks for a page and prints all that comes: the line that says how
-- it went, the headers, an empty line, the page. The server has one page.
--
--   netbox examples/http_get_raw.lua          both in one process
--   netbox examples/http_get_raw.lua server   the server, in one terminal,
--   netbox examples/http_get_raw.lua client   and the client, in another
--   netbox --allow-net=example.org examples/http_get_raw.lua client \
--     example.org 80 /index.html
--
-- A role may be followed by HOST, PORT and PATH. The server is good for a
-- browser, and for Python's http.client; the client for python3 -m http.server.
-- It speaks HTTP/1.0: one request on a connection, and a body in one piece.

local PAGE = "<h1>It works!</h1>\n"

local function answer(client)
  local conn <close> = client
  local request = conn:receive()
  local line = request
  while line and line ~= "" do line = conn:receive() end -- its headers
  if not line then return end -- it has gone before the end of them
  print("Asked for: " .. request)
  local status, body = "404 Not Found", "There is no such page.\n"
  if request:find("^GET / ") then
    status, body = "200 OK", PAGE
  end
  conn:sendall("HTTP/1.0 " .. status .. "\r\n" ..
    "Content-Type: text/html\r\n" ..
    "Content-Length: " .. #body .. "\r\n\r\n" .. body)
end

local function server(host, port)
  local listener <close> = assert(socket.bind(host, port))
  print("Serving on " .. host .. ":" .. port)
  while true do
    thread.spawn(answer, assert(listener:accept()))
  end
end

local function print_headers(conn)
  local length
  repeat
    local line = assert(conn:receive())
    print(line)
    length = length or line:lower():match("^content%-length:%s*(%d+)%s*$")
  until line == ""
  return tonumber(length)
end

-- Without a length the body ends where the stream does.
local function print_body(conn, length)
  local left = length or math.huge
  while left > 0 do
    local data, problem, code = conn:recv(math.min(left, 65536))
    if code == "EOF" and not length then break end
    assert(data, problem)
    io.write(data)
    left = left - #data
  end
end

local function client(host, port, path)
  local conn <close> = assert(socket.connect(host, port))
  assert(conn:sendall("GET " .. (path or "/") .. " HTTP/1.0\r\n" ..
    "Host: " .. host .. ":" .. port .. "\r\n\r\n"))
  print_body(conn, print_headers(conn))
end

require("roles").run {
  server = server, client = client, host = "127.0.0.1", port = 8080,
}

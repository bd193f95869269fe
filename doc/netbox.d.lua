---@meta
-- What netbox gives to a script, for language servers that read LuaLS
-- annotations (https://luals.github.io/wiki/annotations): it is never run.
-- Add this file to the setting `Lua.workspace.library`. lua/README.md is the
-- reference; a call that fails returns nil, a message and a code, and one whose
-- comment begins with (waits) may suspend the thread that calls it.
-- luacheck: globals socket timer thread trace input repr hexdump
-- luacheck: ignore 212 241

---@alias netbox.Code string
---| "EOF" # the peer has ended the stream
---| "ETIMEDOUT" # the time has passed
---| "EAGAIN" # it would have to wait, and the time-out is 0
---| "EINPROGRESS" # so would connect
---| "EBADF" # the socket is closed
---| "EPIPE" # the connection, or the queue, is closed
---| "ECONNRESET" # the peer broke the connection
---| "ECONNREFUSED" # nobody listens there
---| "EADDRINUSE" # another program has the port
---| "EACCES" # the system does not allow it
---| "EMFILE" # too many sockets are open
---| "EMSGSIZE" # too long
---| "EAI_NONAME" # there is no such name
---| "EAI_AGAIN" # no name server answers

---@alias netbox.Port integer|string

-- Sockets

---The library of sockets.
---@class netbox.socket
---@field AF_INET integer
---@field AF_INET6 integer
---@field AF_UNIX integer
---@field AF_UNSPEC integer
---@field SOCK_DGRAM integer
---@field SOCK_RAW integer
---@field SOCK_STREAM integer
---@field SHUT_RD integer
---@field SHUT_RDWR integer
---@field SHUT_WR integer
---@field SOMAXCONN integer
---@field INADDR_ALLHOSTS_GROUP integer
---@field INADDR_ANY integer
---@field INADDR_BROADCAST integer
---@field INADDR_LOOPBACK integer
---@field INADDR_MAX_LOCAL_GROUP integer
---@field INADDR_NONE integer
---@field INADDR_UNSPEC_GROUP integer
---@field IPPORT_RESERVED integer
---@field IPPORT_USERRESERVED integer
---@field IPPROTO_AH integer
---@field IPPROTO_DSTOPTS integer
---@field IPPROTO_EGP integer
---@field IPPROTO_ESP integer
---@field IPPROTO_FRAGMENT integer
---@field IPPROTO_GRE integer
---@field IPPROTO_HOPOPTS integer
---@field IPPROTO_ICMP integer
---@field IPPROTO_ICMPV6 integer
---@field IPPROTO_IDP integer
---@field IPPROTO_IGMP integer
---@field IPPROTO_IP integer
---@field IPPROTO_IPIP integer
---@field IPPROTO_IPV6 integer
---@field IPPROTO_MPTCP integer
---@field IPPROTO_NONE integer
---@field IPPROTO_PIM integer
---@field IPPROTO_PUP integer
---@field IPPROTO_RAW integer
---@field IPPROTO_ROUTING integer
---@field IPPROTO_RSVP integer
---@field IPPROTO_SCTP integer
---@field IPPROTO_TCP integer
---@field IPPROTO_TP integer
---@field IPPROTO_UDP integer
---@field IPPROTO_UDPLITE integer
---@field SOL_IP integer
---@field SOL_SOCKET integer
---@field SOL_TCP integer
---@field SOL_UDP integer
---@field SO_ACCEPTCONN integer
---@field SO_BINDTODEVICE integer
---@field SO_BROADCAST integer
---@field SO_DEBUG integer
---@field SO_DOMAIN integer
---@field SO_DONTROUTE integer
---@field SO_ERROR integer
---@field SO_INCOMING_CPU integer
---@field SO_KEEPALIVE integer
---@field SO_LINGER integer
---@field SO_MARK integer
---@field SO_OOBINLINE integer
---@field SO_PASSCRED integer
---@field SO_PASSSEC integer
---@field SO_PEERCRED integer
---@field SO_PEERSEC integer
---@field SO_PRIORITY integer
---@field SO_PROTOCOL integer
---@field SO_RCVBUF integer
---@field SO_RCVLOWAT integer
---@field SO_RCVTIMEO integer
---@field SO_REUSEADDR integer
---@field SO_REUSEPORT integer
---@field SO_SNDBUF integer
---@field SO_SNDLOWAT integer
---@field SO_SNDTIMEO integer
---@field SO_TYPE integer
---@field IP_ADD_MEMBERSHIP integer
---@field IP_ADD_SOURCE_MEMBERSHIP integer
---@field IP_BIND_ADDRESS_NO_PORT integer
---@field IP_BLOCK_SOURCE integer
---@field IP_DEFAULT_MULTICAST_LOOP integer
---@field IP_DEFAULT_MULTICAST_TTL integer
---@field IP_DROP_MEMBERSHIP integer
---@field IP_DROP_SOURCE_MEMBERSHIP integer
---@field IP_HDRINCL integer
---@field IP_MAX_MEMBERSHIPS integer
---@field IP_MULTICAST_IF integer
---@field IP_MULTICAST_LOOP integer
---@field IP_MULTICAST_TTL integer
---@field IP_OPTIONS integer
---@field IP_PKTINFO integer
---@field IP_RECVOPTS integer
---@field IP_RECVRETOPTS integer
---@field IP_RECVTOS integer
---@field IP_RECVTTL integer
---@field IP_RETOPTS integer
---@field IP_TOS integer
---@field IP_TRANSPARENT integer
---@field IP_TTL integer
---@field IP_UNBLOCK_SOURCE integer
---@field IPV6_ADD_MEMBERSHIP integer
---@field IPV6_CHECKSUM integer
---@field IPV6_DONTFRAG integer
---@field IPV6_DROP_MEMBERSHIP integer
---@field IPV6_DSTOPTS integer
---@field IPV6_HOPLIMIT integer
---@field IPV6_HOPOPTS integer
---@field IPV6_JOIN_GROUP integer
---@field IPV6_LEAVE_GROUP integer
---@field IPV6_MULTICAST_HOPS integer
---@field IPV6_MULTICAST_IF integer
---@field IPV6_MULTICAST_LOOP integer
---@field IPV6_NEXTHOP integer
---@field IPV6_PATHMTU integer
---@field IPV6_PKTINFO integer
---@field IPV6_RECVDSTOPTS integer
---@field IPV6_RECVHOPLIMIT integer
---@field IPV6_RECVHOPOPTS integer
---@field IPV6_RECVPATHMTU integer
---@field IPV6_RECVPKTINFO integer
---@field IPV6_RECVRTHDR integer
---@field IPV6_RECVTCLASS integer
---@field IPV6_RTHDR integer
---@field IPV6_RTHDRDSTOPTS integer
---@field IPV6_RTHDR_TYPE_0 integer
---@field IPV6_TCLASS integer
---@field IPV6_UNICAST_HOPS integer
---@field IPV6_V6ONLY integer
---@field TCP_CONGESTION integer
---@field TCP_CORK integer
---@field TCP_DEFER_ACCEPT integer
---@field TCP_FASTOPEN integer
---@field TCP_FASTOPEN_CONNECT integer
---@field TCP_INFO integer
---@field TCP_KEEPCNT integer
---@field TCP_KEEPIDLE integer
---@field TCP_KEEPINTVL integer
---@field TCP_LINGER2 integer
---@field TCP_MAXSEG integer
---@field TCP_NODELAY integer
---@field TCP_NOTSENT_LOWAT integer
---@field TCP_QUICKACK integer
---@field TCP_SYNCNT integer
---@field TCP_USER_TIMEOUT integer
---@field TCP_WINDOW_CLAMP integer
---@field BLOCKSIZE integer
---@field _DATAGRAMSIZE integer
---@field _SETSIZE integer
---@field _SOCKETINVALID integer
---@field _VERSION string
---@field sinkt table<string, function>
---@field sourcet table<string, function>
socket = {}

---(waits) A TCP socket that is connected to host and port.
---@param host string
---@param port netbox.Port
---@param lhost? string the address of this machine to come from
---@param lport? netbox.Port
---@param family? "inet"|"inet6"|"unspec"
---@return netbox.Socket? conn
---@return string? message
---@return netbox.Code? code
function socket.connect(host, port, lhost, lport, family) end

---(waits) The same over IPv4 alone.
---@param host string
---@param port netbox.Port
---@param lhost? string
---@param lport? netbox.Port
---@return netbox.Socket? conn
---@return string? message
---@return netbox.Code? code
function socket.connect4(host, port, lhost, lport) end

---(waits) The same over IPv6 alone.
---@param host string
---@param port netbox.Port
---@param lhost? string
---@param lport? netbox.Port
---@return netbox.Socket? conn
---@return string? message
---@return netbox.Code? code
function socket.connect6(host, port, lhost, lport) end

---(waits) A TCP socket that listens at host and port.
---@param host string `""` and `"*"` are every address of this machine
---@param port netbox.Port 0: any that is free
---@param backlog? integer how many clients may wait to be accepted, 128
---@return netbox.Socket? server
---@return string? message
---@return netbox.Code? code
function socket.bind(host, port, backlog) end

---A socket as Python makes it.
---@param family? integer `socket.AF_INET`, `AF_INET6` or `AF_UNIX`
---@param type? integer `socket.SOCK_STREAM`, `SOCK_DGRAM` or `SOCK_RAW`
---@param proto? integer
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.socket(family, type, proto) end

---A TCP socket; its first address decides between IPv4 and IPv6.
---@return netbox.Socket sock
function socket.tcp() end

---A TCP socket for IPv4.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.tcp4() end

---A TCP socket for IPv6.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.tcp6() end

---A UDP socket; its first address decides between IPv4 and IPv6.
---@return netbox.Socket sock
function socket.udp() end

---A UDP socket for IPv4.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.udp4() end

---A UDP socket for IPv6.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.udp6() end

---A unix stream socket. `socket.unix` is a table that can be called.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.unix() end

socket.unix = {}

---A unix stream socket.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.unix.stream() end

---LuaSocket's other name for `stream`.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.unix.tcp() end

---A unix datagram socket.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.unix.dgram() end

---LuaSocket's other name for `dgram`.
---@return netbox.Socket? sock
---@return string? message
---@return netbox.Code? code
function socket.unix.udp() end

---Two unix sockets that are connected with each other.
---@param type? integer `socket.SOCK_STREAM` or `SOCK_DGRAM`
---@return netbox.Socket? a
---@return netbox.Socket|string b or the message
---@return netbox.Code? code
function socket.socketpair(type) end

---@class netbox.AddrInfo
---@field family integer
---@field type integer
---@field proto integer
---@field addr string
---@field port integer

---(waits) Where something can be reached: a table for each address and each
---type of socket.
---@param name string? nil: this machine
---@param service? string|integer a port or the name of a service
---@param family? integer
---@param type? integer
---@return netbox.AddrInfo[]? list
---@return string? message
---@return netbox.Code? code
function socket.getaddrinfo(name, service, family, type) end

---(waits) The name of an address, its other names, and the address; or what
---belongs to a name.
---@param ip string
---@return string? name
---@return string[]|string aliases or message
---@return string[]|netbox.Code ips or code
function socket.gethostbyaddr(ip) end

---(waits) The first IPv4 address of a name.
---@param name string
---@return string? ip
---@return string? message
---@return netbox.Code? code
function socket.gethostbyname(name) end

---The name of this machine.
---@return string? name
---@return string? message
---@return netbox.Code? code
function socket.gethostname() end

---(waits) The name of an address and of the TCP service at a port, each as it
---is where it has none.
---@param ip string
---@param port integer|string
---@return string? host
---@return string service or message
---@return netbox.Code? code
function socket.getnameinfo(ip, port) end

---@class netbox.HostInfo
---@field name string
---@field alias string[]
---@field ip string[]

socket.dns = {}

---(waits) LuaSocket's: the first IPv4 address of a name and all about it.
---@param host string
---@return string? ip
---@return netbox.HostInfo|string info or message
---@return netbox.Code? code
function socket.dns.toip(host) end

---(waits) LuaSocket's: the name of an address, or what a name stands for.
---@param host string
---@return string? name
---@return netbox.HostInfo|string info or message
---@return netbox.Code? code
function socket.dns.tohostname(host) end

---(waits) LuaSocket's: the addresses of a name.
---@param host string
---@return {family: "inet"|"inet6", addr: string}[]? list
---@return string? message
---@return netbox.Code? code
function socket.dns.getaddrinfo(host) end

---(waits) LuaSocket's: the names of the addresses of a host, and of a service.
---@param host string?
---@param service? string|integer
---@return string[]? list
---@return string? service or message
---@return netbox.Code? code
function socket.dns.getnameinfo(host, service) end

---The name of this machine.
---@return string? name
---@return string? message
---@return netbox.Code? code
function socket.dns.gethostname() end

---@class netbox.PingOptions
---@field count? integer how many requests; without it, for ever
---@field interval? number seconds from one request to the next, 1
---@field timeout? number seconds to wait for a reply, 1
---@field size? integer bytes to send, 56

---@class netbox.PingReply
---@field seq integer from 0
---@field ip string
---@field bytes? integer
---@field ttl? integer
---@field time? number seconds; nil if the packet was lost
---@field message? string why it was lost
---@field code? netbox.Code

---(waits) Sends ICMP echo requests: `for r in assert(socket.ping(host)) do`.
---@param host string
---@param options? netbox.PingOptions
---@return (fun(): netbox.PingReply?)? iterator
---@return string? message
---@return netbox.Code? code
function socket.ping(host, options) end

---f, but what try throws inside becomes its result: nil and the problem.
---@generic F: function
---@param f F
---@return F
function socket.protect(f) end

---Passes on all values if the first is true, else throws the second.
---@param ... any
---@return any ...
function socket.try(...) end

---A try that calls `finalizer` before it throws.
---@param finalizer? fun()
---@return fun(...): ...
function socket.newtry(finalizer) end

---Leaves out the first `count` values.
---@param count integer
---@param ... any
---@return any ...
function socket.skip(count, ...) end

---A function that calls the one of `options` that its first argument names.
---@param options table<string, function>
---@return fun(name: any, first: any, second: any): ...
function socket.choose(options) end

---An LTN12 source: gives the next chunk when it is called, nil at the end.
---@param name "until-closed"|"by-length"|netbox.Socket
---@param s netbox.Socket
---@param length? integer of "by-length"
---@return fun(): string?, string?, netbox.Code?
function socket.source(name, s, length) end

---An LTN12 sink: sends the chunk it is called with; nil is the end.
---@param name "keep-open"|"close-when-done"|netbox.Socket
---@param s? netbox.Socket
---@return fun(chunk: string?): (true|integer)?, string?, integer?, netbox.Code?
function socket.sink(name, s) end

---(waits) The same as timer.sleep.
---@param seconds number
function socket.sleep(seconds) end

---The same as timer.time.
---@return number
function socket.gettime() end

---What can stand for a socket in select: anything with a descriptor.
---@class netbox.Selectable
---@field getfd fun(self): integer? -1 or nil: it is passed over
---@field dirty? fun(self): boolean whether it can be read from at once

---(waits) Waits until one of many sockets is ready; gives lists that are maps.
---@param reads? netbox.Selectable[]
---@param writes? netbox.Selectable[]
---@param t? number seconds; nil or below 0: for ever, 0: only look
---@return table? readable
---@return table|string writable or the message
---@return "timeout"|netbox.Code? timeout nil where any is ready; or the code
function socket.select(reads, writes, t) end

---(waits) Passes bytes on, both ways between two connected streams, until both
---have ended; an end is passed on as well.
---@param a netbox.Socket
---@param b netbox.Socket
---@return integer? there bytes from a to b
---@return integer|string back bytes from b to a, or the message
---@return netbox.Code? code
---@return integer? there the same, when it failed
---@return integer? back the same, when it failed
function socket.relay(a, b) end

---@class netbox.SocketInfo
---@field fd integer
---@field type "tcp"|"udp"|"icmp"|"raw"|"unixstream"|"unixdgram"
---@field family "inet"|"inet6"|"unix"
---@field state string
---@field laddr? string
---@field lport? integer
---@field raddr? string
---@field rport? integer
---@field thread? string the thread that opened it, while that is alive
---@field bytes_in integer
---@field bytes_out integer

---The open sockets of the program, the oldest first.
---@return netbox.SocketInfo[] list
function socket.sockets() end

---@class netbox.Socket
local Socket = {}

---(waits) Gives the socket its own address.
---@param host string `""` and `"*"` are every address of this machine
---@param port netbox.Port 0: any that is free
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:bind(host, port) end

---Makes a bound TCP socket a server.
---@param backlog? integer how many clients may wait to be accepted, 128
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:listen(backlog) end

---(waits) Waits for a client.
---@return netbox.Socket? conn
---@return string ip or the message
---@return integer|netbox.Code port or the code
function Socket:accept() end

---(waits) Connects; tries each address of the name in turn.
---@param host string
---@param port netbox.Port
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:connect(host, port) end

---(waits) Connects: 0, or the number of the error and its code.
---@param host string
---@param port netbox.Port
---@return integer errno
---@return netbox.Code? code
function Socket:connect_ex(host, port) end

---Ends one direction of a connection, or both.
---@param how? "both"|"send"|"receive"|0|1|2
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:shutdown(how) end

---Closes the socket. Twice is fine.
---@return true
function Socket:close() end

---(waits) Gives what is there as soon as there is something; on UDP a datagram.
---@param max? integer at least 1, 65536
---@return string? data
---@return string? message
---@return netbox.Code? code
function Socket:recv(max) end

---(waits) LuaSocket's: a line, everything up to the end, or so many bytes.
---@param pattern? "*l"|"*a"|"l"|"a"|integer
---@param prefix? string put in front of the data
---@return string? data
---@return string? message
---@return string? partial what had come
---@return netbox.Code? code
function Socket:receive(pattern, prefix) end

---(waits) Reads up to a delimiter and gives what stands before it.
---@param delimiter string
---@param max? integer how many bytes may stand before it
---@return string? data
---@return string? message
---@return netbox.Code? code
function Socket:recvuntil(delimiter, max) end

---`for line in s:lines() do`: waits for each line; raises what goes wrong.
---@return fun(s: netbox.Socket): string?
---@return netbox.Socket s
function Socket:lines() end

---(waits) Sends all of it.
---@param data string
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:sendall(data) end

---(waits) LuaSocket's: sends bytes i to j, all of them unless it fails.
---@param data string
---@param i? integer
---@param j? integer
---@return integer? last the index of the last byte that was sent
---@return string? message
---@return integer? sent the same, when it failed
---@return netbox.Code? code
function Socket:send(data, i, j) end

---(waits) Sends a datagram.
---@param data string
---@param host string
---@param port netbox.Port
---@return integer? bytes
---@return string? message
---@return netbox.Code? code
function Socket:sendto(data, host, port) end

---(waits) Waits for a datagram.
---@param max? integer at least 1, 65536
---@return string? data
---@return string ip or the message
---@return integer|netbox.Code port or the code
function Socket:recvfrom(max) end

---(waits) LuaSocket's name for recvfrom.
---@param max? integer at least 1, 65536
---@return string? data
---@return string ip or the message
---@return integer|netbox.Code port or the code
function Socket:receivefrom(max) end

---(waits) LuaSocket's name for bind on UDP.
---@param host string
---@param port netbox.Port
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:setsockname(host, port) end

---(waits) Gives a UDP socket a peer; `"*"` alone takes it back.
---@overload fun(self: netbox.Socket, host: "*"): true?, string?, netbox.Code?
---@param host string
---@param port netbox.Port
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:setpeername(host, port) end

---How long calls may take: seconds, nil for ever, 0 not at all.
---@param seconds number?
---@param mode? "b"|"t" each wait, or the whole call
---@return true
function Socket:settimeout(seconds, mode) end

---The time-outs of modes "b" and "t"; -1: none.
---@return number seconds
---@return number total
function Socket:gettimeout() end

---Its own address.
---@return string? ip
---@return integer|string port or the message
---@return "inet"|"inet6"|netbox.Code family or the code
function Socket:getsockname() end

---The address of the peer.
---@return string? ip
---@return integer|string port or the message
---@return "inet"|"inet6"|netbox.Code family or the code
function Socket:getpeername() end

---The number of its descriptor, -1 if there is none.
---@return integer
function Socket:fileno() end

---LuaSocket's name of the family.
---@return "inet4"|"inet6"|"unix"
function Socket:getfamily() end

---LuaSocket's name for fileno.
---@return integer
function Socket:getfd() end

---Lets go of its descriptor, which stays open, and goes on with `fd`.
---@param fd integer -1: with none
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:setfd(fd) end

---Bytes received and sent, and seconds since it was opened.
---@return integer received
---@return integer sent
---@return number age
function Socket:getstats() end

---Sets what `getstats` gives.
---@param received? integer
---@param sent? integer
---@param age? number
---@return true
function Socket:setstats(received, sent, age) end

---Whether bytes that have come wait in the socket's own buffer.
---@return boolean
function Socket:dirty() end

---Sets an option by Python's constants.
---@param level integer
---@param option integer
---@param value integer|boolean|string
---@return true? ok
---@return string? message
---@return netbox.Code? code
---@overload fun(s, level, option, group, interface): true?, string?, string?
function Socket:setsockopt(level, option, value) end

---Asks for an option by Python's constants.
---@param level integer
---@param option integer
---@param length? integer of a structure, which is given as a string
---@return integer|string|nil value
---@return string? message
---@return netbox.Code? code
function Socket:getsockopt(level, option, length) end

---@alias netbox.Linger { on: boolean, timeout?: integer }

---@alias netbox.Membership { multiaddr: string, interface?: string|integer }

---@alias netbox.Option
---| "bindtodevice"
---| "broadcast"
---| "dontroute"
---| "error"
---| "ip-add-membership"
---| "ip-drop-membership"
---| "ip-multicast-if"
---| "ip-multicast-loop"
---| "ip-multicast-ttl"
---| "ipv6-add-membership"
---| "ipv6-drop-membership"
---| "ipv6-multicast-hops"
---| "ipv6-multicast-if"
---| "ipv6-multicast-loop"
---| "ipv6-unicast-hops"
---| "ipv6-v6only"
---| "keepalive"
---| "linger"
---| "recv-buffer-size"
---| "reuseaddr"
---| "reuseport"
---| "send-buffer-size"
---| "tcp-defer-accept"
---| "tcp-fastopen"
---| "tcp-fastopen-connect"
---| "tcp-keepcnt"
---| "tcp-keepidle"
---| "tcp-keepintvl"
---| "tcp-nodelay"

---Sets an option by LuaSocket's name.
---@param name netbox.Option
---@param value boolean|integer|string|netbox.Linger|netbox.Membership
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Socket:setoption(name, value) end

---Asks for an option by LuaSocket's name.
---@param name netbox.Option
---@return boolean|integer|netbox.Linger|string|nil value
---@return string? message
---@return netbox.Code? code
function Socket:getoption(name) end

-- Timers

---The library of timers.
---@class netbox.timer
timer = {}

---(waits) Lets this thread wait.
---@param seconds number
function timer.sleep(seconds) end

---Calls f(...) once, later, in a thread of its own.
---@param seconds number
---@param f function
---@param ... any
---@return netbox.Timer
function timer.after(seconds, f, ...) end

---Calls f(...) again and again, in threads of its own.
---@param seconds number more than 0
---@param f function
---@param ... any
---@return netbox.Timer
function timer.every(seconds, f, ...) end

---Seconds since some moment; never goes back.
---@return number
function timer.now() end

---Seconds since 1970-01-01 00:00 UTC.
---@return number
function timer.time() end

---@class netbox.Timer
local Timer = {}

---Disarms it: true if it was armed.
---@return boolean
function Timer:cancel() end

---Seconds until it fires; nil if it is not armed.
---@return number?
function Timer:remaining() end

-- Threads

---The library of threads.
---@class netbox.thread
thread = {}

---@class netbox.ThreadOptions
---@field name? string
---@field daemon? boolean it does not keep the program alive

---A thread that runs f(...); it starts when the caller waits or yields.
---@overload fun(f: function, ...: any): netbox.Thread
---@param options netbox.ThreadOptions
---@param f function
---@param ... any
---@return netbox.Thread
function thread.spawn(options, f, ...) end

---(waits) Lets every thread that could run have a turn.
function thread.yield() end

---(waits) Calls `f`; its waits raise a cancellation when the time is up.
---@param seconds? number nil: for ever
---@param f function
---@return true? ok
---@return any ... the results of `f`, or "timeout" and "ETIMEDOUT"
function thread.deadline(seconds, f, ...) end

---(waits) Calls `f`, in which no cancellation from outside raises.
---@param f function
---@return any ... its results
function thread.shield(f, ...) end

---Threads that end together.
---@param options? table there are none yet
---@return netbox.Group group
function thread.group(options) end

---@class netbox.GroupOptions: netbox.ThreadOptions
---@field service? boolean ends when all others have

---@class netbox.Group
---@field others any[] the failures behind the first
local Group = {}

---Starts a thread as a member.
---@overload fun(self: netbox.Group, f: function, ...: any): netbox.Thread
---@param options netbox.GroupOptions
---@param f function
---@return netbox.Thread thread
function Group:spawn(options, f, ...) end

---Cancels every member.
---@param reason? any
---@return boolean alive
function Group:cancel(reason) end

---(waits) Waits for all members; raises the first failure.
---@return true
function Group:wait() end

---The thread that asks.
---@return netbox.Thread
function thread.self() end

---The threads that have not ended, the oldest first.
---@return netbox.Thread[]
function thread.list() end

---(waits) The same as timer.sleep.
---@param seconds number
function thread.sleep(seconds) end

---The table of the thread that asks.
---@return table
function thread.storage() end

---A lock.
---@return netbox.Lock
function thread.lock() end

---A lock that its owner may acquire again.
---@return netbox.Lock
function thread.rlock() end

---A condition, on an rlock of its own if none is given.
---@param lock? netbox.Lock
---@return netbox.Condition
function thread.condition(lock) end

---A semaphore with so many permits, 1 by default.
---@param value? integer
---@return netbox.Semaphore
function thread.semaphore(value) end

---The same; it never has more permits than it began with.
---@param value? integer
---@return netbox.Semaphore
function thread.bounded_semaphore(value) end

---An event, not set.
---@return netbox.Event
function thread.event() end

---A barrier for so many threads; the last one to come calls action().
---@param parties integer
---@param action? fun()
---@return netbox.Barrier
function thread.barrier(parties, action) end

---A queue, of max values at most.
---@param max? integer
---@return netbox.Queue
function thread.queue(max) end

---@class netbox.Thread
local Thread = {}

---(waits) Waits for its end: true and its results, or false and its error.
---@param timeout? number seconds; then nil, "timeout", "ETIMEDOUT"
---@return boolean? ok
---@return any ... results, the error, or message and code
function Thread:join(timeout) end

---Raises a cancellation where it waits: false if it had ended.
---@param reason? any
---@return boolean
function Thread:cancel(reason) end

---@return "ready"|"running"|"waiting"|"done"|"failed"|"cancelled"
function Thread:status() end

---Its table.
---@return table
function Thread:storage() end

---The name it was given, else "main" or "thread 2".
---@return string
function Thread:name() end

---Its number, 1 for the main thread.
---@return integer
function Thread:id() end

---@return boolean
function Thread:daemon() end

---What it waits for, in words; nil if it does not.
---@return string?
function Thread:waiting_for() end

---Where it is, or where it failed.
---@return string
function Thread:traceback() end

---What a cancellation raises.
---@class netbox.Cancellation
---@field code "ECANCELED"
---@field reason any

---@class netbox.Lock
local Lock = {}

---(waits) Waits for it: `local _ <close> = lock:hold()`.
---@return netbox.Lock
function Lock:hold() end

---(waits) Waits for it: false when the time has passed.
---@param timeout? number|boolean seconds; 0 and false only try
---@return boolean
function Lock:acquire(timeout) end

---Gives it to who waits first.
function Lock:release() end

---@return boolean
function Lock:locked() end

---@class netbox.Condition
local Condition = {}

---(waits) Waits for its lock: `local _ <close> = condition:hold()`.
---@return netbox.Condition
function Condition:hold() end

---(waits) Waits for its lock: false when the time has passed.
---@param timeout? number|boolean seconds; 0 and false only try
---@return boolean
function Condition:acquire(timeout) end

---Gives its lock to who waits first.
function Condition:release() end

---(waits) Gives the lock back, waits for a notification, has the lock again.
---@param timeout? number|boolean seconds; 0 and false only let others have it
---@return boolean # false when the time has passed
function Condition:wait(timeout) end

---(waits) Asks again after each notification until the answer counts as true.
---@generic T
---@param predicate fun(): T
---@param timeout? number|boolean seconds
---@return T # the last answer
function Condition:wait_for(predicate, timeout) end

---Wakes so many of those who wait, 1 by default.
---@param count? integer
function Condition:notify(count) end

---Wakes everybody who waits.
function Condition:notify_all() end

---@class netbox.Semaphore
local Semaphore = {}

---(waits) Waits for a permit: `local _ <close> = semaphore:hold()`.
---@return netbox.Semaphore
function Semaphore:hold() end

---(waits) Waits for a permit: false when the time has passed.
---@param timeout? number|boolean seconds; 0 and false only try
---@return boolean
function Semaphore:acquire(timeout) end

---Gives back so many permits, 1 by default.
---@param count? integer
function Semaphore:release(count) end

---The number of permits that nobody has.
---@return integer
function Semaphore:value() end

---@class netbox.Event
local Event = {}

---(waits) Waits until it is set: false when the time has passed.
---@param timeout? number|boolean seconds; 0 and false only ask
---@return boolean
function Event:wait(timeout) end

---Sets it and wakes everybody who waits.
function Event:set() end

function Event:clear() end

---@return boolean
function Event:is_set() end

---@class netbox.Barrier
local Barrier = {}

---(waits) Waits until all have come.
---@param timeout? number|boolean seconds; 0 and false do not wait
---@return integer|false # which one it was, from 0; false if it is broken
function Barrier:wait(timeout) end

---Breaks it: whoever waits is given false.
function Barrier:abort() end

---Makes it whole again; whoever waits for others is given false.
function Barrier:reset() end

---@return boolean
function Barrier:broken() end

---How many threads it was made for.
---@return integer
function Barrier:parties() end

---How many wait for others to come.
---@return integer
function Barrier:waiting() end

---@class netbox.Queue
local Queue = {}

---(waits) Adds a value; waits while the queue is full.
---@param value any not nil
---@param timeout? number|boolean seconds; 0 and false only try
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Queue:put(value, timeout) end

---Adds a value unless the queue is full.
---@param value any not nil
---@return true? ok
---@return string? message
---@return netbox.Code? code
function Queue:put_nowait(value) end

---(waits) Takes the oldest value; waits while there is none.
---@param timeout? number|boolean seconds; 0 and false only try
---@return any value
---@return string? message
---@return netbox.Code? code
function Queue:get(timeout) end

---Takes the oldest value if there is one.
---@return any value
---@return string? message
---@return netbox.Code? code
function Queue:get_nowait() end

---(waits) Waits until all that was put in is done: false when the time has
---passed.
---@param timeout? number|boolean seconds; 0 and false only ask
---@return boolean
function Queue:join(timeout) end

---A value that was taken is done.
function Queue:task_done() end

---`for value in queue:iter() do`: until it is closed and empty.
---@return fun(queue: netbox.Queue): any
---@return netbox.Queue queue
function Queue:iter() end

---Nothing can be put any more.
function Queue:close() end

---How many values are in it.
---@return integer
function Queue:qsize() end

---@return boolean
function Queue:empty() end

---Whether it holds as many values as it may.
---@return boolean
function Queue:full() end

---How many values it may hold; 0: any number.
---@return integer
function Queue:maxsize() end

-- Traces

---The library of traces.
---@class netbox.trace
trace = {}

---@class netbox.TraceOptions
---@field file? string # its name chooses the format; standard error without it
---@field filter? string # such as "port=80 kind=sent,received"
---@field bytes? integer # of each message that are shown
---@field hex? boolean # texts show them as a hex dump
---@field stable? boolean # no times, ports by their role

---Shows from now on what the sockets do.
---@param options? netbox.TraceOptions
---@return boolean? ok
---@return string? message
---@return netbox.Code? code
function trace.start(options) end

---Ends what the script has started; its files are written then.
---@return boolean? ok
---@return string? message
---@return netbox.Code? code
function trace.stop() end

---Puts a note into every trace there is.
---@param text string
function trace.mark(text) end

-- Keyboard and helpers

---(waits) Shows the prompt and reads a line; nil at the end of the input.
---@param prompt? any
---@return string? line
---@return string? message
---@return netbox.Code? code
function input(prompt) end

---A value as Lua would write it.
---@param value any
---@return string
function repr(value) end

---Bytes as offset, hexadecimal and text.
---@param data string
---@return string
function hexdump(data) end

// The servers in Go, a goroutine for each connection: `server KIND`.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func listen() net.Listener {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	check(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return listener
}

func accept(listener net.Listener) net.Conn {
	conn, err := listener.Accept()
	check(err)
	return conn
}

// Two connections, or one and itself. By hand: io.Copy would splice.
func pump(from, to net.Conn, size int) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, size)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if _, err = to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func echoLines(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		if _, err = conn.Write(line); err != nil {
			return
		}
	}
}

func serveDatagrams() {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	fmt.Println(conn.LocalAddr().(*net.UDPAddr).Port)
	buf := make([]byte, 65536)
	for {
		n, peer, err := conn.ReadFromUDPAddrPort(buf)
		check(err)
		_, err = conn.WriteToUDPAddrPort(buf[:n], peer)
		check(err)
	}
}

func main() {
	switch os.Args[1] {
	case "tcp":
		for listener := listen(); ; {
			conn := accept(listener)
			go pump(conn, conn, 16384)
		}
	case "lines":
		for listener := listen(); ; {
			go echoLines(accept(listener))
		}
	case "proxy":
		for listener := listen(); ; {
			one, other := accept(listener), accept(listener)
			go pump(one, other, 65536)
			go pump(other, one, 65536)
		}
	case "udp":
		serveDatagrams()
	}
}

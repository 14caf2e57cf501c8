// TCP echo in Go, as everybody writes it: a goroutine a connection, Read and Write.
//
//	tcp_echo PORT [BUFFER]
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
)

func serve(connection net.Conn, size int) {
	defer connection.Close()
	buffer := make([]byte, size)
	for {
		count, err := connection.Read(buffer)
		if count > 0 {
			if _, err := connection.Write(buffer[:count]); err != nil {
				return
			}
		}
		if err != nil {
			return // the peer's end, or a reset
		}
	}
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: tcp_echo PORT [BUFFER]")
		os.Exit(2)
	}
	size := 64 * 1024
	if len(os.Args) > 2 {
		if given, err := strconv.Atoi(os.Args[2]); err == nil && given > 0 {
			size = given
		}
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for {
		connection, err := listener.Accept() // Go sets TCP_NODELAY by itself
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go serve(connection, size)
	}
}

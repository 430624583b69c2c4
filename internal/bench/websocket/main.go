// Command websocket compares WebSocket libraries in what Parley asks of one:
// many idle connections in little memory, one message to all of them for little
// processor time, and short requests answered. Each library serves in a process
// of its own behind net/http; this process is all of its clients.
//
//	go run . --connections 10000
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gobwas/ws"
)

func main() {
	library := flag.String("serve", "", "be the server of this library; the program starts these by itself")
	connections := flag.Int("connections", 10000, "how many clients connect")
	rounds := flag.Int("rounds", 20, "how often the frame is sent to all, and how often each client asks")
	flag.Parse()
	if *library != "" {
		serve(*library)
		return
	}
	var limit syscall.Rlimit
	check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = limit.Max // the servers inherit it
	check(syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	fmt.Fprintln(os.Stdout, "| library | RSS as it stands | RSS when idle | stacks thereof | RSS after broadcasts | frames/s | CPU per frame | CPU per request |")
	fmt.Fprintln(os.Stdout, "|---|---|---|---|---|---|---|---|")
	for _, l := range libraries {
		measure(l.name, *connections, *rounds)
	}
}

// check ends the program, and with its input that of the server.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// measure measures a library and prints its row of the table.
func measure(library string, connections, rounds int) {
	server := start(library)
	empty := server.do(commandFree)
	c := connect(empty.Addr, connections)
	standing, idle := server.do(commandUsage), server.do(commandFree)

	began := time.Now()
	for i := range rounds {
		server.do(commandBroadcast)
		c.await(i + 1) // a backlog would be cheaper: it wakes a client once for several frames
	}
	took := time.Since(began)
	sent, after := server.do(commandUsage), server.do(commandFree)

	for i := range rounds {
		c.ask()
		c.await(rounds + i + 1)
	}
	answered := server.do(commandUsage)

	for _, conn := range c.conns {
		conn.Close()
	}
	check(server.in.Close())
	check(server.cmd.Wait())

	kib := func(n, less uint64) float64 { return float64(n-less) / float64(connections) / 1024 }
	frames := float64(connections * rounds)
	micros := func(d time.Duration) float64 { return float64(d.Microseconds()) / frames }
	fmt.Fprintf(os.Stdout, "| %s | %.1f KiB | %.1f KiB | %.1f KiB | %.1f KiB | %.0f | %.1f µs | %.1f µs |\n", library,
		kib(standing.RSS, empty.RSS), kib(idle.RSS, empty.RSS), kib(idle.Stacks, empty.Stacks), kib(after.RSS, empty.RSS),
		frames/took.Seconds(), micros(sent.CPU-idle.CPU), micros(answered.CPU-after.CPU))
}

// process is the server of one library. It ends when its input does.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func start(library string) *process {
	cmd := exec.CommandContext(context.Background(), os.Args[0], "--serve", library) //nolint:gosec // itself
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	return &process{cmd, in, json.NewDecoder(out)}
}

// do has the server carry out a command and returns what it has used after it.
func (p *process) do(command string) (u usage) {
	_, err := fmt.Fprintln(p.in, command)
	check(err)
	check(p.out.Decode(&u))
	return u
}

// clients are connections whose readers count bytes and look at nothing.
type clients struct {
	conns    []net.Conn
	received atomic.Int64
}

// connect opens n connections, 10,000 from each source address, since each has
// about 28,000 ports.
func connect(addr string, n int) *clients {
	c := new(clients)
	for i := range n {
		source := &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i/10000))}
		dialer := ws.Dialer{NetDial: (&net.Dialer{LocalAddr: source}).DialContext}
		conn, _, _, err := dialer.Dial(context.Background(), "ws://"+addr) // nothing is sent early
		check(err)
		if tcp, ok := conn.(*net.TCPConn); ok {
			check(tcp.SetLinger(0)) // the port is free again at once for the next library
		}
		c.conns = append(c.conns, conn)
		go func() {
			buffer := make([]byte, 4096)
			for {
				n, err := conn.Read(buffer)
				if err != nil {
					return // closed
				}
				c.received.Add(int64(n))
			}
		}()
	}
	return c
}

// await waits until every client has n frames.
func (c *clients) await(n int) {
	for c.received.Load() < int64(n*len(frame)*len(c.conns)) {
		time.Sleep(time.Millisecond)
	}
}

// ask sends a request of the size of a heartbeat over each connection.
func (c *clients) ask() {
	request := ws.MustCompileFrame(ws.MaskFrame(ws.NewBinaryFrame(bytes.Repeat([]byte("q"), 300))))
	for _, conn := range c.conns {
		_, err := conn.Write(request)
		check(err)
	}
}

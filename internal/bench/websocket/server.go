package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// What a server does when a line of its input says so.
const (
	commandUsage     = "usage"
	commandFree      = "free"      // give unused memory back
	commandBroadcast = "broadcast" // send the frame to all
)

// usage is what a server has used so far.
type usage struct {
	Addr string `json:"addr"`
	// RSS and Stacks are the memory of the process and that of its goroutines'
	// stacks, in bytes.
	RSS    uint64 `json:"rss"`
	Stacks uint64 `json:"stacks"`
	// CPU is the processor time of the process, user and system.
	CPU time.Duration `json:"cpu"`
}

// serve serves until its input ends.
func serve(library string) {
	accept := libraries[slices.IndexFunc(libraries, func(l entry) bool { return l.name == library })].accept
	var mu sync.Mutex // guards peers
	var peers []peer
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // until the process ends
	check(err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, err := accept(w, r)
		check(err)
		mu.Lock()
		defer mu.Unlock()
		peers = append(peers, p)
		go p.serve() // the handler returns, and with it goes its large stack
	})}
	go func() { check(server.Serve(listener)) }()

	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		switch lines.Text() {
		case commandFree:
			runtime.GC() // pools survive one collection
			debug.FreeOSMemory()
		case commandBroadcast:
			mu.Lock()
			check(broadcast(peers))
			mu.Unlock()
		}
		check(out.Encode(used(listener.Addr())))
	}
}

// broadcast sends the frame to all peers, on all processors.
func broadcast(peers []peer) error {
	var group errgroup.Group
	for part := range slices.Chunk(peers, len(peers)/runtime.GOMAXPROCS(0)+1) {
		group.Go(func() error {
			for _, p := range part {
				if err := p.send(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func used(addr net.Addr) usage {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var times syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &times))
	statm, err := os.ReadFile("/proc/self/statm")
	check(err)
	var size, resident uint64 // in pages
	_, err = fmt.Sscan(string(statm), &size, &resident)
	check(err)
	cpu := time.Duration(times.Utime.Nano() + times.Stime.Nano())
	return usage{addr.String(), resident * uint64(os.Getpagesize()), memory.StackInuse, cpu}
}

package e2e_test

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// broadcastCommand is the command "broadcast" of the benchmarks:
//
//	broadcast FILE
//
// It is the yardstick for fan-out, a bare server: it prints its address and, for
// each line of its input, sends what is in FILE to all who are connected, on all
// processors.
func broadcastCommand() {
	flag.Parse()
	payload, err := os.ReadFile(flag.Arg(0))
	fail(err)
	frame := ws.MustCompileFrame(ws.NewBinaryFrame(payload))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	var mu sync.Mutex // guards conns
	var conns []net.Conn
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock() // those who were let in get what comes next
		defer mu.Unlock()
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		fail(err)
		conns = append(conns, conn)
		go func() { _, _ = io.Copy(io.Discard, bufio.NewReaderSize(conn, 512)) }()
	})}
	go func() { fail(server.Serve(listener)) }()
	fmt.Println(listener.Addr())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		mu.Lock()
		var writers sync.WaitGroup
		for part := range slices.Chunk(conns, len(conns)/runtime.GOMAXPROCS(0)+1) {
			writers.Go(func() {
				for _, c := range part {
					_, err := c.Write(frame)
					fail(err)
				}
			})
		}
		writers.Wait()
		mu.Unlock()
	}
}

// broadcaster is a process that runs broadcast.
type broadcaster struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	addr string
}

// newBroadcaster starts one that sends payload.
func newBroadcaster(tb testing.TB, payload []byte) *broadcaster {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "payload")
	if err := os.WriteFile(file, payload, 0o600); err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(tb.Context(), "broadcast", file)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return &broadcaster{cmd, in, strings.TrimSpace(addr)}
}

// send has the payload sent to all.
func (b *broadcaster) send() error {
	_, err := fmt.Fprintln(b.in)
	return err
}

// end ends the process.
func (b *broadcaster) end(tb testing.TB) {
	tb.Helper()
	b.in.Close()
	if err := b.cmd.Wait(); err != nil {
		tb.Error(err)
	}
}

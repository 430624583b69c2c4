package webhook

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// receiverVariable makes the test binary be a receiver instead of running tests.
const receiverVariable = "PARLEY_TEST_RECEIVER"

func TestMain(m *testing.M) {
	if os.Getenv(receiverVariable) != "" {
		trivialReceiver()
		return
	}
	os.Exit(m.Run())
}

// trivialReceiver acknowledges whatever it gets, at the least cost, until its
// input is closed.
func trivialReceiver() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go acknowledgeAll(conn)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin) // either way it is time to go
}

func acknowledgeAll(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	reply := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(allOK)) + "\r\n\r\n" + allOK
	for {
		length := 0
		for {
			line, err := in.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) == 2 {
				break
			}
			if value, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
				length, _ = strconv.Atoi(strings.TrimSpace(value)) // we wrote it
			}
		}
		if _, err := in.Discard(length); err != nil {
			return
		}
		if _, err := conn.Write([]byte(reply)); err != nil {
			return
		}
	}
}

// BenchmarkDeliver delivers to a receiver in another process, in the order of 64
// conversations: events that come while it runs, recorded in groups as sends
// are, and events that were in the store before.
func BenchmarkDeliver(b *testing.B) {
	b.Run("live", func(b *testing.B) { benchmarkDeliver(b, true) })
	b.Run("backlog", func(b *testing.B) { benchmarkDeliver(b, false) })
}

func benchmarkDeliver(b *testing.B, live bool) {
	const conversations = 64
	s, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "parley.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	app := &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	app.Webhook.URL, app.Webhook.Token, app.Webhook.SigningSecret = startReceiver(b), "token", callback.NewSecret()
	_, d := New(Options{
		Store: s, Apps: func(chat.SDKAppID) *chat.App { return app }, Concurrency: 64, Reach: Loopback,
		Clock: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	body, err := json.Marshal(map[string]string{"CallbackCommand": "Group.CallbackAfterSendMsg", "text": strings.Repeat("x", 600)})
	if err != nil {
		b.Fatal(err)
	}
	record := func() {
		const together = 32
		for n := 0; n < b.N; n += together {
			rows := make([]event.Outgoing, 0, together)
			for i := n; i < min(n+together, b.N); i++ {
				rows = append(rows, event.Outgoing{
					SDKAppID: app.SDKAppID, Command: "Group.CallbackAfterSendMsg", Conversation: fmt.Sprintf("group:g%d", i%conversations),
					ClientIP: "192.0.2.1", Platform: chat.PlatformREST, Body: body,
				})
			}
			if err := s.Update(b.Context(), func(tx store.Tx) error { return tx.AddEvents(b.Context(), rows) }); err != nil {
				b.Error(err)
			}
		}
	}
	if !live {
		record()
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	b.ResetTimer()
	before := processorTime(b)
	go func() {
		defer close(done)
		if err := d.Run(ctx, []chat.SDKAppID{app.SDKAppID}); err != nil {
			b.Error(err)
		}
	}()
	if live {
		record()
	}
	for pending(b, s, app.SDKAppID) > 0 {
		time.Sleep(2 * time.Millisecond)
	}
	b.StopTimer()
	used := processorTime(b) - before
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
	b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/delivery")
	cancel()
	<-done
}

func pending(tb testing.TB, s store.Store, app chat.SDKAppID) int {
	tb.Helper()
	var counts map[store.EventState]int
	if err := s.View(tb.Context(), func(tx store.Tx) (err error) {
		counts, err = tx.CountEvents(tb.Context(), app, 1)
		return err
	}); err != nil {
		tb.Fatal(err)
	}
	return counts[store.Pending]
}

// startReceiver starts a receiver in a process of its own and returns its URL.
func startReceiver(tb testing.TB) string {
	tb.Helper()
	cmd := exec.Command(os.Args[0]) // this very binary, ended below
	cmd.Env = append(os.Environ(), receiverVariable+"=1")
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
	tb.Cleanup(func() {
		_ = in.Close() // it ends either way
		_ = cmd.Wait() // how it ends does not matter
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return "http://" + strings.TrimSpace(address) + "/callback"
}

// processorTime is what this process has used, in the kernel as well.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

package testkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Patience is how long a server may take to be ready, or to end when it is told
// to, before its test fails. The machine may have much else to do.
const Patience = 30 * time.Second

// Server is a process of the program that runs "parley serve".
type Server struct {
	installation *Installation
	cmd          *exec.Cmd
	log          *tail
	// ended is closed when the process has ended and its output is read.
	ended chan struct{}
}

// Launch starts a server and does not wait for it. It is killed at the end of
// the test, if it still runs then.
func (i *Installation) Launch(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := &Server{installation: i, log: new(tail), ended: make(chan struct{})}
	s.cmd = exec.Command(i.Program, append(append([]string{"serve"}, i.Args...), args...)...)
	s.cmd.Env = i.environ()
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		tb.Fatalf("start a server: %v", err)
	}
	go func() {
		defer close(s.ended)
		_ = s.cmd.Wait() // the exit code tells
	}()
	tb.Cleanup(func() {
		select {
		case <-s.ended:
			return
		default:
		}
		s.Kill()
		if tb.Failed() {
			tb.Logf("the end of the server's log:\n%s", s.log.last(8<<10))
		}
	})
	return s
}

// Start starts a server and waits until it is ready.
func (i *Installation) Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := i.Launch(tb, args...)
	s.WaitReady(tb)
	return s
}

// WaitReady waits until the server answers that it is ready. The test ends if
// it does not.
func (s *Server) WaitReady(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), Patience)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		tb.Fatalf("wait until the server is ready: %v\n%s", err, s.log.last(8<<10))
	}
}

var errEnded = errors.New("the process has ended")

func (s *Server) ready(ctx context.Context) error {
	transport := &http.Transport{DisableKeepAlives: true}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.installation.URL()+"/readyz", nil)
		if err != nil {
			return err
		}
		if response, err := transport.RoundTrip(request); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-s.ended:
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Kill ends the process at once, as a power cut would, and waits for its end.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.ended
}

// Terminate tells the process to stop and does not wait for it.
func (s *Server) Terminate() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
}

// Wait waits for the end of the process and returns its exit code, -1 if it was
// killed. The test ends if it does not end.
func (s *Server) Wait(tb testing.TB) int {
	tb.Helper()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	select {
	case <-s.ended:
	case <-patience.C:
		tb.Fatalf("the server does not end\n%s", s.log.last(8<<10))
	}
	return s.cmd.ProcessState.ExitCode()
}

// Stop tells the process to stop and checks that it does so without complaint,
// and that nothing in it has panicked.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	s.Terminate()
	if code := s.Wait(tb); code != 0 {
		tb.Errorf("the server stopped with exit code %d, want 0\n%s", code, s.log.last(8<<10))
	}
	for line := range strings.Lines(s.Log()) {
		if strings.Contains(line, "panic") {
			tb.Errorf("the server logged: %s", line)
		}
	}
}

// Ended reports whether the process has ended.
func (s *Server) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// PID is the process's number.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log is what the process has written, up to the last megabyte of it.
func (s *Server) Log() string { return s.log.last(maxLog) }

// RSS is how much memory of the machine the process takes, in bytes. Where the
// system is not Linux, it is 0.
func (s *Server) RSS(tb testing.TB) int {
	tb.Helper()
	return s.memory(tb, "VmRSS:")
}

// PeakRSS is the most that it has ever been.
func (s *Server) PeakRSS(tb testing.TB) int {
	tb.Helper()
	return s.memory(tb, "VmHWM:")
}

func (s *Server) memory(tb testing.TB, field string) int {
	tb.Helper()
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		tb.Fatalf("read the memory of the server: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, field); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			if err != nil {
				tb.Fatalf("read the memory of the server: %v", err)
			}
			return kib << 10
		}
	}
	tb.Fatalf("the system does not tell %s of the server", field)
	return 0
}

package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BuildNATS builds the NATS server of the version in go.mod into dir and returns its
// path.
func BuildNATS(ctx context.Context, dir string) (string, error) {
	program := filepath.Join(dir, "nats-server")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/nats-io/nats-server/v2")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the NATS server: %w\n%s", err, out)
	}
	return program, nil
}

// NATSProcess is a NATS server that is a process of its own, which can be killed as
// those within a test cannot.
type NATSProcess struct {
	// Addr is the host and port for clients.
	Addr string
	// FromOthers is the way of the other servers to this one. While it is cut for all
	// of them, no server hears another.
	FromOthers *Link

	monitor string
	program string
	args    []string
	process *exec.Cmd
	ended   chan struct{}
	log     *tail
}

// StartNATSProcesses starts a cluster of n servers that runs until the test ends.
func StartNATSProcesses(tb testing.TB, program string, n int) []*NATSProcess {
	tb.Helper()
	places := make([]string, n)
	links := make([]*Link, n)
	for i := range links {
		places[i] = Reserve(tb)
		links[i] = NewLink(tb, places[i])
	}
	servers := make([]*NATSProcess, n)
	for i := range servers {
		s := &NATSProcess{Addr: Reserve(tb), FromOthers: links[i], monitor: Reserve(tb), program: program}
		var routes []string
		for j, l := range links {
			if j != i {
				routes = append(routes, "nats://"+l.Addr)
			}
		}
		host, port := hostPort(tb, s.Addr)
		_, monitor := hostPort(tb, s.monitor)
		s.args = []string{
			"--name", fmt.Sprintf("nats-%d", i), "--addr", host, "--port", fmt.Sprint(port), "--http_port", fmt.Sprint(monitor),
			// Clients learn of no other way to the servers than the one they were told.
			"--no_advertise", "--cluster_name", "test", "--cluster", "nats://" + places[i],
			// Nor do servers of each other.
			"--cluster_advertise", s.FromOthers.Addr, "--routes", strings.Join(routes, ","),
		}
		s.Start(tb)
		tb.Cleanup(s.Kill)
		servers[i] = s
	}
	for _, s := range servers {
		s.waitRoutes(tb, n-1)
	}
	return servers
}

// Start starts the server, after Kill, and waits until it answers.
func (s *NATSProcess) Start(tb testing.TB) {
	tb.Helper()
	s.log, s.ended = new(tail), make(chan struct{})
	s.process = exec.CommandContext(context.Background(), s.program, s.args...)
	s.process.Stdout, s.process.Stderr = s.log, s.log
	if err := s.process.Start(); err != nil {
		tb.Fatalf("start NATS: %v", err)
	}
	process, ended := s.process, s.ended
	go func() {
		_ = process.Wait() // how it ended does not matter
		close(ended)
	}()
	s.waitRoutes(tb, 0)
}

// Kill ends the server at once.
func (s *NATSProcess) Kill() {
	_ = s.process.Process.Kill() // it may have ended
	<-s.ended
}

// WaitClients waits until exactly that many clients are connected to the server.
func (s *NATSProcess) WaitClients(tb testing.TB, clients int) {
	tb.Helper()
	s.await(tb, func(ctx context.Context) bool {
		var answer struct {
			Connections int `json:"connections"`
		}
		return s.ask(ctx, "/varz", &answer) == nil && answer.Connections == clients
	})
}

// waitRoutes waits until the server answers and knows that many others.
func (s *NATSProcess) waitRoutes(tb testing.TB, others int) {
	tb.Helper()
	s.await(tb, func(ctx context.Context) bool {
		n, err := s.peers(ctx)
		return err == nil && n >= others
	})
}

// await waits until something is so.
func (s *NATSProcess) await(tb testing.TB, is func(context.Context) bool) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), Patience)
	defer cancel()
	for !is(ctx) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.ended:
			tb.Fatalf("NATS has ended\n%s", s.log.last(8<<10))
		case <-ctx.Done():
			tb.Fatalf("NATS does not answer, or does not find the others or its clients\n%s", s.log.last(8<<10))
		}
	}
}

// peers is how many other servers the server is connected to.
func (s *NATSProcess) peers(ctx context.Context) (int, error) {
	var answer struct {
		Routes []struct {
			RemoteID string `json:"remote_id"`
		} `json:"routes"`
	}
	err := s.ask(ctx, "/routez", &answer)
	peers := make(map[string]bool) // there are several connections to each
	for _, r := range answer.Routes {
		peers[r.RemoteID] = true
	}
	return len(peers), err
}

// ask reads what the server tells about itself.
func (s *NATSProcess) ask(ctx context.Context, path string, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.monitor+path, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Timeout: time.Second}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(answer)
}

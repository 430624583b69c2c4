package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The parts that run as processes of their own, so that what they cost is not
// counted as the server's.
const (
	PartReceiver  = "receiver"
	PartEmpty     = "empty"
	PartBareStore = "store"
)

// ServePart runs one part until in is closed, and tells its address on out. Part
// store keeps its rows in the PostgreSQL database at url, or in dir.
func ServePart(ctx context.Context, part, dir, url string, in io.Reader, out io.Writer) error {
	var handler http.Handler
	switch part {
	case PartReceiver:
		handler = new(Receiver)
	case PartEmpty:
		handler = Empty()
	case PartBareStore:
		s, err := NewBareStore(ctx, dir, url)
		if err != nil {
			return err
		}
		handler = s
	default:
		return fmt.Errorf("there is no part %q", part)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, in) // until the parent ends
		_ = server.Close()
	}()
	if _, err := fmt.Fprintf(out, "http://%s\n", listener.Addr()); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// child is a running part.
type child struct {
	URL string

	cmd *exec.Cmd
	in  io.Closer
}

// startChild runs this program again as a part.
func startChild(ctx context.Context, command []string, part, dir, url string) (*child, error) {
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "--part", part, "--part-dir", dir, "--bare-store", url)...) //nolint:gosec // this very program
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", part, err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", part, err), cmd.Wait())
	}
	return &child{URL: strings.TrimSpace(line), cmd: cmd, in: in}, nil
}

func (c *child) stop() {
	_ = c.in.Close()
	_ = c.cmd.Wait()
}

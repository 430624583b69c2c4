package server

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/config"
)

// TestLimited: beyond the limit a connection waits until another one ends, and
// closing the listener ends the waiting.
func TestLimited(t *testing.T) {
	t.Parallel()
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{cfg: config.Config{MaxConnections: 2}}
	l := s.limited(inner)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	for range 4 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
	}
	first, second := <-accepted, <-accepted
	select {
	case <-accepted:
		t.Error("a third connection got in")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	first.Close() // gives one place back, not two
	third := <-accepted
	select {
	case <-accepted:
		t.Error("a fourth connection got in")
	case <-time.After(50 * time.Millisecond):
	}
	l.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("waiting ended with %v, want that the listener is closed", err)
	}
	second.Close()
	third.Close()
}

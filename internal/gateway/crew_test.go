package gateway

import (
	"net"
	"testing"
	"time"
)

// TestCrew lets clients that read nothing stand before one that does.
func TestCrew(t *testing.T) {
	t.Parallel()
	const deaf = 100
	var conns []*conn
	var last net.Conn
	for range deaf + 1 {
		here, there := net.Pipe()
		t.Cleanup(func() { here.Close(); there.Close() })
		conns = append(conns, &conn{net: here, out: here, answers: [][]byte{[]byte("hello")}})
		last = there
	}
	new(crew).write(conns)
	got := make([]byte, 5)
	if err := last.SetReadDeadline(time.Now().Add(writeTimeout / 2)); err != nil {
		t.Fatal(err)
	}
	if n, err := last.Read(got); err != nil || string(got[:n]) != "hello" {
		t.Errorf("the client that reads got %q: %v", got[:n], err)
	}
}

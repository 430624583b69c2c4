package testkit

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Link is the only way from one process to another, and it can be cut in both manners
// of networks: Drop and Refuse.
type Link struct {
	// Addr is the host and port at which the link begins.
	Addr   string
	target string

	mu       sync.Mutex // guards all below
	listener net.Listener
	conns    map[net.Conn]bool
	// passing is closed while bytes pass.
	passing chan struct{}
	ended   bool
}

// NewLink makes a link that leads to an address, and lets through what comes.
func NewLink(tb testing.TB, target string) *Link {
	tb.Helper()
	l := &Link{Addr: Reserve(tb), target: target, conns: make(map[net.Conn]bool), passing: make(chan struct{})}
	close(l.passing)
	l.listen(tb)
	tb.Cleanup(l.end)
	return l
}

// Drop lets no byte through any more, also not those that tell of the end of a
// connection, and nobody is told. Connections can still be made as far as the link;
// nothing answers there. What was sent meanwhile arrives after Heal, late, as when a
// network comes back.
//
// It is stricter than a network that loses packets: the system at either end sees
// its bytes arrive, so only the program itself can notice.
func (l *Link) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passes() {
		l.passing = make(chan struct{})
	}
}

// Refuse breaks all connections and refuses new ones. What was on its way is lost.
func (l *Link) Refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse()
}

func (l *Link) refuse() {
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	for c := range l.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // the other end is told at once
		}
		c.Close()
	}
	clear(l.conns)
}

// Heal ends Drop and Refuse.
func (l *Link) Heal(tb testing.TB) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.passes() {
		close(l.passing)
	}
	if l.listener == nil {
		l.listen(tb)
	}
}

// passes reports whether bytes pass. mu is held.
func (l *Link) passes() bool {
	select {
	case <-l.passing:
		return true
	default:
		return false
	}
}

// end closes everything for good.
func (l *Link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.refuse()
	if !l.passes() {
		close(l.passing)
	}
}

func (l *Link) listen(tb testing.TB) {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", l.Addr)
	if err != nil {
		tb.Errorf("a link cannot listen: %v", err)
		return
	}
	l.listener = listener
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // refused from now on
			}
			go l.carry(conn)
		}
	}()
}

// carry lets one connection through.
func (l *Link) carry(near net.Conn) {
	if !l.keep(near) {
		return
	}
	defer l.drop(near)
	l.wait()
	far, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(context.Background(), "tcp", l.target)
	if err != nil {
		if tcp, ok := near.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // refused, as it was there
		}
		return
	}
	if !l.keep(far) {
		return
	}
	defer l.drop(far)
	var ways sync.WaitGroup
	ways.Go(func() { l.pass(far, near) })
	ways.Go(func() { l.pass(near, far) })
	ways.Wait()
}

// pass carries the bytes of one direction.
func (l *Link) pass(to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.wait()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				break
			}
		}
		if err != nil {
			if tcp, ok := to.(*net.TCPConn); ok && err == io.EOF { //nolint:errorlint // Read returns exactly this
				_ = tcp.CloseWrite()
				return
			}
			break
		}
	}
	to.Close()
	from.Close()
}

// wait waits while nothing passes.
func (l *Link) wait() {
	l.mu.Lock()
	passing := l.passing
	l.mu.Unlock()
	<-passing
}

// keep remembers a connection, or closes it if there are to be none.
func (l *Link) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended || l.listener == nil {
		c.Close()
		return false
	}
	l.conns[c] = true
	return true
}

func (l *Link) drop(c net.Conn) {
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
	c.Close()
}

package testkit

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// Link is the only way from one process to another, and it can be cut in the manners
// of networks: Drop, DropAnswers and Refuse.
type Link struct {
	// Addr is the host and port at which the link begins.
	Addr   string
	target string

	mu       sync.Mutex // guards all below
	listener net.Listener
	conns    map[net.Conn]bool
	// passing are closed while bytes pass, by direction.
	passing [2]chan struct{}
	// last, if not empty, are in the requests after which no answer passes.
	last  []string
	ended bool
}

// The directions of a link: there go requests, back come answers.
const (
	there = iota
	back
)

// NewLink makes a link that leads to an address, and lets through what comes.
func NewLink(tb testing.TB, target string) *Link {
	tb.Helper()
	l := &Link{Addr: Reserve(tb), target: target, conns: make(map[net.Conn]bool)}
	for way := range l.passing {
		l.passing[way] = make(chan struct{})
		close(l.passing[way])
	}
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
	l.stop(there)
	l.stop(back)
}

// DropAnswers lets requests through, but no answer any more from the moment on when
// all of these texts were seen in them, in this order, on whichever connection. What
// the last one asks for is done, and who asked does not know. After Refuse he never
// will; after Heal alone the answers come late.
func (l *Link) DropAnswers(texts ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = texts
}

// Answers reports whether answers pass.
func (l *Link) Answers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.passes(back)
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

// Heal ends Drop, DropAnswers and Refuse.
func (l *Link) Heal(tb testing.TB) {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resume()
	if l.listener == nil {
		l.listen(tb)
	}
}

// passes reports whether bytes pass in a direction. mu is held.
func (l *Link) passes(way int) bool {
	select {
	case <-l.passing[way]:
		return true
	default:
		return false
	}
}

// stop lets no byte pass in a direction. mu is held.
func (l *Link) stop(way int) {
	if l.passes(way) {
		l.passing[way] = make(chan struct{})
	}
}

// resume lets all bytes pass. mu is held.
func (l *Link) resume() {
	l.last = nil
	for way := range l.passing {
		if !l.passes(way) {
			close(l.passing[way])
		}
	}
}

// end closes everything for good.
func (l *Link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.refuse()
	l.resume()
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
	l.wait(there)
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
	ways.Go(func() { l.pass(there, far, near) })
	ways.Go(func() { l.pass(back, near, far) })
	ways.Wait()
}

// pass carries the bytes of one direction.
func (l *Link) pass(way int, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		l.wait(way)
		if way == there {
			l.asked(buffer[:n])
		}
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

// asked stops the answers if a request is the one that is to have none.
func (l *Link) asked(request []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.last) > 0 {
		_, rest, found := bytes.Cut(request, []byte(l.last[0]))
		if !found {
			return
		}
		if request, l.last = rest, l.last[1:]; len(l.last) == 0 {
			l.stop(back)
		}
	}
}

// wait waits while nothing passes in a direction.
func (l *Link) wait(way int) {
	l.mu.Lock()
	passing := l.passing[way]
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

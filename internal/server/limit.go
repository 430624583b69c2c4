package server

import (
	"net"
	"net/netip"
	"sync"
)

// limitListener keeps at most so many connections open; further ones wait until one
// ends. An address may have half of them, so that it cannot keep out all others: what
// it opens beyond that is closed at once.
type limitListener struct {
	net.Listener
	// room has an entry for each connection.
	room chan struct{}
	// unlimited reports whether an address may have all connections.
	unlimited func(netip.Addr) bool
	// crowded is told of an address that has too many.
	crowded func(netip.Addr)
	closed  chan struct{}
	closing sync.Once

	mu sync.Mutex // guards of
	of map[netip.Addr]int
}

func newLimitListener(l net.Listener, most int, unlimited func(netip.Addr) bool, crowded func(netip.Addr)) *limitListener {
	return &limitListener{
		Listener: l, room: make(chan struct{}, most), unlimited: unlimited, crowded: crowded, closed: make(chan struct{}),
		of: make(map[netip.Addr]int),
	}
}

// Accept waits for room and then for a connection.
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			<-l.room
			return nil, err
		}
		peer, _ := netip.ParseAddrPort(conn.RemoteAddr().String())
		addr := peer.Addr().Unmap()
		if l.enter(addr) {
			return &limitedConn{Conn: conn, leave: sync.OnceFunc(func() { l.leave(addr) })}, nil
		}
		_ = conn.Close() // nobody is to hear of a failure
		l.crowded(addr)
	}
}

func (l *limitListener) enter(addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[addr] >= (cap(l.room)+1)/2 && !l.unlimited(addr) {
		return false
	}
	l.of[addr]++
	return true
}

func (l *limitListener) leave(addr netip.Addr) {
	l.mu.Lock()
	if l.of[addr]--; l.of[addr] == 0 {
		delete(l.of, addr)
	}
	l.mu.Unlock()
	<-l.room
}

// Close ends waiting, too.
func (l *limitListener) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn makes room when it is closed.
type limitedConn struct {
	net.Conn

	leave func()
}

// Close closes the connection.
func (c *limitedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// Direct is the connection itself, for those who write to thousands of them: a step
// less is a few hundredths less of processor time. It is closed by Close only.
func (c *limitedConn) Direct() net.Conn { return c.Conn }

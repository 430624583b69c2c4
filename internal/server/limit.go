package server

import (
	"net"
	"sync"
)

// limited accepts no more connections than configured; further ones wait.
func (s *Server) limited(l net.Listener) net.Listener {
	return &limitListener{Listener: l, places: make(chan struct{}, s.cfg.MaxConnections), closed: make(chan struct{})}
}

// limitListener has so many places for connections.
type limitListener struct {
	net.Listener

	places chan struct{}
	closed chan struct{}
	once   sync.Once
}

// Accept waits for a place, then for a connection.
func (l *limitListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	return &limitedConn{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends the waiting for a place too.
func (l *limitListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// limitedConn gives its place back when it is closed.
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

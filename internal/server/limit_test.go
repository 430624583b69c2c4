package server

import (
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// TestCrowdedAddress: an address that opens connection after connection does not keep
// out others, and has room again when it closes some. A proxy may have all.
func TestCrowdedAddress(t *testing.T) {
	t.Parallel()
	bare, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var turnedAway atomic.Int32
	proxy := netip.MustParseAddr("127.0.0.3")
	l := newLimitListener(bare, 10, func(a netip.Addr) bool { return a == proxy }, func(netip.Addr) { turnedAway.Add(1) })
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for conn, err := l.Accept(); err == nil; conn, err = l.Accept() {
			accepted <- conn
		}
	}()
	open := func(from string) {
		t.Helper()
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
		conn, err := d.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	var conns []net.Conn
	for range 9 {
		open("127.0.0.1")
	}
	for range 5 {
		conns = append(conns, <-accepted)
	}
	open("127.0.0.2")
	other := <-accepted
	if got, _, _ := net.SplitHostPort(other.RemoteAddr().String()); got != "127.0.0.2" || turnedAway.Load() != 4 {
		t.Errorf("after 9 connections of one address, 5 of which it may have, %s came and %d were turned away", got, turnedAway.Load())
	}
	for _, conn := range conns {
		conn.Close()
		conn.Close()
	}
	for range 9 {
		open("127.0.0.3")
		<-accepted
	}
	open("127.0.0.1") // waits for room
	other.Close()
	if got, _, _ := net.SplitHostPort((<-accepted).RemoteAddr().String()); got != "127.0.0.1" {
		t.Errorf("the one that waited is of %s", got)
	}
	l.Close()
	if conn, ok := <-accepted; ok {
		t.Errorf("%s came after the end", conn.RemoteAddr())
	}
}

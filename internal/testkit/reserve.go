package testkit

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

// Reserve returns a loopback address that nobody else gets before the test ends,
// and on which a listener may come and go.
//
// A socket that is bound but does not listen holds the port: listeners share it
// with SO_REUSEADDR, which package net sets, connections are refused while there
// is no listener, and the system gives the port to nobody who asks for any.
func Reserve(tb testing.TB) string {
	tb.Helper()
	syscall.ForkLock.RLock() // no process that starts now may inherit it
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		tb.Fatalf("reserve a port: %v", err)
	}
	tb.Cleanup(func() { syscall.Close(fd) })
	err = errors.Join(
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1),
		syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}),
	)
	if err != nil {
		tb.Fatalf("reserve a port: %v", err)
	}
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		tb.Fatalf("reserve a port: %v", err)
	}
	address, ok := bound.(*syscall.SockaddrInet4)
	if !ok {
		tb.Fatalf("reserve a port: the socket is bound to %T", bound)
	}
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(address.Port))
}

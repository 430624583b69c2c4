package webhook

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// Reach is which addresses outgoing calls may go to.
type Reach int

// The reaches.
const (
	// PublicOnly refuses everything that is not a public address.
	PublicOnly Reach = iota
	// Loopback allows this machine as well.
	Loopback
	// Anywhere allows private networks too.
	Anywhere
)

// String names the reach in configuration and logs.
func (r Reach) String() string {
	switch r {
	case PublicOnly:
		return "deny"
	case Loopback:
		return "loopback"
	case Anywhere:
		return "allow"
	}
	return "unknown"
}

// PrivateAddressError means that a webhook's host resolved to an address that it
// may not call.
type PrivateAddressError struct{ Addr netip.Addr }

// Error says what to do about it.
func (e *PrivateAddressError) Error() string {
	return fmt.Sprintf("the address %s is private; allow it with \"parley app set --private-addresses\" for this app, or for all with the setting webhook_private_addresses", e.Addr)
}

// special are ranges that netip knows no name for but that lead to no public
// host.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	// These wrap an IPv4 address, which a gateway may unwrap.
	netip.MustParsePrefix("::/96"),
	netip.MustParsePrefix("::ffff:0:0:0/96"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// allows reports whether addr may be called.
func (r Reach) allows(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	switch {
	case r == Anywhere:
		return true
	case addr.IsLoopback():
		return r == Loopback
	case addr.IsPrivate(), addr.IsLinkLocalUnicast(), addr.IsUnspecified(), addr.IsMulticast(), addr.IsInterfaceLocalMulticast():
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// dialer connects only where r reaches. It looks at the address it is about to
// connect to, after the name was resolved, so that no name can lead elsewhere.
func (r Reach) dialer() func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{
		Timeout:   10 * time.Second,
		KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			host, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %q: %w", address, err)
			}
			if !r.allows(host.Addr()) {
				return &PrivateAddressError{Addr: host.Addr().Unmap()}
			}
			return nil
		},
	}
	return d.DialContext
}

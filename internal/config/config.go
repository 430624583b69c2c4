// Package config holds the settings of the server: what they are, where they
// come from and whether they are right.
//
// Every setting has one row in one table, and from that row come its flag, its
// environment variable, its key in the configuration file, its default, its
// check and its entry in the commented file that WriteDoc prints. A setting
// named log_level is --log-level, PARLEY_LOG_LEVEL and log_level. Flags win over
// the environment, the environment over the file, the file over the defaults.
//
// Load finds all faults before it gives up, so that an operator repairs a
// configuration once. Settings of one app, such as its webhook URL, are not
// here; they are kept in storage.
package config

import (
	"crypto/x509"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Config is the server's settings. Its fields are checked when they come from
// Load; a Config made by hand is taken as it is.
type Config struct {
	// Listen is the host and port that the server listens on. Port 0 means any
	// free port, an empty host all interfaces.
	Listen string
	// TLSListen is a second address, where TLS is spoken with TLSCertFile and
	// TLSKeyFile; empty means none.
	TLSListen, TLSCertFile, TLSKeyFile string
	// Data is the directory that holds everything the server keeps.
	Data string
	// Store is the URL of the PostgreSQL database; empty means the embedded one.
	Store Secret
	// Cluster is the URL of NATS, which joins the servers on one database; empty
	// means that this one is alone.
	Cluster Secret
	// File is the configuration file that was read, or "" if none was.
	File string
	// Dev makes the server convenient to try on one's own machine.
	Dev bool
	// LogLevel is the least level that is logged.
	LogLevel slog.Level
	// LogFormat is how a log line is written.
	LogFormat LogFormat
	// ShutdownTimeout bounds how long requests in flight may take to finish
	// when the server stops.
	ShutdownTimeout time.Duration
	// BootstrapSDKAppID names the app that is made when there is none yet.
	BootstrapSDKAppID int64
	// BootstrapSecret is the secret key of that app; empty means a random one.
	BootstrapSecret Secret
	// BootstrapAdmin is the UserID of the administrator of that app.
	BootstrapAdmin string
	// AdminToken lets an operator in; empty means one that the server makes and
	// keeps in its data directory.
	AdminToken Secret
	// Inbox says whether the built-in webhook inbox is served; ask InboxEnabled.
	Inbox InboxMode
	// WebhookPrivateAddresses says which addresses that are not public webhooks
	// may go to; ask WebhookAddresses.
	WebhookPrivateAddresses AddressPolicy
	// WebhookConcurrency is how many deliveries of one app may be in flight.
	WebhookConcurrency int
	// WebhookCAFile is a PEM file of certificate authorities that webhooks trust
	// beside those of the system; ask WebhookRootCAs.
	WebhookCAFile string
	// MaxBody is the largest body of a REST request, in bytes.
	MaxBody int64
	// MaxConnections is how many connections may be open.
	MaxConnections int
	// ClientRate is how many requests a second one client's connection may send;
	// 0 means no limit.
	ClientRate int
	// MaxClientsPerAddress and MaxClientsPerApp bound the clients' connections of
	// one address and of one app; 0 means no limit.
	MaxClientsPerAddress, MaxClientsPerApp int
	// ReadTimeout bounds how long a client may take to send one request.
	ReadTimeout time.Duration
	// IdleTimeout bounds how long a connection may wait for its next request.
	IdleTimeout time.Duration
	// TrustedProxies are the networks whose X-Forwarded-For is believed; ask
	// TrustsProxy.
	TrustedProxies []netip.Prefix
	// SQLiteCacheKiB is the page cache of the database's writer, in KiB.
	SQLiteCacheKiB int
}

// LogFormat is how a log line is written.
type LogFormat string

// The log formats.
const (
	// LogText writes key=value pairs.
	LogText LogFormat = "text"
	// LogJSON writes one JSON object a line.
	LogJSON LogFormat = "json"
)

// InboxMode says when the built-in webhook inbox is served.
type InboxMode string

// The inbox modes.
const (
	// InboxAuto serves it if the server listens on a loopback address, because
	// whoever reaches the inbox can read what is in it.
	InboxAuto InboxMode = "auto"
	// InboxOn serves it.
	InboxOn InboxMode = "on"
	// InboxOff does not.
	InboxOff InboxMode = "off"
)

// AddressPolicy says which addresses that are not public webhooks may go to.
type AddressPolicy string

// The address policies.
const (
	// AddressesAuto stands for one of the others; see WebhookAddresses.
	AddressesAuto AddressPolicy = "auto"
	// AddressesAllow lets webhooks go everywhere.
	AddressesAllow AddressPolicy = "allow"
	// AddressesDeny lets webhooks go to public addresses only.
	AddressesDeny AddressPolicy = "deny"
	// AddressesLoopback lets webhooks go to public addresses and to this machine.
	AddressesLoopback AddressPolicy = "loopback"
)

// Default returns the settings of a server that was told nothing.
func Default() Config {
	var c Config
	for _, s := range settings {
		s.reset(&c)
	}
	return c
}

// ListensOnLoopback reports whether only this machine can reach the server.
func (c Config) ListensOnLoopback() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// InboxEnabled reports whether the built-in webhook inbox is served.
func (c Config) InboxEnabled() bool {
	if c.Inbox == InboxAuto {
		return c.ListensOnLoopback()
	}
	return c.Inbox == InboxOn
}

// InboxLocalOnly reports whether the inbox, if it is served, must turn away
// requests that did not begin on this machine: in mode auto, since a reverse
// proxy may stand before a loopback address.
func (c Config) InboxLocalOnly() bool { return c.Inbox == InboxAuto }

// WebhookAddresses returns the policy in force, which is never AddressesAuto:
// auto allows everything in dev mode, this machine if only this machine can
// reach the server, and otherwise nothing that is not public.
func (c Config) WebhookAddresses() AddressPolicy {
	switch {
	case c.WebhookPrivateAddresses != AddressesAuto:
		return c.WebhookPrivateAddresses
	case c.Dev:
		return AddressesAllow
	case c.ListensOnLoopback():
		return AddressesLoopback
	}
	return AddressesDeny
}

// WebhookRootCAs returns the certificate authorities that webhooks trust: nil,
// which stands for those of the system, or those and the ones in WebhookCAFile.
func (c Config) WebhookRootCAs() (*x509.CertPool, error) {
	if c.WebhookCAFile == "" {
		return nil, nil
	}
	pem, err := readCertificates(c.WebhookCAFile)
	if err != nil {
		return nil, fmt.Errorf("read webhook_ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(pem)
	return pool, nil
}

// TrustsProxy reports whether X-Forwarded-For is believed when it comes from
// addr.
func (c Config) TrustsProxy(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	for _, network := range c.TrustedProxies {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

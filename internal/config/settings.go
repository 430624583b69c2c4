package config

import (
	"log/slog"
	"math"
	"net/netip"
	"time"
)

// settings is the table, in the order in which it is shown.
var settings = []setting{
	define("listen", address, func(c *Config) *string { return &c.Listen }, "127.0.0.1:8080",
		`The host and port to listen on. An empty host means all interfaces, port 0 any free port.`),
	define("tls_listen", optionalAddress, func(c *Config) *string { return &c.TLSListen }, "",
		`A second host and port, where the server speaks TLS (https and wss) with tls_cert_file and tls_key_file. Empty means none.`),
	define("tls_cert_file", optionalPath, func(c *Config) *string { return &c.TLSCertFile }, "",
		`The PEM file with the certificate for tls_listen and those that vouch for it. When the file changes, new connections get the new certificate.`),
	define("tls_key_file", optionalPath, func(c *Config) *string { return &c.TLSKeyFile }, "",
		`The PEM file with the private key of the certificate.`),
	define("data", directory, func(c *Config) *string { return &c.Data }, "./parley-data",
		`The directory that holds the database and everything else the server keeps. It is made if it does not exist.`),
	define("store", secretURL("postgres://user:password@host:5432/parley", "postgres", "postgresql"), func(c *Config) *Secret { return &c.Store }, "",
		`The address of the PostgreSQL database that keeps everything, such as postgres://user:password@host:5432/parley; several hosts with commas between them where there are standbys. Empty means an embedded database in the data directory. Prefer the environment or the file: other users of the machine can see flags.`),
	define("cluster", secretURL("nats://user:password@host:4222", "nats", "tls"), func(c *Config) *Secret { return &c.Cluster }, "",
		`The address of NATS, such as nats://user:password@host:4222, several with commas between them. It joins the servers that share a database given by store, so that a message reaches clients on all of them at once. Empty means that this server is alone on its database.`),
	outsideFile(define("config", optionalPath, func(c *Config) *string { return &c.File }, "",
		`The configuration file to read. Without it, only flags and environment count.`)),
	define("dev", truth, func(c *Config) *bool { return &c.Dev }, false,
		`Make the server convenient to try on one's own machine. Webhooks may go to private addresses unless webhook_private_addresses says otherwise, and the log is at level debug unless log_level says otherwise.`),
	define("log_level", level, func(c *Config) *slog.Level { return &c.LogLevel }, slog.LevelInfo,
		`The least level that is logged.`),
	define("log_format", oneOf(LogText, LogJSON), func(c *Config) *LogFormat { return &c.LogFormat }, LogText,
		`How a log line is written. "text" writes key=value pairs, "json" one JSON object a line.`),
	define("shutdown_timeout", durationBetween(0, time.Hour), func(c *Config) *time.Duration { return &c.ShutdownTimeout }, 15*time.Second,
		`How long requests in flight may take to finish when the server stops. What is left after that is cut off; webhook events that were not delivered are delivered after the next start.`),

	define("bootstrap_sdkappid", integerBetween[int64](1, math.MaxUint32), func(c *Config) *int64 { return &c.BootstrapSDKAppID }, 1400000001,
		`The SDKAppID of the app that is made at the first start. Once there is an app, the three bootstrap settings do nothing.`),
	define("bootstrap_secret", secretOf(1), func(c *Config) *Secret { return &c.BootstrapSecret }, "",
		`The secret key of the app that is made at the first start. Empty means a random one. Prefer the environment or the file: other users of the machine can see flags.`),
	define("bootstrap_admin", userID, func(c *Config) *string { return &c.BootstrapAdmin }, "administrator",
		`The UserID of the administrator of the app that is made at the first start.`),
	define("admin_token", secretOf(16), func(c *Config) *Secret { return &c.AdminToken }, "",
		`The token with which operators and the command line reach the server. Empty means one that the server makes and keeps in its data directory. Prefer the environment or the file: other users of the machine can see flags.`),

	define("inbox", oneOf(InboxAuto, InboxOn, InboxOff), func(c *Config) *InboxMode { return &c.Inbox }, InboxAuto,
		`Whether to serve the built-in webhook inbox at /inbox/{name}. Whoever reaches the server can read what is in it, so "auto" serves it only if the server listens on a loopback address.`),
	define("webhook_private_addresses", oneOf(AddressesAuto, AddressesAllow, AddressesDeny, AddressesLoopback), func(c *Config) *AddressPolicy { return &c.WebhookPrivateAddresses }, AddressesAuto,
		`Whether webhooks may go to addresses that are not public: private, link-local, and this machine. "allow" lets them go everywhere, "deny" to public addresses only, "loopback" to public addresses and to this machine. "auto" is "allow" with dev, otherwise "loopback" if the server listens on a loopback address, otherwise "deny".`),
	define("webhook_concurrency", integerBetween(1, 4096), func(c *Config) *int { return &c.WebhookConcurrency }, 64,
		`How many webhook deliveries of one app may be in flight at a time.`),
	define("webhook_ca_file", certificateFile, func(c *Config) *string { return &c.WebhookCAFile }, "",
		`A PEM file of certificate authorities to trust when webhooks are delivered, beside those of the system. Empty means those of the system only.`),

	define("max_body", sizeBetween(64<<10, 64<<20), func(c *Config) *int64 { return &c.MaxBody }, 1<<20,
		`The largest body of a REST request.`),
	define("max_connections", integerBetween(1, 1_000_000), func(c *Config) *int { return &c.MaxConnections }, 10_000,
		`How many connections may be open at a time on each address of the server. Further ones wait until one ends. One client address that is not in trusted_proxies may have half of them.`),
	define("client_rate", integerBetween(0, 1_000_000), func(c *Config) *int { return &c.ClientRate }, 100,
		`How many requests a second the connection of one client may send, on average; ten times as many may come at once. A large request counts as one for every 16 KiB. A client that sends more is disconnected. 0 means no limit.`),
	define("max_clients_per_address", integerBetween(0, 1_000_000), func(c *Config) *int { return &c.MaxClientsPerAddress }, 1000,
		`How many connections clients of one address may have. Behind a reverse proxy set trusted_proxies, or all clients count as one address. 0 means no limit but max_connections.`),
	define("max_clients_per_app", integerBetween(0, 1_000_000), func(c *Config) *int { return &c.MaxClientsPerApp }, 0,
		`How many connections the clients of one app may have. 0 means no limit but max_connections.`),
	define("read_timeout", durationBetween(time.Second, time.Hour), func(c *Config) *time.Duration { return &c.ReadTimeout }, 30*time.Second,
		`How long a client may take to send one request.`),
	define("idle_timeout", durationBetween(time.Second, time.Hour), func(c *Config) *time.Duration { return &c.IdleTimeout }, 2*time.Minute,
		`How long a connection may wait for its next request.`),
	define("trusted_proxies", networks, func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, nil,
		`The networks whose X-Forwarded-For header is believed. Give those of the reverse proxies in front of the server; from anybody else the header is ignored.`),
	define("sqlite_cache_kib", integerBetween(1024, 16<<20), func(c *Config) *int { return &c.SQLiteCacheKiB }, 4<<10,
		`The page cache of the database's writer, in KiB. A larger one helps little:
the system caches the file too, and SQLite walks through its own at commits.`),
}

// find returns the row called name.
func find(name string) (setting, bool) {
	for _, s := range settings {
		if s.name == name {
			return s, true
		}
	}
	return setting{}, false
}

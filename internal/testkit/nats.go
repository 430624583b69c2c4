package testkit

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a cluster of NATS servers for tests, within this process.
type NATS struct {
	options []*server.Options
	servers []*server.Server
}

// StartNATS starts a cluster of n servers that runs until the test ends.
func StartNATS(tb testing.TB, n int) *NATS {
	tb.Helper()
	c := &NATS{servers: make([]*server.Server, n)}
	routes := make([]*url.URL, n)
	for i := range n {
		routes[i] = &url.URL{Scheme: "nats", Host: Reserve(tb)}
	}
	for i := range n {
		host, port := hostPort(tb, Reserve(tb))
		clusterHost, clusterPort := hostPort(tb, routes[i].Host)
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprintf("nats-%d", i), Host: host, Port: port, NoLog: true, NoSigs: true,
			Cluster: server.ClusterOpts{Name: "test", Host: clusterHost, Port: clusterPort}, Routes: routes,
		})
	}
	for i := range n {
		c.Start(tb, i)
	}
	tb.Cleanup(func() {
		for i := range n {
			c.Stop(i)
		}
	})
	return c
}

// Start starts one server, after Stop.
func (c *NATS) Start(tb testing.TB, i int) {
	tb.Helper()
	s, err := server.NewServer(c.options[i].Clone())
	if err != nil {
		tb.Fatalf("start NATS: %v", err)
	}
	go s.Start()
	if !s.ReadyForConnections(Patience) {
		tb.Fatal("NATS does not become ready")
	}
	c.servers[i] = s
}

// Stop ends one server.
func (c *NATS) Stop(i int) {
	c.servers[i].Shutdown()
	c.servers[i].WaitForShutdown()
}

// ConnectionNames are the names of those who are connected to any of the servers.
func (c *NATS) ConnectionNames(tb testing.TB) []string {
	tb.Helper()
	var names []string
	for _, s := range c.servers {
		list, err := s.Connz(nil)
		if err != nil {
			tb.Fatal(err)
		}
		for _, conn := range list.Conns {
			names = append(names, conn.Name)
		}
	}
	return names
}

// Protect lets servers that are started from now on take only this password, of the
// user parley; an empty one lets everybody in.
func (c *NATS) Protect(password string) {
	for _, o := range c.options {
		o.Username, o.Password = "", password
		if password != "" {
			o.Username = "parley"
		}
	}
}

// URL is the address of the whole cluster.
func (c *NATS) URL() string {
	addresses := make([]string, len(c.options))
	for i := range c.options {
		addresses[i] = c.ServerURL(i)
	}
	return strings.Join(addresses, ",")
}

// ServerURL is the address of one server.
func (c *NATS) ServerURL(i int) string {
	return "nats://" + net.JoinHostPort(c.options[i].Host, strconv.Itoa(c.options[i].Port))
}

// WaitFormed waits until every server knows the others.
func (c *NATS) WaitFormed(tb testing.TB) {
	tb.Helper()
	deadline := time.Now().Add(Patience)
	for _, s := range c.servers {
		for s.NumRoutes() < len(c.servers)-1 {
			if time.Now().After(deadline) {
				tb.Fatal("the NATS servers do not find each other")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func hostPort(tb testing.TB, addr string) (string, int) {
	tb.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		tb.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		tb.Fatal(err)
	}
	return host, n
}

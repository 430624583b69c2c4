package testkit

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// Cluster is several nodes of the program on engines of their own, each of them a
// process that can be killed and paused. A node reaches the engines over links that
// can be cut.
type Cluster struct {
	Nodes []*Node
	NATS  []*NATSProcess
	// Databases are the PostgreSQL servers that nodes know of: the primary, and the
	// standby if there is one.
	Databases []*Postgres
}

// Node is a place at which the servers of a cluster run one after the other.
type Node struct {
	*Installation

	// Name is node-0, node-1 and so on.
	Name string
	// Server is the process that runs, or ran last.
	Server *Server
	// ToNATS and ToDatabases are its links to the engines, in the cluster's order.
	ToNATS, ToDatabases []*Link
}

// ClusterOptions say what a Cluster is made of.
type ClusterOptions struct {
	// Program and NATSProgram are the paths of the built programs.
	Program, NATSProgram string
	// Nodes and NATS are how many there are of each.
	Nodes, NATS int
	// Databases are running PostgreSQL servers of which the first takes changes.
	Databases []*Postgres
	// Args follow "parley serve".
	Args []string
}

// NewCluster starts the NATS servers and makes the nodes, on which nothing runs yet.
func NewCluster(tb testing.TB, opt ClusterOptions) *Cluster {
	tb.Helper()
	c := &Cluster{NATS: StartNATSProcesses(tb, opt.NATSProgram, opt.NATS), Databases: opt.Databases}
	database, err := url.Parse(opt.Databases[0].Database(tb))
	if err != nil {
		tb.Fatal(err)
	}
	for i := range opt.Nodes {
		n := &Node{Name: fmt.Sprintf("node-%d", i)}
		var brokers, hosts []string
		for _, s := range c.NATS {
			link := NewLink(tb, s.Addr)
			n.ToNATS, brokers = append(n.ToNATS, link), append(brokers, "nats://"+link.Addr)
		}
		for _, p := range opt.Databases {
			link := NewLink(tb, p.Addr)
			n.ToDatabases, hosts = append(n.ToDatabases, link), append(hosts, link.Addr)
		}
		store := *database
		store.Host = strings.Join(hosts, ",")
		n.Installation = NewInstallation(tb, opt.Program, append([]string{"--store", store.String(), "--cluster", strings.Join(brokers, ",")}, opt.Args...)...)
		c.Nodes = append(c.Nodes, n)
	}
	return c
}

// Begin starts a server on a node and does not wait for it.
func (n *Node) Begin(tb testing.TB) {
	tb.Helper()
	n.Server = n.Launch(tb)
}

// Pause stops the node's process in the middle of whatever it does. It does not
// notice.
func (n *Node) Pause(tb testing.TB) {
	tb.Helper()
	pause(tb, n.Server.PID())
}

// Resume lets a paused process go on.
func (n *Node) Resume(tb testing.TB) {
	tb.Helper()
	resume(tb, n.Server.PID())
}

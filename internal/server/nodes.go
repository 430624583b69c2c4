package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/webhook"
)

// nodeFile tells which node used the data directory last.
const nodeFile = "node"

// untold is for how long before its last heartbeat a node that died may not have told
// the others of what it stored, different clocks included.
const untold = 10 * time.Second

// mostFailing is how many failing endpoints a node reports.
const mostFailing = 100

// report is what a node tells the others about itself.
type report struct {
	Version string `json:"version"`
	// Connected tells whether NATS can be reached.
	Connected bool              `json:"connected"`
	Failing   []webhook.Failing `json:"failing,omitempty"`
}

// newMember makes this server one of those that share the store; nil if it has the
// store for itself.
func (s *Server) newMember() *cluster.Member {
	if s.cfg.Store == "" {
		return nil
	}
	previous, _ := os.ReadFile(filepath.Join(s.cfg.Data, nodeFile)) // there is none at the first start
	m := cluster.New(cluster.Options{
		Store: s.store, Bus: s.bus, Name: s.name, Address: s.address(),
		// The lock on the data directory tells that its process has ended.
		Previous: strings.TrimSpace(string(previous)),
		Lost: func(ctx context.Context, tx store.Tx, heir string, ended time.Time) (func(), error) {
			return s.gateway.Abandon(ctx, tx, heir, ended)
		},
		Report: s.report, Log: s.log.With("room", "cluster"), Metrics: s.metrics,
	})
	m.OnReborn(s.noteNode)
	return m
}

// noteNode keeps the node's ID in the data directory, so that the next start knows who
// has ended.
func (s *Server) noteNode(id string) {
	if err := os.WriteFile(filepath.Join(s.cfg.Data, nodeFile), []byte(id+"\n"), 0o600); err != nil {
		s.log.Error("the node's name could not be kept; after a crash, its work rests for some seconds", "error", err)
	}
}

// left reports whether the last server on a data directory had its data in PostgreSQL.
func left(data string) bool {
	_, err := os.Stat(filepath.Join(data, nodeFile))
	return err == nil
}

// returnTo says that a server takes up the embedded database that another one has left,
// and forgets it.
func (s *Server) returnTo() error {
	if !left(s.cfg.Data) {
		return nil
	}
	s.log.Warn("the last server on this data directory had its data in PostgreSQL, this one goes on with the embedded database; is the setting store missing?")
	if err := os.Remove(filepath.Join(s.cfg.Data, nodeFile)); err != nil {
		return fmt.Errorf("forget the node's name: %w", err)
	}
	return nil
}

// address is where other machines may find this server, as far as it knows.
func (s *Server) address() string {
	addr := s.listener.Addr().String()
	host, port, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return addr
	}
	if name, err := os.Hostname(); err == nil {
		return net.JoinHostPort(name, port)
	}
	return addr
}

func (s *Server) report() string {
	text, err := json.Marshal(report{Version: s.options.Version, Connected: s.bus.Connected(), Failing: s.webhooks.Failing(mostFailing)})
	if err != nil {
		return "{}"
	}
	return string(text)
}

// readReport reads what a node tells about itself. A node of another version may tell
// something else.
func readReport(n *store.Node) report {
	var r report
	_ = json.Unmarshal([]byte(n.Report), &r) // then nothing is known
	return r
}

// nodes lists the servers that share the store.
func (s *Server) nodes(ctx context.Context) ([]client.Node, error) {
	if s.member == nil {
		failing := []int64{}
		for _, f := range s.webhooks.Failing(mostFailing) {
			failing = append(failing, int64(f.SDKAppID))
		}
		return []client.Node{{
			Address: s.address(), Version: s.options.Version, Alive: true, This: true, Parts: cluster.Parts, Connected: true, Failing: failing,
		}}, nil
	}
	list := []client.Node{}
	err := s.store.View(ctx, func(tx store.Tx) error {
		nodes, err := tx.ListNodes(ctx)
		if err != nil {
			return err
		}
		leases, err := tx.ListLeases(ctx)
		if err != nil {
			return err
		}
		now, err := tx.EngineTime(ctx)
		if err != nil {
			return err
		}
		for i := range nodes {
			list = append(list, s.describe(&nodes[i], leases, now))
		}
		return nil
	})
	return list, err
}

func (s *Server) describe(n *store.Node, leases []store.Lease, now time.Time) client.Node {
	r := readReport(n)
	d := client.Node{
		ID: n.ID, Address: n.Address, Version: r.Version, Alive: now.Sub(n.SeenTime) < store.NodeLifetime, This: n.ID == s.member.ID(),
		StartTime: n.StartTime, SeenTime: n.SeenTime, Connected: r.Connected, Failing: []int64{},
	}
	for _, l := range leases {
		if l.Node == n.ID {
			d.Parts++
		}
	}
	for _, f := range r.Failing {
		d.Failing = append(d.Failing, int64(f.SDKAppID))
	}
	return d
}

// hearWithin is how soon two nodes hear each other over NATS.
const hearWithin = 10 * time.Second

// unheard are the addresses of nodes that are alive and not heard over NATS, as when its
// servers are cut off from each other.
func (s *Server) unheard() []string {
	if s.bus == nil {
		return nil // as the log has said
	}
	var addresses []string
	settled := false // whether this node has been here long enough
	for _, n := range s.member.Nodes() {
		name, _, _ := strings.Cut(n.ID, "-")
		switch {
		case n.SeenTime.Sub(n.StartTime) < hearWithin:
		case name == s.name:
			settled = true
		case !s.gateway.Hears(name):
			addresses = append(addresses, n.Address)
		}
	}
	if !settled {
		return nil
	}
	return addresses
}

// elsewhere adds to how an app's deliveries stand here what other nodes have told: the
// endpoint may fail for them.
func (s *Server) elsewhere(app chat.SDKAppID, e console.Endpoint) console.Endpoint {
	if s.member == nil {
		return e
	}
	if e.Failing {
		e.FailingOn = append(e.FailingOn, s.address())
	}
	for _, n := range s.member.Nodes() {
		if n.ID == s.member.ID() {
			continue
		}
		failing := readReport(&n).Failing
		i := slices.IndexFunc(failing, func(f webhook.Failing) bool { return f.SDKAppID == app })
		if i < 0 {
			continue
		}
		if !e.Failing || failing[i].NextProbe.Before(e.NextProbe) {
			e.NextProbe = failing[i].NextProbe
		}
		e.Failing, e.FailingOn = true, append(e.FailingOn, n.Address)
	}
	return e
}

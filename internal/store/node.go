package store

import (
	"context"
	"time"
)

// Node is one of the servers that share the store: one process, from its start to
// its end.
type Node struct {
	// ID is random, made at the start.
	ID string
	// Address is where the node listens.
	Address string
	// StartTime and SeenTime are of the database's clock.
	StartTime time.Time
	SeenTime  time.Time
}

// Lease gives the delivery of a lane's events to one node.
type Lease struct {
	Lane int
	Node string
	// Expires is of the database's clock.
	Expires time.Time
}

// Nodes keeps which servers share the store, and who does what only one may do.
type Nodes interface {
	// EngineTime is the database's own time, which all nodes share.
	EngineTime(ctx context.Context) (time.Time, error)
	// SeeNode stores that a node is alive at the database's time. It completes n.
	SeeNode(ctx context.Context, n *Node) error
	// ListNodes returns the nodes that were not forgotten, first started first.
	ListNodes(ctx context.Context) ([]Node, error)
	// ForgetNode removes a node.
	ForgetNode(ctx context.Context, id string) error
	// ListLeases returns all leases, lowest lane first, those that ran out included.
	ListLeases(ctx context.Context) ([]Lease, error)
	// PutLeases gives lanes to nodes, whoever had them.
	PutLeases(ctx context.Context, leases []Lease) error
}

package store

import (
	"context"
	"time"
)

// Node is one of the servers that share the store: one process, from its start to
// its end, or until it was taken for dead.
type Node struct {
	// ID is the random name of the process, with a number behind it when it was taken for
	// dead and goes on.
	ID string
	// Address is where the node listens.
	Address string
	// StartTime and SeenTime are of the database's clock.
	StartTime time.Time
	SeenTime  time.Time
	// Report is what the node tells about itself, as JSON.
	Report string
}

// NodeLifetime is for how long a node counts as alive that is not seen again.
const NodeLifetime = 8 * time.Second

// Lease gives the delivery of the events of a part of all conversations to one node,
// for as long as the node is not forgotten.
type Lease struct {
	Part int
	Node string
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
	// ListLeases returns all leases, lowest part first, those of forgotten nodes
	// included.
	ListLeases(ctx context.Context) ([]Lease, error)
	// PutLeases gives parts to nodes, whoever had them.
	PutLeases(ctx context.Context, leases []Lease) error
}

package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// EngineTime is the database's own time.
func (t *tx) EngineTime(ctx context.Context) (time.Time, error) {
	if t.dialect.Time == "" {
		return t.now, nil
	}
	var ms int64
	err := t.queryRow(ctx, t.dialect.Time, nil, &ms)
	return fromMillis(ms), err
}

// SeeNode stores that a node is alive.
func (t *tx) SeeNode(ctx context.Context, n *store.Node) error {
	now, err := t.EngineTime(ctx)
	if err != nil {
		return err
	}
	if n.StartTime.IsZero() {
		n.StartTime = now
	}
	n.SeenTime = now
	_, err = t.exec(ctx, `INSERT INTO node (id, address, started_at, seen_at, report) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET address = excluded.address, seen_at = excluded.seen_at, report = excluded.report`,
		n.ID, n.Address, millis(n.StartTime), millis(n.SeenTime), n.Report)
	return err
}

// ListNodes returns the nodes that were not forgotten.
func (t *tx) ListNodes(ctx context.Context) ([]store.Node, error) {
	var nodes []store.Node
	err := t.each(ctx, func(rows *sql.Rows) error {
		var n store.Node
		var started, seen int64
		err := rows.Scan(&n.ID, &n.Address, &started, &seen, &n.Report)
		n.StartTime, n.SeenTime = fromMillis(started), fromMillis(seen)
		nodes = append(nodes, n)
		return err
	}, "SELECT id, address, started_at, seen_at, report FROM node ORDER BY started_at, id")
	return nodes, err
}

// ForgetNode removes a node.
func (t *tx) ForgetNode(ctx context.Context, id string) error {
	_, err := t.exec(ctx, "DELETE FROM node WHERE id = ?", id)
	return err
}

// ListLeases returns all leases.
func (t *tx) ListLeases(ctx context.Context) ([]store.Lease, error) {
	var leases []store.Lease
	err := t.each(ctx, func(rows *sql.Rows) error {
		var l store.Lease
		err := rows.Scan(&l.Part, &l.Node)
		leases = append(leases, l)
		return err
	}, "SELECT part, node FROM lease ORDER BY part")
	return leases, err
}

var putLeases = multiRow("INSERT INTO lease (part, node) VALUES ", "", "(?,?)", " ON CONFLICT (part) DO UPDATE SET node = excluded.node")

// PutLeases gives parts to nodes.
func (t *tx) PutLeases(ctx context.Context, leases []store.Lease) error {
	args := make([]any, 0, 2*len(leases))
	for _, l := range leases {
		args = append(args, int64(l.Part), l.Node)
	}
	return t.execRows(ctx, putLeases, 2, args)
}

package storetest

import (
	"context"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/store"
)

func nodes(f *fixture) {
	first, second := &store.Node{ID: "b", Address: "10.0.0.1:8080", Report: `{"Parts":1}`}, &store.Node{ID: "a", Address: "10.0.0.2:8080"}
	see := func(n *store.Node) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SeeNode(ctx, n) })
	}
	list := func() []store.Node {
		return get(f, func(ctx context.Context, tx store.Tx) ([]store.Node, error) { return tx.ListNodes(ctx) })
	}
	see(first)
	f.pause()
	see(second)
	if diff := cmp.Diff([]store.Node{*first, *second}, list()); diff != "" {
		f.Errorf("nodes (-want +got):\n%s", diff)
	}
	started := first.StartTime
	f.pause()
	see(first)
	if !first.StartTime.Equal(started) || !first.SeenTime.After(second.SeenTime) {
		f.Errorf("a node that was started at %v and seen again after %v says %+v", started, second.SeenTime, first)
	}
	if diff := cmp.Diff([]store.Node{*first, *second}, list()); diff != "" {
		f.Errorf("nodes, one seen again (-want +got):\n%s", diff)
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.ForgetNode(ctx, "b") })
	if diff := cmp.Diff([]store.Node{*second}, list()); diff != "" {
		f.Errorf("nodes without the one that was forgotten (-want +got):\n%s", diff)
	}
}

// pause lets time pass, on the test's clock and on the engine's.
func (f *fixture) pause() {
	f.Helper()
	before := get(f, func(ctx context.Context, tx store.Tx) (time.Time, error) { return tx.EngineTime(ctx) })
	for {
		f.clock.advance(time.Millisecond)
		now := get(f, func(ctx context.Context, tx store.Tx) (time.Time, error) { return tx.EngineTime(ctx) })
		if now.After(before) {
			return
		}
	}
}

func leases(f *fixture) {
	list := func() []store.Lease {
		return get(f, func(ctx context.Context, tx store.Tx) ([]store.Lease, error) { return tx.ListLeases(ctx) })
	}
	put := func(leases ...store.Lease) {
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutLeases(ctx, leases) })
	}
	put(store.Lease{Part: 2, Node: "a"}, store.Lease{Part: 0, Node: "b"})
	put(store.Lease{Part: 2, Node: "b"})
	want := []store.Lease{{Part: 0, Node: "b"}, {Part: 2, Node: "b"}}
	if diff := cmp.Diff(want, list()); diff != "" {
		f.Errorf("leases (-want +got):\n%s", diff)
	}
}

// ownUpdates: what only one node changes needs no turn, but is a transaction like
// any other.
func ownUpdates(f *fixture) {
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.SeeNode(ctx, &store.Node{ID: "a"}) })
	own := func(fail error) error {
		return f.store.UpdateOwn(f.Context(), func(tx store.Tx) error {
			if err := tx.ForgetNode(f.Context(), "a"); err != nil {
				return err
			}
			return fail
		})
	}
	count := func() int {
		return len(get(f, func(ctx context.Context, tx store.Tx) ([]store.Node, error) { return tx.ListNodes(ctx) }))
	}
	f.fails("an update of one's own that fails", own(errWanted), errWanted)
	if n := count(); n != 1 {
		f.Errorf("%d nodes after a failed update, want 1", n)
	}
	if err := own(nil); err != nil || count() != 0 {
		f.Errorf("an update of one's own: %v, %d nodes are left, want none", err, count())
	}
}

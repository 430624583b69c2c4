package cluster

import (
	"context"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// round is what a beat found and did.
type round struct {
	// life is the node's, a new one if it was taken for dead.
	life *life
	// begun is from before the sign of life was given.
	begun time.Time
	nodes []store.Node
	owner division
	// leaving are the parts to be given away when they are idle.
	leaving []int
	// lost are the nodes that were there the last time and are no more, of which the
	// first died have been found dead by this one.
	lost []store.Node
	died int
	// moved is set when somebody else has to look.
	moved     bool
	committed func()
}

// beat gives a sign of life, looks after the others, and takes note of what is held.
func (m *Member) beat(ctx context.Context) error {
	var r *round
	err := m.opt.Store.Update(ctx, func(tx store.Tx) (err error) {
		r, err = m.renew(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	m.conclude(ctx, r)
	return nil
}

// renew does a beat's part in the store.
func (m *Member) renew(ctx context.Context, tx store.Tx) (*round, error) {
	r := &round{begun: time.Now(), life: m.life, committed: func() {}}
	listed, err := tx.ListNodes(ctx)
	if err != nil {
		return nil, err
	}
	joins := !r.life.joined
	if !joins && !slices.ContainsFunc(listed, func(n store.Node) bool { return n.ID == r.life.id }) {
		r.life, joins = m.next(r.life), true
	}
	if err := m.see(ctx, tx, r, listed); err != nil {
		return nil, err
	}
	if err := m.bury(ctx, tx, r, joins); err != nil {
		return nil, err
	}
	r.moved = r.moved || joins
	return r, m.divide(ctx, tx, r)
}

// see gives the sign of life, and lists who is alive and who is not.
func (m *Member) see(ctx context.Context, tx store.Tx, r *round, listed []store.Node) error {
	self := store.Node{ID: r.life.id, Address: m.opt.Address}
	for i := range listed {
		switch n := &listed[i]; {
		case n.ID == r.life.id:
			self.StartTime = n.StartTime
		case m.dead(n, r.begun):
			r.lost, r.died, r.moved = append(r.lost, *n), r.died+1, true
			if err := tx.ForgetNode(ctx, n.ID); err != nil {
				return err
			}
		default:
			r.nodes = append(r.nodes, *n)
		}
	}
	for id, w := range m.watched {
		if !slices.ContainsFunc(listed, func(n store.Node) bool { return n.ID == id }) {
			r.lost = append(r.lost, w.node)
		}
	}
	if m.opt.Report != nil {
		self.Report = m.opt.Report()
	}
	if err := tx.SeeNode(ctx, &self); err != nil {
		return err
	}
	r.nodes = append(r.nodes, self)
	slices.SortStableFunc(r.nodes, func(a, b store.Node) int { return a.StartTime.Compare(b.StartTime) })
	return nil
}

// dead reports whether a node on the list is: it has not been seen again while this
// one was looking all the time.
func (m *Member) dead(n *store.Node, now time.Time) bool {
	if n.ID == m.opt.Previous {
		return true
	}
	w, known := m.watched[n.ID]
	return known && now.Sub(m.looked) < gapAfter && w.node.SeenTime.Equal(n.SeenTime) && now.Sub(w.since) >= store.NodeLifetime
}

// bury takes over what nodes that are gone looked after. One that joins may find such
// things as well: all nodes may have ended at once.
func (m *Member) bury(ctx context.Context, tx store.Tx, r *round, joins bool) error {
	if m.opt.Lost == nil || (!joins && len(r.lost) == 0) {
		return nil
	}
	var ended time.Time
	for i := range r.lost {
		if seen := r.lost[i].SeenTime; ended.IsZero() || seen.Before(ended) {
			ended = seen
		}
	}
	committed, err := m.opt.Lost(ctx, tx, r.life.id, ended)
	r.committed = committed
	return err
}

// divide gives every part to a node, and lets this one give away what it has too much
// of.
func (m *Member) divide(ctx context.Context, tx store.Tx, r *round) error {
	before, err := read(ctx, tx)
	if err != nil {
		return err
	}
	r.owner = before
	nodes := make([]string, 0, len(r.nodes))
	for i := range r.nodes {
		nodes = append(nodes, r.nodes[i].ID)
	}
	r.owner.adopt(nodes)
	m.mu.Lock()
	isLeaving := func(part int) bool { return r.life.hold[part] == leaving }
	isIdle := func(part int) bool { return r.life.busy[part] == 0 }
	r.leaving = r.owner.even(r.life.id, nodes, isLeaving, isIdle)
	m.mu.Unlock()
	return r.write(ctx, tx, before)
}

func read(ctx context.Context, tx store.Tx) (division, error) {
	var d division
	leases, err := tx.ListLeases(ctx)
	for _, l := range leases {
		if l.Part >= 0 && l.Part < Parts {
			d[l.Part] = l.Node
		}
	}
	return d, err
}

// write stores what has changed since before.
func (r *round) write(ctx context.Context, tx store.Tx, before division) error {
	var changed []store.Lease
	for part, node := range r.owner {
		if node != before[part] {
			changed = append(changed, store.Lease{Part: part, Node: node})
		}
	}
	if len(changed) == 0 {
		return nil
	}
	r.moved = true
	return tx.PutLeases(ctx, changed)
}

// conclude takes note of what a beat has stored, and tells those who want to know.
func (m *Member) conclude(ctx context.Context, r *round) {
	reborn := r.life != m.life && m.life.joined
	m.watch(r)
	gained, lost := m.take(r)
	r.committed()
	if r.moved {
		m.opt.Bus.Publish(newsSubject, nil)
	}
	m.report(ctx, r, reborn, len(gained), len(lost))
	if reborn {
		for _, fn := range m.onReborn {
			fn(r.life.id)
		}
	}
	if len(lost) > 0 {
		m.lost(lost)
	}
	if len(gained) > 0 {
		m.gained(gained)
	}
	for _, n := range r.lost {
		for _, fn := range m.onNodeLost {
			fn(n)
		}
	}
}

// report logs what has changed by a beat.
func (m *Member) report(ctx context.Context, r *round, reborn bool, gained, lost int) {
	log := m.opt.Log
	if reborn {
		log.WarnContext(ctx, "this node was taken for dead, because it was paused or could not reach the database; it goes on under a new ID", "node", r.life.id)
	}
	for i := range r.lost {
		n := &r.lost[i]
		if i < r.died {
			log.WarnContext(ctx, "a node has given no sign of life and counts as dead, its work is shared out", "node", n.ID, "address", n.Address, "seen", n.SeenTime)
		} else {
			log.InfoContext(ctx, "a node is gone", "node", n.ID, "address", n.Address)
		}
	}
	if gained+lost > 0 {
		log.InfoContext(ctx, "the webhook events are shared out anew", "nodes", len(r.nodes), "parts", r.owner.count(r.life.id), "gained", gained, "given_away", lost)
	}
}

// watch notes when the others were seen.
func (m *Member) watch(r *round) {
	now := time.Now()
	gap := r.begun.Sub(m.looked) >= gapAfter
	fresh := make(map[string]watched, len(r.nodes))
	for _, n := range r.nodes {
		if n.ID == r.life.id {
			continue
		}
		w, known := m.watched[n.ID]
		if known && m.opt.Bus == nil && !m.warned && !w.node.SeenTime.Equal(n.SeenTime) {
			m.warned = true
			m.opt.Log.Warn("another node is on this database, but the setting cluster is empty here: its clients do not hear of what happens on this node", "node", n.ID, "address", n.Address)
		}
		if !known || gap || !w.node.SeenTime.Equal(n.SeenTime) {
			w.since = now
		}
		w.node = n
		fresh[n.ID] = w
	}
	m.watched, m.looked = fresh, now
}

// take notes what this node holds, and returns what it gained and lost by that.
func (m *Member) take(r *round) (gained, lost []int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, trusted := m.life, m.life.trusted(time.Now())
	m.life, m.nodes, m.company, m.died = r.life, r.nodes, m.company || len(r.nodes) > 1, m.died+r.died
	was := before.hold
	m.life.joined, m.life.begun = true, r.begun
	for part, node := range r.owner {
		h := foreign
		switch {
		case node != r.life.id:
		case slices.Contains(r.leaving, part):
			h = leaving
			if m.life.busy[part] == 0 {
				m.look()
			}
		default:
			h = held
		}
		m.life.hold[part] = h
		switch {
		case h == held && (was[part] != held || !trusted || before != r.life):
			gained = append(gained, part)
		case h != held && was[part] == held:
			lost = append(lost, part)
		}
	}
	return gained, lost
}

// leave passes on what the node holds and takes it off the list.
func (m *Member) leave(ctx context.Context) error {
	m.mu.Lock()
	l := m.life
	l.hold = [Parts]hold{} // begin nothing more
	m.mu.Unlock()
	err := m.opt.Store.Update(ctx, func(tx store.Tx) error {
		if err := tx.ForgetNode(ctx, l.id); err != nil {
			return err
		}
		listed, err := tx.ListNodes(ctx)
		if err != nil || len(listed) == 0 {
			return err
		}
		before, err := read(ctx, tx)
		if err != nil {
			return err
		}
		r := &round{owner: before}
		nodes := make([]string, 0, len(listed))
		for i := range listed {
			nodes = append(nodes, listed[i].ID)
		}
		r.owner.adopt(nodes)
		return r.write(ctx, tx, before)
	})
	if err != nil {
		m.opt.Log.ErrorContext(ctx, "this node could not leave; the others will notice in a moment", "error", err)
		return nil
	}
	m.opt.Bus.Publish(newsSubject, nil)
	return nil
}

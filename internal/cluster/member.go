package cluster

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/store"
)

const (
	// beatEvery is how often a node gives a sign of life.
	beatEvery = 2 * time.Second
	// trustFor is for how long after its last sign of life a node begins things in the
	// parts that it holds. Others wait for store.NodeLifetime, so their clocks may run
	// faster than this node's by a third.
	trustFor = 6 * time.Second
	// gapAfter is how long a node may have read nothing before it has to watch the
	// others anew. With a beat it is less than store.NodeLifetime, so that an outage
	// which silences all either is a gap or is too short to make anybody seem dead.
	gapAfter = 5 * time.Second
	// joinPause is between two looks whether the others know of a new node.
	joinPause = 100 * time.Millisecond
	// newsSubject is where nodes are told that they should look who holds what.
	newsSubject = "nodes"
)

// Options of a member.
type Options struct {
	Store store.Store
	// Bus, which may be nil, makes changes known at once.
	Bus *bus.Bus
	// Name, which no other process has, is the node's first ID. Where it was taken for
	// dead and goes on, its ID is the name with -2 behind it, then -3.
	Name string
	// Address is where the node listens, for people to read.
	Address string
	// Previous, if not empty, is a node whose process has ended for certain.
	Previous string
	// Lost is called in the transaction that takes nodes off the list, when the node
	// joins and when others have left or died. It takes over what they looked after,
	// for the node heir. ended is when they were last known to live, zero if that is
	// not known. The function that it returns is called after the commit. It may be nil.
	Lost func(ctx context.Context, tx store.Tx, heir string, ended time.Time) (committed func(), err error)
	// Report, which may be nil, is what the node tells about itself, as JSON.
	Report  func() string
	Log     *slog.Logger
	Metrics prometheus.Registerer // may be nil
}

// Member is a node among those that share a store.
type Member struct {
	opt  Options
	news chan struct{} // there is reason to look at once

	// What follows belongs to the goroutine that beats.
	gained, lost func(parts []int)
	onNodeLost   []func(store.Node)
	onReborn     []func(id string)
	// watched is what was seen of the other nodes.
	watched map[string]watched
	// looked is when the list was last read.
	looked time.Time
	// warned is set once the log says that a bus is missing.
	warned bool

	mu    sync.Mutex // guards all below
	life  *life
	nodes []store.Node // as of the last beat
	// company is set once there was another node.
	company bool
	// died counts the nodes that this one has found dead.
	died int
}

// watched is the last sign of life of a node, and since when there was no newer one.
type watched struct {
	node  store.Node
	since time.Time
}

// life is a node from its joining until it is taken for dead. The member's mutex
// guards it.
type life struct {
	id string
	// number counts the lives of the process, from 1.
	number int
	joined bool
	// begun is before the last sign of life; what is held is trusted from then on.
	begun time.Time
	// hold says what is done with a part.
	hold [Parts]hold
	// busy counts what was begun in a part and has not ended.
	busy [Parts]int
}

// hold is how a node stands to a part.
type hold int

const (
	// foreign parts are held by others, or by nobody.
	foreign hold = iota
	// held parts are this node's.
	held
	// leaving parts are this node's until what was begun in them has ended.
	leaving
)

// New makes a member, which Join lets take part.
func New(o Options) *Member {
	m := &Member{
		opt: o, news: make(chan struct{}, 1), gained: func([]int) {}, lost: func([]int) {},
		watched: make(map[string]watched), life: &life{id: o.Name, number: 1},
	}
	if o.Metrics != nil {
		o.Metrics.MustRegister(&collector{m})
	}
	return m
}

// next is the life after one that was taken for dead.
func (m *Member) next(l *life) *life {
	return &life{id: m.opt.Name + "-" + strconv.Itoa(l.number+1), number: l.number + 1}
}

// OnParts sets who hears of parts that this node has gained and may begin things in,
// and of those that it has lost or is about to give away. It is set once, before Join.
func (m *Member) OnParts(gained, lost func(parts []int)) {
	if m != nil {
		m.gained, m.lost = gained, lost
	}
}

// OnNodeLost adds a function that hears of each other node that has died or left, once
// this node knows of it. It is called before Join.
func (m *Member) OnNodeLost(fn func(store.Node)) {
	if m != nil {
		m.onNodeLost = append(m.onNodeLost, fn)
	}
}

// OnReborn adds a function that hears when this node was taken for dead and goes on
// under a new ID. It is called before Join.
func (m *Member) OnReborn(fn func(id string)) {
	if m != nil {
		m.onReborn = append(m.onReborn, fn)
	}
}

// ID names the node, empty for a server that is alone. It begins with the node's name,
// and changes when the node was taken for dead.
func (m *Member) ID() string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.life.id
}

// Turn is something begun in a part. It must be ended, once.
type Turn struct {
	member *Member
	life   *life
	part   int
}

// Begin reports whether this node may begin something in a part; if so, nobody else
// may before the turn has ended, as long as this node lives.
func (m *Member) Begin(part int) (Turn, bool) {
	if m == nil {
		return Turn{}, true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.holds(part) {
		return Turn{}, false
	}
	m.life.busy[part]++
	return Turn{m, m.life, part}, true
}

// End ends the turn. What came of it is stored, or given up.
func (t Turn) End() {
	if t.member == nil {
		return
	}
	t.member.mu.Lock()
	defer t.member.mu.Unlock()
	t.life.busy[t.part]--
	if t.life.hold[t.part] == leaving && t.life.busy[t.part] == 0 {
		t.member.look()
	}
}

// Node is under which ID the turn was begun, empty for a server that is alone.
func (t Turn) Node() string {
	if t.life == nil {
		return ""
	}
	return t.life.id
}

// Holds reports whether this node may begin something in a part.
func (m *Member) Holds(part int) bool {
	if m == nil {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.holds(part)
}

func (m *Member) holds(part int) bool { return m.life.hold[part] == held && m.life.trusted(time.Now()) }

// trusted reports whether what is held at now may be relied on. The clock of the wall
// is asked as well, since the other one stands still while a machine sleeps.
func (l *life) trusted(now time.Time) bool {
	return l.joined && now.Sub(l.begun) < trustFor && now.Round(0).Sub(l.begun.Round(0)) < trustFor
}

// Nodes returns the nodes that were alive at this one's last sign of life, itself
// included, first started first.
func (m *Member) Nodes() []store.Node {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.nodes)
}

// Alone reports whether no other node has ever been there since this one has joined.
func (m *Member) Alone() bool {
	if m == nil {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.company
}

// State is how a node stands.
type State struct {
	// Held is how many parts it may begin things in, Nodes how many nodes are alive.
	Held, Nodes int
	// Died counts the nodes that it has found dead; those that left are not among them.
	Died int
	// Trusted is set while it relies on what it holds: it has lately given a sign of
	// life.
	Trusted bool
}

// State tells how this node stands.
func (m *Member) State() State {
	if m == nil {
		return State{Held: Parts, Nodes: 1, Trusted: true}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := State{Nodes: len(m.nodes), Died: m.died, Trusted: m.life.trusted(time.Now())}
	for _, h := range m.life.hold {
		if h == held {
			s.Held++
		}
	}
	return s
}

// look lets the next beat come at once.
func (m *Member) look() {
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// Join makes the node known and takes its share. When it returns, all others know of
// the node, or begin nothing before they do. It is called once, before Run.
func (m *Member) Join(ctx context.Context) error {
	if m == nil {
		return nil
	}
	if err := m.beat(ctx); err != nil {
		return err
	}
	before := maps.Clone(m.watched)
	knows := func(n watched) bool { return !n.node.SeenTime.Equal(before[n.node.ID].node.SeenTime) }
	for begun := time.Now(); time.Since(begun) < trustFor; {
		if !slices.ContainsFunc(slices.Collect(maps.Values(m.watched)), func(n watched) bool { return !knows(n) }) {
			return nil
		}
		select {
		case <-time.After(joinPause):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := m.beat(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Run keeps the node alive until ctx ends; then it passes on what it holds and leaves.
func (m *Member) Run(ctx context.Context) error {
	if m == nil {
		return nil
	}
	listener := m.opt.Bus.Listen(func(string, []byte) { m.look() }, func(time.Time) { m.look() })
	if err := listener.Add(newsSubject); err != nil {
		return err
	}
	defer listener.Close()
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return m.leave(context.WithoutCancel(ctx))
		case <-tick.C:
		case <-m.news:
		}
		err := m.beat(ctx)
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			m.opt.Log.ErrorContext(ctx, "this node could not give a sign of life; it delivers nothing until it can", "error", err)
		}
	}
}

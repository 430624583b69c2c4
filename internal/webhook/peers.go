package webhook

import (
	"container/heap"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/store"
)

// What nodes tell each other of webhooks. Nothing depends on its arrival: each node
// also looks for events of its parts in the store.
const (
	// eventsSubject, with the number of a part: a conversation has new events.
	eventsSubject   = "events."
	replayedSubject = "replayed"
	kickSubject     = "kick"
)

const (
	// pollEvery is how often a node looks for events that others have stored and that
	// it was not woken for, or whose commit it was not told of.
	pollEvery = 10 * time.Second
	// pollAlone is how often it does without NATS, when nobody can wake it.
	pollAlone = time.Second
	// pollShare bounds how much of the time is spent on looking, one part in so many at most.
	pollShare = 4
	// pollPage is how many apps are asked for at once.
	pollPage = 256
)

// peers are the dispatchers of other nodes.
type peers struct {
	bus *bus.Bus
	log *slog.Logger
	// look lets the next look into the store come at once.
	look chan struct{}
}

func newPeers(b *bus.Bus, log *slog.Logger) *peers {
	return &peers{bus: b, log: log, look: make(chan struct{}, 1)}
}

func (p *peers) tell(subject string, app chat.SDKAppID, conversation string) {
	p.bus.Publish(subject, append(strconv.AppendInt(nil, int64(app), 10), "\n"+conversation...))
}

func (p *peers) lookNow() {
	select {
	case p.look <- struct{}{}:
	default:
	}
}

// listen lets this node hear the others.
func (d *Dispatcher) listen() (*bus.Listener, error) {
	l := d.peers.bus.Listen(d.hear, func(time.Time) { d.peers.lookNow() })
	subjects := []string{replayedSubject, kickSubject}
	for part := range cluster.Parts {
		subjects = append(subjects, fmt.Sprint(eventsSubject, part))
	}
	for _, s := range subjects {
		if err := l.Add(s); err != nil {
			return l, err
		}
	}
	return l, nil
}

// hear takes what another node tells.
func (d *Dispatcher) hear(subject string, data []byte) {
	id, conversation, _ := strings.Cut(string(data), "\n")
	app, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return
	}
	switch subject {
	case replayedSubject:
		d.rediscover(chat.SDKAppID(app))
	case kickSubject:
		d.Kick(chat.SDKAppID(app))
	default:
		if q := d.queue(chat.SDKAppID(app)); q != nil && q.mine(conversation) {
			q.discover(conversation)
		}
	}
}

// wake lets the nodes that deliver the conversations know of new events.
func (d *Dispatcher) wake(app chat.SDKAppID, conversations map[string]bool) {
	for c := range conversations {
		d.peers.tell(fmt.Sprint(eventsSubject, cluster.PartOf(app, c)), app, c)
	}
}

// gained hears of parts whose events this node now delivers.
func (d *Dispatcher) gained(parts []int) {
	d.each(parts, (*queue).regain)
	d.peers.lookNow()
}

// lost hears of parts whose events this node delivers no more.
func (d *Dispatcher) lost(parts []int) { d.each(parts, (*queue).leave) }

// each does something with the lanes of some parts.
func (d *Dispatcher) each(parts []int, do func(*queue, *lane)) {
	var concerned [cluster.Parts]bool
	for _, p := range parts {
		concerned[p] = true
	}
	for _, q := range d.all() {
		q.mu.Lock()
		for _, l := range q.lanes {
			if concerned[cluster.PartOf(q.app, l.conversation)] {
				do(q, l)
			}
		}
		q.advance()
		q.mu.Unlock()
	}
}

// reborn hears that this node was taken for dead: what it has not stored by now will
// not be stored.
func (d *Dispatcher) reborn() {
	for _, q := range d.all() {
		q.mu.Lock()
		for _, l := range q.lanes {
			l.unsettled = nil
		}
		q.mu.Unlock()
	}
}

func (d *Dispatcher) all() []*queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	queues := make([]*queue, 0, len(d.queues))
	for _, q := range d.queues {
		queues = append(queues, q)
	}
	return queues
}

// poll looks for pending events of this node's parts until ctx ends.
func (d *Dispatcher) poll(ctx context.Context) {
	for {
		began := time.Now()
		d.pollOnce(ctx)
		every := pollEvery
		if !d.member.Alone() && (d.peers.bus == nil || !d.peers.bus.Connected()) {
			every = pollAlone
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(every, pollShare*time.Since(began))):
		case <-d.peers.look:
		}
	}
}

// pollOnce lets the queues of all apps with pending events look for conversations that
// they do not know.
func (d *Dispatcher) pollOnce(ctx context.Context) {
	for after := chat.SDKAppID(0); ; {
		var apps []chat.SDKAppID
		err := d.store.Peek(ctx, func(tx store.Tx) (err error) {
			apps, err = tx.PendingApps(ctx, after, pollPage)
			return err
		})
		if err != nil && ctx.Err() == nil {
			d.log.ErrorContext(ctx, "the outbox could not be looked through", "error", err)
		}
		for _, app := range apps {
			if q := d.queue(app); q != nil {
				q.look()
			}
		}
		if err != nil || len(apps) < pollPage {
			return
		}
		after = apps[len(apps)-1]
	}
}

// mine reports whether this node delivers the events of a conversation.
func (q *queue) mine(conversation string) bool {
	return q.member == nil || q.member.Holds(cluster.PartOf(q.app, conversation))
}

// begin takes a turn for a call, if this node delivers the conversation.
func (q *queue) begin(conversation string) (cluster.Turn, bool) {
	if q.member == nil {
		return cluster.Turn{}, true
	}
	return q.member.Begin(cluster.PartOf(q.app, conversation))
}

// discover reads the lane of a conversation that has new events in the store.
func (q *queue) discover(conversation string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lanes[conversation]
	switch {
	case l != nil:
	case !q.room():
		q.hidden.add()
	default:
		l = &lane{conversation: conversation}
		q.lanes[conversation] = l
	}
	if l != nil {
		q.regain(l)
	}
	q.advance()
}

// look lets a scan find conversations without a lane, unless one is under way.
func (q *queue) look() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.hidden.some {
		q.hidden.add()
	}
	q.advance()
}

// regain lets a lane read the store. The queue's mutex is held.
func (q *queue) regain(l *lane) {
	l.more, l.missed = true, true
	if l.state == idle {
		q.enlist(l)
	}
}

// leave lets go of a lane's events. If the lane is in the line or pauses, it ends when
// a worker looks at it; one whose worker has begun with an event ends after that. The
// queue's mutex is held.
func (q *queue) leave(l *lane) {
	switch l.state {
	case busy:
		q.spill(l, 1)
		return
	case waiting:
		heap.Remove(&q.waiting, slices.Index(q.waiting, l))
		q.enlist(l)
	case ready, idle:
	}
	q.spill(l, 0)
	if l.state == idle {
		l.more = false
	}
}

// quit lets go of a lane whose worker finds that this node does not deliver it.
func (q *queue) quit(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.spill(l, 0)
	l.wake = time.Time{}
	l.more = q.mine(l.conversation) // it may have come back just now
}

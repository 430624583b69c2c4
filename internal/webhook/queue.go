package webhook

import (
	"container/heap"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// limits bound what is held in memory, for each app if not said otherwise.
type limits struct {
	// lanes is how many conversations.
	lanes int
	// heldBytes is how much of their waiting events, beside the next event of
	// each lane that is being delivered.
	heldBytes int
	// unsettled is how many outcomes may wait to be stored, of all apps.
	unsettled int
}

var defaultLimits = limits{lanes: 16384, heldBytes: 8 << 20, unsettled: 4096}

// queue delivers the events of one app.
type queue struct {
	*Dispatcher

	app chat.SDKAppID
	// calls is the context of everything that the queue starts.
	calls context.Context //nolint:containedctx // work starts by itself, long after the queue was made

	mu      sync.Mutex // guards all below
	lanes   map[string]*lane
	line    []*lane // ready lanes, first one first
	waiting waitingLanes
	circuit circuit
	workers int
	held    int
	// kicks counts them: what began before one does not wait after it.
	kicks   int
	timer   *time.Timer
	timerAt time.Time
	stopped bool
	hidden  hidden
}

func newQueue(d *Dispatcher, app chat.SDKAppID) *queue {
	// What the store holds at the start is found by a scan.
	return &queue{Dispatcher: d, app: app, calls: d.ctx, lanes: make(map[string]*lane), hidden: hidden{some: true}}
}

// spawn runs fn until it returns. The queue's mutex is held and the queue not
// stopped, so the dispatcher still waits for what it starts.
func (q *queue) spawn(fn func(ctx context.Context)) {
	q.tasks.Go(func() { fn(q.calls) })
}

// offer takes events that have just been committed. It never blocks: what does
// not fit stays in the store.
func (q *queue) offer(events []store.Event) {
	var foreign map[string]bool
	q.mu.Lock()
	for i := range events {
		if e := &events[i]; q.mine(e.Conversation) {
			q.take(e)
		} else {
			if foreign == nil {
				foreign = make(map[string]bool)
			}
			foreign[e.Conversation] = true
		}
	}
	q.advance()
	q.mu.Unlock()
	q.wake(q.app, foreign)
}

func (q *queue) take(e *store.Event) {
	l := q.lanes[e.Conversation]
	if l == nil {
		if !q.room() {
			q.hidden.add()
			return
		}
		// Older events of a hidden conversation are in the store only.
		l = &lane{conversation: e.Conversation, more: q.hidden.some}
		q.lanes[e.Conversation] = l
	}
	alone := q.member.Alone()
	switch {
	case alone && e.ID <= l.lastID: // was read from the store before we heard of it
		return
	case !alone, l.more || len(l.events) >= laneBuffer || q.held+weight(e) > q.limits.heldBytes:
		l.more, l.missed = true, true
	default:
		q.hold(l, e)
	}
	if l.state == idle {
		q.enlist(l)
	}
}

// room reports whether a new lane may be made. While conversations are hidden,
// half of the lanes are for those.
func (q *queue) room() bool {
	if q.hidden.some {
		return len(q.lanes) < q.limits.lanes/2
	}
	return len(q.lanes) < q.limits.lanes
}

// hold puts an event at the end of a lane.
func (q *queue) hold(l *lane, e *store.Event) {
	l.events = append(l.events, *e)
	l.lastID = e.ID
	q.held += weight(e)
}

// release takes the first event off a lane.
func (q *queue) release(l *lane) {
	q.held -= weight(&l.events[0])
	l.events[0] = store.Event{}
	l.events = l.events[1:]
	if len(l.events) == 0 {
		l.events = nil
	}
}

// spill leaves the events of a lane to the store, but for the first keep.
func (q *queue) spill(l *lane, keep int) {
	for i := keep; i < len(l.events); i++ {
		q.held -= weight(&l.events[i])
	}
	l.events = slices.Clone(l.events[:min(keep, len(l.events))])
	l.more, l.missed = true, true
}

// enlist puts a lane at the end of the line.
func (q *queue) enlist(l *lane) {
	l.state, l.wake = ready, time.Time{}
	q.line = append(q.line, l)
}

// next takes the first lane off the line.
func (q *queue) next() *lane {
	l := q.line[0]
	q.line[0] = nil
	q.line = q.line[1:]
	if len(q.line) == 0 {
		q.line = nil
	}
	l.state, l.kicks = busy, q.kicks
	return l
}

// advance starts whatever can be started now: due lanes, workers, a scan.
func (q *queue) advance() {
	now := q.clock()
	q.wakeDue(now)
	app := q.deliverable()
	if q.stopped || app == nil {
		return
	}
	if q.mayScan() && !q.hidden.scanning {
		q.hidden.scanning = true
		q.spawn(q.scan)
	}
	for len(q.line) > 0 && q.workers < q.allowed(app, now) {
		q.workers++
		l := q.next()
		q.spawn(func(ctx context.Context) { q.work(ctx, l) })
	}
	q.setTimer(now)
}

// deliverable returns the app, nil if it has no address to deliver to.
func (q *queue) deliverable() *chat.App {
	if app := q.apps(q.app); app != nil && app.Webhook.URL != "" {
		return app
	}
	return nil
}

// heldBack reports whether events wait because the endpoint as a whole fails.
// Apps that want a single attempt for each event do not wait.
func (q *queue) heldBack(app *chat.App) bool {
	return q.circuit.open && app.Webhook.Mode != chat.ModeOnce
}

// allowed is how many workers may run: one, from time to time, while the
// endpoint fails.
func (q *queue) allowed(app *chat.App, now time.Time) int {
	switch {
	case !q.heldBack(app):
		return q.concurrency
	case now.Before(q.circuit.nextProbe):
		return 0
	}
	return 1
}

// setTimer sees to it that advance runs when the next lane or probe is due.
func (q *queue) setTimer(now time.Time) {
	var at time.Time
	if len(q.waiting) > 0 {
		at = q.waiting[0].wake
	}
	if q.circuit.open && len(q.line) > 0 && q.workers == 0 && (at.IsZero() || q.circuit.nextProbe.Before(at)) {
		at = q.circuit.nextProbe
	}
	if at.IsZero() || at.Equal(q.timerAt) {
		return
	}
	q.timerAt = at
	if q.timer != nil {
		q.timer.Stop()
	}
	q.timer = time.AfterFunc(max(at.Sub(now), 0), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.timerAt = time.Time{}
		q.advance()
	})
}

// kick starts anew what waits: the endpoint or its settings may have changed.
func (q *queue) kick() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.restart()
}

// reached lets a failing endpoint be tried at once, since it answers otherwise.
func (q *queue) reached() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.circuit.hint(q.clock()) {
		q.wakeAll()
		q.advance()
	}
}

func (q *queue) restart() {
	q.kicks++
	q.circuit.retry(q.clock())
	q.wakeAll()
	q.advance()
}

// rediscover reads all lanes anew, since the store has pending events that come
// before those held, as after a replay.
func (q *queue) rediscover() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, l := range q.lanes {
		switch l.state {
		case busy:
			q.spill(l, 1)
		case idle:
			q.spill(l, 0)
			q.enlist(l)
		case ready, waiting:
			q.spill(l, 0)
		}
	}
	q.hidden.add()
	q.restart()
}

// wakeDue lets lanes go on whose pause is over.
func (q *queue) wakeDue(now time.Time) {
	for len(q.waiting) > 0 && !q.waiting[0].wake.After(now) {
		q.enlist(heap.Pop(&q.waiting).(*lane)) //nolint:forcetypeassert,errcheck // only lanes are in it
	}
}

// wakeAll lets all waiting lanes go on at once.
func (q *queue) wakeAll() {
	for _, l := range q.waiting {
		q.enlist(l)
	}
	q.waiting = nil
}

// stop lets running workers end and starts no more.
func (q *queue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopped = true
	if q.timer != nil {
		q.timer.Stop()
	}
}

// settled notes that the store has been told an outcome of a lane.
func (q *queue) settled(l *lane, id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := slices.IndexFunc(l.unsettled, func(u unsettled) bool { return u.id == id }); i >= 0 {
		l.unsettled = slices.Delete(l.unsettled, i, i+1)
	}
	q.forget(l)
	if q.mayScan() && !q.hidden.scanning {
		q.advance()
	}
}

// refused notes that an outcome of a lane was not stored, for this node was taken for
// dead before: whoever delivers the lane now begins with what the store knows.
func (q *queue) refused(l *lane, id int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.unsettled = slices.DeleteFunc(l.unsettled, func(u unsettled) bool { return u.id == id })
	if q.mine(l.conversation) {
		q.regain(l)
	}
	q.forget(l)
	q.advance()
}

// forget drops a lane that has nothing to do.
func (q *queue) forget(l *lane) {
	if l.done() {
		delete(q.lanes, l.conversation)
	}
}

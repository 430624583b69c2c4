package webhook

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

const (
	// maxLanes is how many conversations of an app are held in memory.
	maxLanes = 16384
	// maxHeldBytes is how much of an app's waiting events is held in memory.
	maxHeldBytes = 8 << 20
	// scanPage is how many conversations a scan asks the store for at once.
	scanPage = 256
)

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
	// hidden says that the store may have pending events of conversations that
	// have no lane; hiddenAgain that another was hidden during a scan.
	hidden, hiddenAgain bool
	scanning            bool
	scannedTo           string
	timer               *time.Timer
	timerAt             time.Time
	stopped             bool
}

func newQueue(d *Dispatcher, app chat.SDKAppID) *queue {
	// What the store holds at the start is found by a scan.
	return &queue{Dispatcher: d, app: app, calls: d.ctx, lanes: make(map[string]*lane), hidden: true}
}

// spawn runs fn until it returns. The queue's mutex is held and the queue not
// stopped, so the dispatcher still waits for what it starts.
func (q *queue) spawn(fn func(ctx context.Context)) {
	q.tasks.Go(func() { fn(q.calls) })
}

// offer takes events that have just been committed. It never blocks: what does
// not fit stays in the store.
func (q *queue) offer(events []store.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range events {
		q.take(&events[i])
	}
	q.advance()
}

func (q *queue) take(e *store.Event) {
	l := q.lanes[e.Conversation]
	switch {
	case l == nil && (q.hidden || len(q.lanes) >= maxLanes):
		// Older events of the conversation may be in the store only.
		q.hidden, q.hiddenAgain = true, true
		return
	case l == nil:
		l = &lane{conversation: e.Conversation}
		q.lanes[e.Conversation] = l
	case e.ID <= l.lastID:
		return
	}
	if l.more || len(l.events) >= laneBuffer || q.held+len(e.Body) > maxHeldBytes {
		l.more, l.missed = true, true
	} else {
		q.hold(l, *e)
	}
	if l.state == idle {
		q.enlist(l)
	}
}

// hold puts an event at the end of a lane.
func (q *queue) hold(l *lane, e store.Event) {
	l.events = append(l.events, e)
	l.lastID = e.ID
	q.held += len(e.Body)
}

// release drops the first event of a lane.
func (q *queue) release(l *lane) {
	q.held -= len(l.events[0].Body)
	l.events[0] = store.Event{}
	l.events = l.events[1:]
	if len(l.events) == 0 {
		l.events = nil
	}
}

// spill leaves only the first event of a lane in memory, since it will wait.
func (q *queue) spill(l *lane) {
	if len(l.events) < 2 {
		return
	}
	for _, e := range l.events[1:] {
		q.held -= len(e.Body)
	}
	l.events = []store.Event{l.events[0]}
	l.lastID, l.more = l.events[0].ID, true
}

// enlist puts a lane at the end of the line.
func (q *queue) enlist(l *lane) {
	l.state = ready
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
	l.state = busy
	return l
}

// advance starts whatever can be started now: due lanes, workers, a scan.
func (q *queue) advance() {
	now := q.clock()
	for len(q.waiting) > 0 && !q.waiting[0].wake.After(now) {
		q.enlist(heap.Pop(&q.waiting).(*lane)) //nolint:forcetypeassert,errcheck // only lanes are in it
	}
	if q.stopped || q.paused() {
		return
	}
	if q.hidden && !q.scanning && len(q.lanes) < maxLanes/2 {
		q.scanning = true
		q.spawn(q.scan)
	}
	for len(q.line) > 0 && q.workers < q.allowed(now) {
		q.workers++
		l := q.next()
		q.spawn(func(ctx context.Context) { q.work(ctx, l) })
	}
	q.setTimer(now)
}

// paused reports whether the app has no address to deliver to.
func (q *queue) paused() bool {
	app := q.apps(q.app)
	return app == nil || app.Webhook.URL == ""
}

// allowed is how many workers may run: one, from time to time, while the
// endpoint fails.
func (q *queue) allowed(now time.Time) int {
	switch {
	case !q.circuit.open:
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
	q.circuit.nextProbe = time.Time{}
	q.wakeAll()
	q.advance()
}

// rediscover looks for pending events that the store holds and no lane knows,
// as after a replay.
func (q *queue) rediscover() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hidden, q.hiddenAgain = true, true
	q.advance()
}

// wakeAll lets all waiting lanes try at once.
func (q *queue) wakeAll() {
	for len(q.waiting) > 0 {
		q.enlist(heap.Pop(&q.waiting).(*lane)) //nolint:forcetypeassert,errcheck // only lanes are in it
	}
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

// settled notes that outcomes of a lane are stored.
func (q *queue) settled(l *lane, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l.unsettled -= n
	q.forget(l)
	if q.hidden && !q.scanning {
		q.advance()
	}
}

func (q *queue) forget(l *lane) {
	if l.done() && q.lanes[l.conversation] == l {
		delete(q.lanes, l.conversation)
	}
}

// scan gives lanes to conversations that have pending events in the store, as
// many as fit.
func (q *queue) scan(ctx context.Context) {
	for {
		q.mu.Lock()
		after := q.scannedTo
		if after == "" {
			q.hiddenAgain = false
		}
		q.mu.Unlock()
		var names []string
		err := q.store.View(ctx, func(tx store.Tx) (err error) {
			names, err = tx.PendingConversations(ctx, q.app, after, scanPage)
			return err
		})
		if !q.scanned(ctx, names, err) {
			return
		}
	}
}

// scanned takes a page of a scan and reports whether to go on.
func (q *queue) scanned(ctx context.Context, names []string, err error) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		q.log.ErrorContext(ctx, "the outbox could not be scanned", "sdkappid", q.app, "error", err)
		q.scanning = false
		q.wakeIn(time.Second)
		return false
	}
	for _, name := range names {
		q.scannedTo = name
		if q.lanes[name] != nil {
			continue
		}
		l := &lane{conversation: name, more: true}
		q.lanes[name] = l
		q.enlist(l)
	}
	atEnd := len(names) < scanPage
	if atEnd {
		q.scannedTo = ""
		q.hidden = q.hiddenAgain
	}
	goOn := !q.stopped && ctx.Err() == nil && q.hidden && len(q.lanes) < maxLanes
	if !goOn {
		q.scanning = false
	}
	q.advance()
	return goOn
}

// wakeIn runs advance after d.
func (q *queue) wakeIn(d time.Duration) {
	time.AfterFunc(d, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.advance()
	})
}

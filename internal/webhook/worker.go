package webhook

import (
	"container/heap"
	"context"
	"slices"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// work delivers one event of a lane, and of further lanes as long as there are
// any whose turn has come.
func (q *queue) work(ctx context.Context, l *lane) {
	for l != nil {
		q.step(ctx, l)
		l = q.handOver(ctx, l)
	}
}

// handOver puts a lane back to where it belongs and returns the next one, or
// nil if the worker is to end.
func (q *queue) handOver(ctx context.Context, l *lane) *lane {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !l.wake.IsZero() && l.kicks == q.kicks:
		l.state = waiting
		heap.Push(&q.waiting, l)
	case len(l.events) > 0 || l.more:
		q.enlist(l)
	default:
		l.state = idle
		q.forget(l)
	}
	app := q.deliverable()
	if ctx.Err() == nil && !q.stopped && app != nil && len(q.line) > 0 && q.workers <= q.allowed(app, q.clock()) {
		return q.next()
	}
	q.workers--
	q.advance()
	return nil
}

// step delivers the first event of a lane, reading it from the store if it is
// not in memory.
func (q *queue) step(ctx context.Context, l *lane) {
	if !q.mine(l.conversation) {
		q.quit(l)
		return
	}
	e, ok := q.head(ctx, l)
	app := q.deliverable()
	if !ok || app == nil {
		return
	}
	turn, ok := q.begin(l.conversation)
	if !ok {
		q.quit(l)
		return
	}
	outcome, hopeless := q.giveUp(app, l, &e)
	if !hopeless {
		r := q.deliver(ctx, app, &e)
		if ctx.Err() != nil && r.err != nil {
			turn.End()
			return // broken off by the shutdown: it counts for nothing
		}
		outcome = q.judge(app, l, &e, &r)
	}
	q.observe(&e, &outcome)
	q.settler.add(ctx, settlement{Settlement: outcome, queue: q, lane: l, turn: turn})
}

// head is the first event of a lane. There is none if the lane turns out to be
// empty, or if the store could not be read, after which the lane waits.
func (q *queue) head(ctx context.Context, l *lane) (store.Event, bool) {
	q.mu.Lock()
	if len(l.events) > 0 {
		defer q.mu.Unlock()
		return l.events[0], true
	}
	limit := lanePage
	if q.held > q.limits.heldBytes {
		limit = 1
	}
	// Noted before the store is read, since it may be told meanwhile.
	late := slices.Clone(l.unsettled)
	limit += len(late)
	l.missed = false
	q.mu.Unlock()

	var page []store.Event
	err := q.store.Peek(ctx, func(tx store.Tx) (err error) {
		page, err = tx.PendingEvents(ctx, q.app, l.conversation, limit)
		return err
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			q.log.ErrorContext(ctx, "pending events could not be read", "sdkappid", q.app, "conversation", l.conversation, "error", err)
		}
		l.wake = q.clock().Add(firstPause)
		return store.Event{}, false
	}
	l.more = l.missed || len(page) == limit
	q.fill(l, corrected(page, late))
	if len(l.events) == 0 {
		return store.Event{}, false
	}
	return l.events[0], true
}

// fill holds as many events of a page as memory allows, at least one.
func (q *queue) fill(l *lane, page []store.Event) {
	for i := range page {
		e := &page[i]
		if i > 0 && q.held+weight(e) > q.limits.heldBytes {
			l.more = true
			return
		}
		q.hold(l, e)
	}
}

// deliver makes one call and says what came of it.
func (q *queue) deliver(ctx context.Context, app *chat.App, e *store.Event) result {
	r := q.client.call(ctx, app, callback.Delivery{
		Query:   query(app, callback.Command(e.Command), e.ClientIP, e.Platform),
		Body:    e.Body,
		EventID: EventID(q.store.InstallationID(), e.ID),
		Attempt: e.Attempts + 1,
	}, app.Webhook.TimeoutOf(e.Command))
	if r.err == nil && !callback.Acknowledged(r.reply) {
		r.err = errNoObject
	}
	return r
}

// attempted is the outcome of a call, its state and the time of the next one
// still to be decided.
func attempted(e *store.Event, r *result) store.Settlement {
	o := store.Settlement{
		EventID: e.ID, State: store.Delivered, FirstAttempt: e.FirstAttempt,
		Attempt: store.Attempt{Number: e.Attempts + 1, Time: r.started, Duration: r.duration, Status: r.status, Reply: r.head()},
	}
	if o.FirstAttempt.IsZero() {
		o.FirstAttempt = r.started
	}
	if r.err != nil {
		o.Attempt.Reason = r.err.Error()
	}
	return o
}

// judge turns what came back into the event's next state, and lets the circuit
// and the lane feel it.
func (q *queue) judge(app *chat.App, l *lane, e *store.Event, r *result) store.Settlement {
	o, now := attempted(e, r), q.clock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.err == nil {
		q.answered(now)
	} else {
		if q.circuit.failure(l.conversation, ofEndpoint(r.err), r.started, now) {
			q.log.Warn("the webhook endpoint fails as a whole", "sdkappid", q.app, "reason", o.Attempt.Reason)
		}
		q.afterFailure(app, l, &o, now)
	}
	q.conclude(l, &o, now)
	return o
}

// answered notes that the endpoint works. The queue's mutex is held.
func (q *queue) answered(now time.Time) {
	if q.circuit.success(now) {
		q.log.Info("the webhook endpoint answers again", "sdkappid", q.app)
		q.wakeAll()
		q.advance()
	}
}

// afterFailure decides how an event goes on. The queue's mutex is held.
func (q *queue) afterFailure(app *chat.App, l *lane, o *store.Settlement, now time.Time) {
	o.State, o.NextAttempt = store.Pending, now.Add(pause(o.Attempt.Number, maxPause))
	limit := app.Settings.HeadOfLine
	switch {
	case app.Webhook.Mode == chat.ModeOnce:
		o.State, o.NextAttempt = store.Failed, time.Time{}
	case now.Sub(o.FirstAttempt) >= giveUpAfter:
		o.State, o.NextAttempt = store.Dead, time.Time{}
	case q.circuit.open:
		o.NextAttempt = q.circuit.nextProbe
	case limit > 0 && q.circuit.answeredOthers(o.FirstAttempt, l.failed, now, limit):
		o.State = store.Parked
	}
}

// giveUp ends an event without another call if the endpoint as a whole has
// failed for as long as events are kept trying, and reports whether it did.
func (q *queue) giveUp(app *chat.App, l *lane, e *store.Event) (store.Settlement, bool) {
	now := q.clock()
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.heldBack(app) || now.Sub(q.circuit.since) < giveUpAfter || now.Sub(e.Time) < giveUpAfter {
		return store.Settlement{}, false
	}
	o := store.Settlement{
		EventID: e.ID, State: store.Dead, FirstAttempt: e.FirstAttempt,
		Attempt: store.Attempt{Number: e.Attempts + 1, Time: now, Reason: "not tried: the endpoint has failed as a whole for 72 hours"},
	}
	q.conclude(l, &o, now)
	return o, true
}

// conclude takes an event that is done with off its lane. One that is not waits
// in the store, its lane with it. The queue's mutex is held.
func (q *queue) conclude(l *lane, o *store.Settlement, now time.Time) {
	done := o.State != store.Pending
	l.unsettled = append(l.unsettled, unsettled{id: o.EventID, done: done, attempts: o.Attempt.Number, first: o.FirstAttempt})
	if done {
		q.release(l)
		l.failed = time.Time{}
		return
	}
	q.spill(l, 0)
	l.failed, l.wake = now, o.NextAttempt
}

// observe counts and logs an attempt.
func (q *queue) observe(e *store.Event, o *store.Settlement) {
	q.metrics.attempted(e, o)
	if o.State == store.Delivered {
		return
	}
	log := q.log.With("sdkappid", e.SDKAppID, "command", e.Command, "conversation", e.Conversation,
		"event_id", EventID(q.store.InstallationID(), e.ID), "attempt", o.Attempt.Number, "reason", o.Attempt.Reason)
	switch {
	case o.State == store.Dead:
		log.Error("a webhook event was given up, replay it when the receiver works")
	case o.State == store.Parked:
		log.Warn("a webhook event is parked, its successors go on without it")
	case o.State == store.Failed && !q.failing():
		log.Warn("a webhook event failed and is not tried again")
	default:
		log.Debug("a webhook event failed", "state", o.State.String())
	}
}

// failing reports whether the endpoint as a whole fails, which has been logged.
func (q *queue) failing() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.circuit.open
}

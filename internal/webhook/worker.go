package webhook

import (
	"container/heap"
	"context"
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
	case !l.sleepUntil.IsZero():
		q.sleep(l)
	case len(l.events) > 0 || l.more:
		q.enlist(l)
	default:
		l.state = idle
		q.forget(l)
	}
	now := q.clock()
	if ctx.Err() == nil && !q.stopped && !q.paused() && len(q.line) > 0 && q.workers <= q.allowed(now) {
		return q.next()
	}
	q.workers--
	q.advance()
	return nil
}

// step delivers the first event of a lane, reading it from the store if it is
// not in memory.
func (q *queue) step(ctx context.Context, l *lane) {
	e, ok := q.head(ctx, l)
	if !ok {
		return
	}
	app := q.apps(q.app)
	if app == nil || app.Webhook.URL == "" {
		return
	}
	if q.probing() && expired(&e, q.clock()) {
		// The endpoint has been down for longer than events are kept trying.
		q.settle(ctx, l, store.Settlement{
			EventID: e.ID, State: store.Dead, FirstAttempt: e.FirstAttempt,
			Attempt: store.Attempt{Number: e.Attempts, Time: q.clock(), Reason: "given up: the endpoint has failed for 72 hours"},
		})
		q.drop(l)
		return
	}
	r := q.deliver(ctx, app, &e)
	if ctx.Err() != nil && r.err != nil {
		return // broken off by the shutdown: it counts for nothing
	}
	outcome := q.judge(app, l, &e, &r)
	q.observe(app, &e, &r, &outcome)
	q.settle(ctx, l, outcome)
	if outcome.State != store.Pending {
		q.drop(l)
	}
}

// drop takes the first event off a lane: its outcome is final for the lane.
func (q *queue) drop(l *lane) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.release(l)
}

// head is the first event of a lane. It is empty when there is none after all,
// or when the store could not be read, after which the lane waits.
func (q *queue) head(ctx context.Context, l *lane) (store.Event, bool) {
	q.mu.Lock()
	if len(l.events) > 0 {
		defer q.mu.Unlock()
		return l.events[0], true
	}
	after := l.lastID
	l.missed = false
	q.mu.Unlock()

	var page []store.Event
	err := q.store.View(ctx, func(tx store.Tx) (err error) {
		page, err = tx.PendingEvents(ctx, q.app, l.conversation, after, lanePage)
		return err
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil {
			q.log.ErrorContext(ctx, "pending events could not be read", "sdkappid", q.app, "conversation", l.conversation, "error", err)
		}
		l.sleepUntil = q.clock().Add(firstPause)
		return store.Event{}, false
	}
	for _, e := range page {
		q.hold(l, e)
	}
	l.more = l.missed || len(page) == lanePage
	if len(page) == 0 {
		return store.Event{}, false
	}
	return l.events[0], true
}

// sleep lets a lane wait. The queue's mutex is held.
func (q *queue) sleep(l *lane) {
	q.spill(l)
	l.state, l.wake, l.sleepUntil = waiting, l.sleepUntil, time.Time{}
	heap.Push(&q.waiting, l)
}

func (q *queue) probing() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.circuit.open
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

// judge turns what came back into the event's next state, and lets the circuit
// and the lane feel it.
func (q *queue) judge(app *chat.App, l *lane, e *store.Event, r *result) store.Settlement {
	now := q.clock()
	outcome := store.Settlement{
		EventID: e.ID, FirstAttempt: e.FirstAttempt,
		Attempt: store.Attempt{Number: e.Attempts + 1, Time: r.started, Duration: r.duration, Status: r.status, Reply: r.head()},
	}
	if outcome.FirstAttempt.IsZero() {
		outcome.FirstAttempt = r.started
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if r.err == nil {
		if q.circuit.success(now) {
			q.log.Info("the webhook endpoint answers again", "sdkappid", q.app)
			q.wakeAll()
			q.advance()
		}
		outcome.State = store.Delivered
		return outcome
	}
	outcome.Attempt.Reason = r.err.Error()
	if q.circuit.failure(l.conversation, ofEndpoint(r.err), now) {
		q.log.Warn("the webhook endpoint fails, its events wait", "sdkappid", q.app, "reason", r.err.Error())
	}
	outcome.State, outcome.NextAttempt = q.afterFailure(app, e, outcome.FirstAttempt, now)
	if outcome.State == store.Pending {
		// The lane keeps the event; what it knows of it must be what is stored.
		head := &l.events[0]
		head.Attempts, head.FirstAttempt, head.NextAttempt = outcome.Attempt.Number, outcome.FirstAttempt, outcome.NextAttempt
		l.sleepUntil = outcome.NextAttempt
	}
	return outcome
}

// afterFailure decides how an event goes on. The queue's mutex is held.
func (q *queue) afterFailure(app *chat.App, e *store.Event, first, now time.Time) (store.EventState, time.Time) {
	next := now.Add(pause(e.Attempts+1, maxPause))
	limit := app.Settings.HeadOfLine
	switch {
	case app.Webhook.Mode == chat.ModeOnce:
		return store.Failed, time.Time{}
	case expired(e, now):
		return store.Dead, time.Time{}
	case limit > 0 && !q.circuit.open && now.Sub(first) >= limit && q.circuit.lastSuccess.After(first):
		return store.Parked, next
	}
	return store.Pending, next
}

// expired reports whether an event has been tried, or has waited, for as long
// as events are kept trying.
func expired(e *store.Event, now time.Time) bool {
	since := e.FirstAttempt
	if since.IsZero() {
		since = e.Time
	}
	return now.Sub(since) >= giveUpAfter
}

// observe counts and logs an attempt.
func (q *queue) observe(app *chat.App, e *store.Event, r *result, o *store.Settlement) {
	q.metrics.delivered(e, r, o.State)
	if r.err == nil {
		return
	}
	attrs := []any{
		"sdkappid", app.SDKAppID, "command", e.Command, "conversation", e.Conversation,
		"event_id", EventID(q.store.InstallationID(), e.ID), "attempt", o.Attempt.Number, "reason", r.err.Error(),
	}
	switch o.State {
	case store.Dead, store.Failed:
		q.log.Error("a webhook event was given up, replay it when the receiver works", attrs...)
	case store.Parked:
		q.log.Warn("a webhook event is parked, its successors go on without it", attrs...)
	case store.Pending, store.Delivered:
		q.log.Debug("a webhook event will be tried again", attrs...)
	}
}

// settle hands an outcome to be stored. It waits when the store is behind, so
// that what is not stored stays bounded.
func (q *queue) settle(ctx context.Context, l *lane, o store.Settlement) {
	if l != nil {
		q.mu.Lock()
		l.unsettled++
		q.mu.Unlock()
	}
	q.settler.add(ctx, settlement{Settlement: o, queue: q, lane: l})
}

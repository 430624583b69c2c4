package webhook

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/store"
)

const (
	// parkedEvery is how often parked events are looked for.
	parkedEvery = time.Second
	// parkedAtOnce is how many of them are tried at once, of all apps.
	parkedAtOnce = 8
)

// runParked retries parked events by themselves until ctx ends.
func (d *Dispatcher) runParked(ctx, calls context.Context) {
	tick := time.NewTicker(parkedEvery)
	defer tick.Stop()
	slots := make(chan struct{}, parkedAtOnce)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, e := range d.dueParked(ctx) {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			d.tasks.Go(func() {
				defer func() { <-slots }()
				d.retryParked(calls, e)
			})
		}
	}
}

// dueParked reads the parked events whose time has come and that nobody is
// trying already.
func (d *Dispatcher) dueParked(ctx context.Context) []store.Event {
	var found []store.Event
	err := d.store.View(ctx, func(tx store.Tx) (err error) {
		found, err = tx.ParkedEvents(ctx, d.clock(), 4*parkedAtOnce)
		return err
	})
	if err != nil {
		if ctx.Err() == nil {
			d.log.ErrorContext(ctx, "parked webhook events could not be read", "error", err)
		}
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	due := found[:0]
	for _, e := range found {
		if !d.parked[e.ID] {
			d.parked[e.ID] = true
			due = append(due, e)
		}
	}
	return due
}

func (d *Dispatcher) retryParked(ctx context.Context, e store.Event) {
	app, q := d.apps(e.SDKAppID), d.queue(e.SDKAppID)
	if app == nil || app.Webhook.URL == "" || q == nil || q.probing() {
		d.parkedSettled(e.ID)
		return
	}
	r := q.deliver(ctx, app, &e)
	if ctx.Err() != nil && r.err != nil {
		return
	}
	now := d.clock()
	o := store.Settlement{
		EventID: e.ID, State: store.Delivered, FirstAttempt: e.FirstAttempt,
		Attempt: store.Attempt{Number: e.Attempts + 1, Time: r.started, Duration: r.duration, Status: r.status, Reply: r.head()},
	}
	if r.err != nil {
		o.Attempt.Reason = r.err.Error()
		o.State, o.NextAttempt = store.Parked, now.Add(pause(e.Attempts+1, maxPause))
		if expired(&e, now) {
			o.State, o.NextAttempt = store.Dead, time.Time{}
		}
	}
	q.observe(app, &e, &r, &o)
	d.settler.add(ctx, settlement{Settlement: o, queue: q})
}

// parkedSettled lets a parked event be found again.
func (d *Dispatcher) parkedSettled(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.parked, id)
}

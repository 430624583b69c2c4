package webhook

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/store"
)

const (
	// parkedEvery is how often parked events are looked for.
	parkedEvery = 5 * time.Second
	// parkedAtOnce is how many of them are tried at once, of all apps.
	parkedAtOnce = 8
	// parkedPage is how many are wanted at once, parkedLook among how many they are
	// looked for.
	parkedPage = 4 * parkedAtOnce
	parkedLook = 4096
)

// runParked retries parked events by themselves until ctx ends, the longest due
// first. They do not heed the circuit: each comes back rarely, and one that
// stayed due would stand before those of other apps for ever.
func (d *Dispatcher) runParked(ctx, calls context.Context) {
	tick := time.NewTicker(d.parkedEvery)
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
				d.retryParked(calls, &e)
			})
		}
	}
}

// dueParked reads the parked events whose time has come and that nobody is
// trying already.
func (d *Dispatcher) dueParked(ctx context.Context) []store.Event {
	// Noted before the store is read, since it may be told meanwhile.
	d.mu.Lock()
	trying := maps.Clone(d.parked)
	d.mu.Unlock()
	var found []store.Event
	err := d.store.View(ctx, func(tx store.Tx) (err error) {
		// Those that other nodes try may come first.
		for limit, most := len(trying)+parkedPage, len(trying)+parkedLook; ; limit *= 4 {
			if found, err = tx.ParkedEvents(ctx, d.clock(), min(limit, most)); err != nil {
				return err
			}
			all := len(found) < limit || limit >= most
			found = slices.DeleteFunc(found, func(e store.Event) bool { return !d.member.Holds(cluster.PartOf(e.SDKAppID, e.Conversation)) })
			if all || len(found) >= len(trying)+parkedPage {
				return nil
			}
		}
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
		if !trying[e.ID] {
			d.parked[e.ID] = true
			due = append(due, e)
		}
	}
	return due
}

var errNoURL = errors.New("not tried: the app has no webhook URL")

func (d *Dispatcher) retryParked(ctx context.Context, e *store.Event) {
	q := d.queue(e.SDKAppID)
	if q == nil {
		return // the end of the program
	}
	turn, ok := q.begin(e.Conversation)
	if !ok {
		d.parkedSettled(e.ID)
		return
	}
	r := result{started: d.clock(), err: errNoURL}
	if app := q.deliverable(); app != nil {
		r = q.deliver(ctx, app, e)
	}
	if ctx.Err() != nil && r.err != nil {
		turn.End()
		return
	}
	o, now := attempted(e, &r), d.clock()
	switch {
	case r.err == nil:
		q.mu.Lock()
		q.answered(now)
		q.mu.Unlock()
	case now.Sub(o.FirstAttempt) >= giveUpAfter:
		o.State = store.Dead
	default:
		o.State, o.NextAttempt = store.Parked, now.Add(pause(o.Attempt.Number, maxPause))
	}
	q.observe(e, &o)
	d.settler.add(ctx, settlement{Settlement: o, queue: q, turn: turn})
}

// parkedSettled lets a parked event be found again.
func (d *Dispatcher) parkedSettled(id int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.parked, id)
}

package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/parley-im/parley/internal/store"
)

const (
	// purgeEvery is how often retention is looked after.
	purgeEvery = 10 * time.Second
	// purgeStep is how many rows of each kind go in one transaction.
	purgeStep = 500
	// purgePause lets senders in between two transactions.
	purgePause = 50 * time.Millisecond
	// purgePart is the part of all conversations whose holder purges for all nodes, so
	// that not each of them takes the turn for it.
	purgePart = 0
)

// purge deletes what retention no longer keeps, a little at a time, until ctx ends. It
// rests while holds, which tells whether this node holds a part, denies purgePart.
func purge(ctx context.Context, st store.Store, holds func(part int) bool, every time.Duration, log *slog.Logger) error {
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		next := every
		if holds(purgePart) {
			more, err := st.Purge(ctx, purgeStep)
			if err != nil && ctx.Err() == nil {
				log.ErrorContext(ctx, "old rows could not be deleted", "error", err)
			}
			if more {
				next = purgePause
			}
		}
		timer.Reset(next)
	}
}

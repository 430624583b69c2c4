package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// maxSkew is how far this machine's clock may be from the database's without a word.
const maxSkew = 2 * time.Second

// checkClock warns of a clock that differs from the one that all nodes share: by the
// difference, mutes end and requests expire too soon or too late here.
func checkClock(ctx context.Context, st store.Store, clock func() time.Time, log *slog.Logger) {
	skew, err := clockSkew(ctx, st, clock)
	if err != nil {
		log.WarnContext(ctx, "the database's time cannot be read, the clock is not checked", "error", err)
		return
	}
	if skew.Abs() > maxSkew {
		log.WarnContext(ctx, "this machine's clock differs from the database's; set both by NTP", "ahead", skew.Round(time.Second))
	}
}

// clockSkew is how far a clock is ahead of the database's, to within half the time
// that the question takes.
func clockSkew(ctx context.Context, st store.Store, clock func() time.Time) (time.Duration, error) {
	var before, after, shared time.Time
	err := st.View(ctx, func(tx store.Tx) (err error) {
		before = clock()
		shared, err = tx.EngineTime(ctx)
		after = clock()
		return err
	})
	if err != nil {
		return 0, err
	}
	return before.Add(after.Sub(before) / 2).Sub(shared), nil
}

package server

import (
	"context"
	"time"
)

const (
	// purgeEvery is how often retention is looked after.
	purgeEvery = 10 * time.Second
	// purgeStep is how many rows of each kind go in one transaction.
	purgeStep = 500
	// purgePause lets senders in between two transactions.
	purgePause = 50 * time.Millisecond
)

// purge deletes what retention no longer keeps, a little at a time.
func (s *Server) purge(ctx context.Context) error {
	timer := time.NewTimer(purgeEvery)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		more, err := s.store.Purge(ctx, purgeStep)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "old rows could not be deleted", "error", err)
		}
		next := purgeEvery
		if more {
			next = purgePause
		}
		timer.Reset(next)
	}
}

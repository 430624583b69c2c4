package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/store"
)

const (
	// maxSkew is how far this machine's clock may be from the database's without a word.
	maxSkew = 2 * time.Second
	// clockEvery is how often they are compared.
	clockEvery = 10 * time.Second
)

// clockWatch compares this machine's clock with the database's, which all nodes share:
// by the difference, mutes end and requests expire too soon or too late here.
type clockWatch struct {
	store store.Store
	clock func() time.Time
	log   *slog.Logger
	ahead prometheus.Gauge
	// differs is set from a warning until it is over.
	differs bool
}

func newClockWatch(st store.Store, clock func() time.Time, log *slog.Logger, metrics prometheus.Registerer) *clockWatch {
	w := &clockWatch{store: st, clock: clock, log: log, ahead: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_clock_ahead_seconds", Help: "How far this machine's clock is ahead of the database's; negative if it is behind.",
	})}
	metrics.MustRegister(w.ahead)
	return w
}

// run compares until ctx ends.
func (w *clockWatch) run(ctx context.Context) error {
	ticker := time.NewTicker(clockEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			w.check(ctx)
		}
	}
}

// check says once that the clocks begin to differ, and once that they no longer do.
func (w *clockWatch) check(ctx context.Context) {
	skew, known := w.skew(ctx)
	if !known {
		return
	}
	w.ahead.Set(skew.Seconds())
	switch {
	case !w.differs && skew.Abs() > maxSkew:
		w.differs = true
		w.log.WarnContext(ctx, "this machine's clock differs from the database's; set both by NTP", "ahead", skew.Round(time.Second))
	case w.differs && skew.Abs() < maxSkew/2: // else it would come and go
		w.differs = false
		w.log.InfoContext(ctx, "this machine's clock agrees with the database's again", "ahead", skew.Round(time.Millisecond))
	}
}

// skew is how far the clock is ahead of the database's, to within half the time that
// the question takes. It is not known if the database is away, of which others tell, or
// takes too long.
func (w *clockWatch) skew(ctx context.Context) (skew time.Duration, known bool) {
	var before, after, shared time.Time
	err := w.store.View(ctx, func(tx store.Tx) (err error) {
		before = w.clock()
		shared, err = tx.EngineTime(ctx)
		after = w.clock()
		return err
	})
	took := after.Sub(before)
	return before.Add(took / 2).Sub(shared), err == nil && took < maxSkew
}

package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/store"
)

// ClockCheck is what a node does again and again about its clock.
func ClockCheck(st store.Store, clock func() time.Time, log *slog.Logger, metrics prometheus.Registerer) func(context.Context) {
	return newClockWatch(st, clock, log, metrics).check
}

// Purge is what a node does about retention.
var Purge = purge

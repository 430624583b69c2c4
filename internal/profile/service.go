// Package profile holds the operations on profiles (service profile).
package profile

import (
	"log/slog"
	"time"

	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct{ Options }

// Options of a service.
type Options struct {
	Store store.Store
	Hooks event.Hooks
	Guard *policy.Guard
	Clock func() time.Time
	Log   *slog.Logger
}

// New makes a service.
func New(o Options) *Service { return &Service{o} }

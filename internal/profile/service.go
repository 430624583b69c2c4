// Package profile holds the operations on profiles (service profile).
package profile

import (
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
	hooks event.Hooks
}

// New makes a service.
func New(s store.Store, hooks event.Hooks) *Service { return &Service{s, hooks} }

// Package app holds the operations on apps, the tenants: their creation, their
// settings and their webhooks. It keeps all of them in memory, since every
// request asks for one; a change is stored first and seen by everybody at once.
package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Errors of the registry.
var (
	// ErrNotFound means that no app has that SDKAppID.
	ErrNotFound = errors.New("no such app")
	// ErrExists means that another app has that SDKAppID.
	ErrExists = errors.New("an app with this SDKAppID exists already")
)

// InvalidError says which setting is wrong and what would be right.
type InvalidError struct{ Setting, Reason string }

// Error names the setting and the reason.
func (e *InvalidError) Error() string { return e.Setting + ": " + e.Reason }

// Registry knows all apps.
type Registry struct {
	store store.Store
	clock func() time.Time
	// onChange hears of an app whose settings have changed.
	onChange func(chat.SDKAppID)

	writing sync.Mutex   // one change at a time
	mu      sync.RWMutex // guards apps
	apps    map[chat.SDKAppID]*chat.App
}

// Load reads all apps.
func Load(ctx context.Context, s store.Store, clock func() time.Time) (*Registry, error) {
	r := &Registry{store: s, clock: clock, onChange: func(chat.SDKAppID) {}, apps: make(map[chat.SDKAppID]*chat.App)}
	err := s.View(ctx, func(tx store.Tx) error {
		apps, err := tx.ListApps(ctx)
		for _, a := range apps {
			r.apps[a.SDKAppID] = a
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read apps: %w", err)
	}
	return r, nil
}

// OnChange sets who hears of changed settings. It is set once, before the first
// change.
func (r *Registry) OnChange(fn func(chat.SDKAppID)) { r.onChange = fn }

// Get returns an app, nil if there is none. What it points to never changes.
func (r *Registry) Get(id chat.SDKAppID) *chat.App {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.apps[id]
}

// List returns all apps, lowest SDKAppID first.
func (r *Registry) List() []*chat.App {
	r.mu.RLock()
	defer r.mu.RUnlock()
	apps := make([]*chat.App, 0, len(r.apps))
	for _, a := range r.apps {
		apps = append(apps, a)
	}
	slices.SortFunc(apps, func(a, b *chat.App) int { return int(a.SDKAppID - b.SDKAppID) })
	return apps
}

// New describes an app to create. Zero fields are chosen: the next free
// SDKAppID, a random key, the administrator "administrator".
type New struct {
	SDKAppID       chat.SDKAppID
	SecretKey      string
	Administrators []string
}

const (
	firstSDKAppID        = 1400000001
	defaultAdministrator = "administrator"
	minSecretKeyBytes    = 8
	maxSecretKeyBytes    = 256
	maxAdministrators    = 100
	maxTokenBytes        = 256
)

// Create makes an app with default settings and imports its administrators.
func (r *Registry) Create(ctx context.Context, n New) (*chat.App, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	a := clone(&chat.App{
		SDKAppID: n.SDKAppID, SecretKey: n.SecretKey, Administrators: n.Administrators,
		Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook(),
	})
	if a.SDKAppID == 0 {
		a.SDKAppID = r.free()
	}
	if a.SecretKey == "" {
		a.SecretKey = newSecretKey()
	}
	if len(a.Administrators) == 0 {
		a.Administrators = []string{defaultAdministrator}
	}
	if err := check(a); err != nil {
		return nil, err
	}
	err := r.store.Update(ctx, func(tx store.Tx) error {
		a.CreateTime = tx.Now() // as it is stored
		if err := tx.CreateApp(ctx, a); err != nil {
			return err
		}
		return importAdministrators(ctx, tx, a)
	})
	if errors.Is(err, store.ErrExists) {
		return nil, ErrExists
	}
	if err != nil {
		return nil, fmt.Errorf("create app: %w", err)
	}
	r.put(a)
	return a, nil
}

// Change stores what change makes of an app. change gets a copy; if it fails or
// leaves the app invalid, nothing changes. SDKAppID, key and creation time stay
// whatever change does.
func (r *Registry) Change(ctx context.Context, id chat.SDKAppID, change func(*chat.App) error) (*chat.App, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	old := r.Get(id)
	if old == nil {
		return nil, ErrNotFound
	}
	a := clone(old)
	if err := change(a); err != nil {
		return nil, err
	}
	a = clone(a) // which change may have kept
	a.SDKAppID, a.SecretKey, a.CreateTime = old.SDKAppID, old.SecretKey, old.CreateTime
	if err := check(a); err != nil {
		return nil, err
	}
	err := r.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.UpdateApp(ctx, a); err != nil {
			return err
		}
		return importAdministrators(ctx, tx, a)
	})
	if err != nil {
		return nil, fmt.Errorf("change app %d: %w", id, err)
	}
	r.put(a)
	r.onChange(id)
	return a, nil
}

func (r *Registry) put(a *chat.App) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.apps[a.SDKAppID] = a
}

func (r *Registry) free() chat.SDKAppID {
	id := chat.SDKAppID(firstSDKAppID)
	for r.Get(id) != nil {
		id++
	}
	return id
}

// importAdministrators gives administrators the accounts that they send from.
func importAdministrators(ctx context.Context, tx store.Tx, a *chat.App) error {
	accounts := make([]chat.AccountUpdate, 0, len(a.Administrators))
	for _, id := range a.Administrators {
		accounts = append(accounts, chat.AccountUpdate{UserID: id})
	}
	return tx.PutAccounts(ctx, a.SDKAppID, accounts)
}

// newSecretKey makes a key in the form that the public cloud gives out: 64
// hexadecimal digits.
func newSecretKey() string {
	key := make([]byte, 32)
	rand.Read(key) // documented never to fail
	return hex.EncodeToString(key)
}

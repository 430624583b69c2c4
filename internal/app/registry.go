// Package app holds the operations on apps, the tenants: their creation, their
// settings and their webhooks. It keeps all of them in memory, since every
// request asks for one; a change is stored first and seen by everybody at once, on
// other nodes as soon as they have heard of it and read it.
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

	"github.com/parley-im/parley/internal/bus"
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
	// bus leads to the registries of other nodes, nil if there are none.
	bus  *bus.Bus
	poll time.Duration

	writing sync.Mutex   // one change, or reading of changes, at a time
	mu      sync.RWMutex // guards apps
	apps    map[chat.SDKAppID]*chat.App
}

// Load reads all apps.
func Load(ctx context.Context, s store.Store, clock func() time.Time) (*Registry, error) {
	r := &Registry{store: s, clock: clock, onChange: func(chat.SDKAppID) {}, poll: pollInterval, apps: make(map[chat.SDKAppID]*chat.App)}
	if err := r.read(ctx); err != nil {
		return nil, err
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
	return r.create(ctx, n, func(store.Tx) error { return nil })
}

// Bootstrap makes the first app. It returns nil if there is one, be it that another
// node has just made it.
func (r *Registry) Bootstrap(ctx context.Context, n New) (*chat.App, error) {
	a, err := r.create(ctx, n, func(tx store.Tx) error {
		apps, err := tx.ListApps(ctx)
		if err == nil && len(apps) > 0 {
			return ErrExists
		}
		return err
	})
	if errors.Is(err, ErrExists) {
		return nil, r.read(ctx)
	}
	return a, err
}

// create makes an app if may, which is asked in the same transaction, does not fail.
func (r *Registry) create(ctx context.Context, n New, may func(store.Tx) error) (*chat.App, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	draft := clone(&chat.App{
		SDKAppID: n.SDKAppID, SecretKey: n.SecretKey, Administrators: n.Administrators,
		Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook(),
	})
	if draft.SDKAppID == 0 {
		draft.SDKAppID = r.free()
	}
	if draft.SecretKey == "" {
		draft.SecretKey = newSecretKey()
	}
	if len(draft.Administrators) == 0 {
		draft.Administrators = []string{defaultAdministrator}
	}
	if err := check(draft); err != nil {
		return nil, err
	}
	var a *chat.App
	err := r.store.Update(ctx, func(tx store.Tx) error {
		if err := may(tx); err != nil {
			return err
		}
		a = clone(draft)
		a.CreateTime = tx.Now() // as it is stored
		if n.SDKAppID == 0 {
			if err := pickID(ctx, tx, a); err != nil {
				return err
			}
		}
		if err := tx.CreateApp(ctx, a); err != nil {
			return err
		}
		return importAdministrators(ctx, tx, a)
	})
	if errors.Is(err, store.ErrExists) || errors.Is(err, ErrExists) {
		return nil, ErrExists
	}
	if err != nil {
		return nil, fmt.Errorf("create app: %w", err)
	}
	r.put(a)
	r.publish()
	return a, nil
}

// pickID gives an app the next SDKAppID that no other node has given out either.
func pickID(ctx context.Context, tx store.Tx, a *chat.App) error {
	for {
		_, err := tx.App(ctx, a.SDKAppID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		a.SDKAppID++
	}
}

// Change stores what change makes of an app as it is stored now, also if another node
// has changed it a moment ago. change gets a copy, perhaps more than once, and must
// not use the store; if it fails or leaves the app invalid, nothing changes. SDKAppID,
// key and creation time stay whatever change does.
func (r *Registry) Change(ctx context.Context, id chat.SDKAppID, change func(*chat.App) error) (*chat.App, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	var a *chat.App
	var refused error
	err := r.store.Update(ctx, func(tx store.Tx) error {
		refused = nil
		old, err := tx.App(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			refused = ErrNotFound
			return refused
		}
		if err != nil {
			return err
		}
		if a, refused = changed(old, change); refused != nil {
			return refused
		}
		if err := tx.UpdateApp(ctx, a); err != nil {
			return err
		}
		return importAdministrators(ctx, tx, a)
	})
	if err != nil && refused != nil {
		return nil, refused
	}
	if err != nil {
		return nil, fmt.Errorf("change app %d: %w", id, err)
	}
	r.put(a)
	r.publish()
	r.onChange(id)
	return a, nil
}

// changed is what change makes of an app.
func changed(old *chat.App, change func(*chat.App) error) (*chat.App, error) {
	a := clone(old)
	if err := change(a); err != nil {
		return nil, err
	}
	a = clone(a) // which change may have kept
	a.SDKAppID, a.SecretKey, a.CreateTime = old.SDKAppID, old.SecretKey, old.CreateTime
	return a, check(a)
}

func (r *Registry) put(a *chat.App) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keepWords(a, r.apps[a.SDKAppID])
	r.apps[a.SDKAppID] = a
}

// keepWords lets an app share its blocked words with what it was before if they are
// the same: the filter made of them is known by their identity.
func keepWords(a, before *chat.App) {
	if before != nil && slices.Equal(a.Settings.BlockedWords, before.Settings.BlockedWords) {
		a.Settings.BlockedWords = before.Settings.BlockedWords
	}
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

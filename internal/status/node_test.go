package status_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

// fixture is a store that two nodes share, and what apps are told.
type fixture struct {
	*testing.T

	store    store.Store
	app      *chat.App
	one, two *status.Service
	// first is the name under which node one is known; a node that was taken for dead
	// gets another.
	first string
	told  []string // filled by Record, which runs in the turns of the store
}

// Ask answers nothing.
func (f *fixture) Ask(context.Context, *chat.App, event.Event) event.Answer { return event.Answer{} }

// Record notes changes of state.
func (f *fixture) Record(_ *chat.App, happened event.Event) []event.Outgoing {
	if e, ok := happened.(event.StateChanged); ok {
		f.told = append(f.told, fmt.Sprintf("%s %s %s others=%v", e.Caller.UserID, e.Action, e.Reason, e.Others))
	}
	return nil
}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, app: &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings()}, first: "one"}
	f.app.Settings.MaxWebInstances = 10
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f.store = db
	f.one = status.New(db, f, func() string { return f.first })
	f.two = status.New(db, f, func() string { return "two" })
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.SeeNode(ctx, &store.Node{ID: "one"}); err != nil {
			return err
		}
		return tx.SeeNode(ctx, &store.Node{ID: "two"})
	})
	return f
}

func (f *fixture) update(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }))
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// login logs alice in on a node.
func (f *fixture) login(at *status.Service, key string) chat.Caller {
	f.Helper()
	caller := chat.Caller{App: f.app, UserID: "alice", Platform: chat.PlatformWeb}
	made, err := at.Login(f.Context(), caller, key, time.Now().Add(time.Hour))
	f.must(err)
	caller.Instance = made.Instance
	return caller
}

// hears checks what the app was told since the last time.
func (f *fixture) hears(want ...string) {
	f.Helper()
	if diff := cmp.Diff(want, f.told); diff != "" {
		f.Errorf("the app was told (-want +got):\n%s", diff)
	}
	f.told = nil
}

// bury takes a node off the list and gives its sessions to node two.
func (f *fixture) bury(node string) (users []string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.ForgetNode(ctx, node); err != nil {
			return err
		}
		found, err := tx.AbandonSessions(ctx, "two", time.Now().Add(-time.Minute))
		users = nil
		for _, s := range found[f.app.SDKAppID] {
			users = append(users, s.UserID)
		}
		return err
	})
	return users
}

func (f *fixture) online() bool {
	f.Helper()
	found, err := f.one.Get(f.Context(), chat.Caller{App: f.app}, []string{"alice"})
	f.must(err)
	return found["alice"].Online
}

func TestClientOfADeadNode(t *testing.T) {
	t.Parallel()
	const login, timeOut = "alice Login Register others=false", "alice Disconnect TimeOut others=false"
	t.Run("does not return", func(t *testing.T) {
		t.Parallel()
		f := start(t)
		alice := f.login(f.one, "a")
		f.hears(login)
		if users := f.bury("one"); !slices.Equal(users, []string{"alice"}) {
			t.Fatalf("sessions of %v were taken over", users)
		}
		f.must(f.one.Gone(t.Context(), alice, status.TimeOut)) // the old node knows nothing of it yet
		f.hears()
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.hears(timeOut)
		if f.online() {
			t.Error("she is online all the same")
		}
	})
	t.Run("returns elsewhere", func(t *testing.T) {
		t.Parallel()
		f := start(t)
		alice := f.login(f.two, "a")
		f.hears(login)
		f.must(f.one.Connected(t.Context(), alice))
		f.must(f.two.Disconnected(t.Context(), alice, time.Now()))
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.hears()
		if !f.online() {
			t.Error("she is not online")
		}
	})
	t.Run("returns after the app was told", func(t *testing.T) {
		t.Parallel()
		f := start(t)
		alice := f.login(f.one, "a")
		f.bury("one")
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.must(f.two.Connected(t.Context(), alice))
		f.must(f.two.Connected(t.Context(), alice))
		f.hears(login, timeOut, login)
	})
	t.Run("never noticed", func(t *testing.T) {
		t.Parallel()
		f := start(t)
		alice, moved := f.login(f.one, "a"), f.login(f.one, "b")
		f.told = nil
		f.bury("one")
		f.must(f.two.Connected(t.Context(), moved))
		f.first = "one again"
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.SeeNode(ctx, &store.Node{ID: f.first}) })
		f.must(f.one.StillConnected(t.Context(), alice, "a"))
		f.must(f.one.StillConnected(t.Context(), moved, "b")) // who has gone elsewhere
		f.must(f.one.Disconnected(t.Context(), moved, time.Now()))
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.must(f.one.Gone(t.Context(), moved, status.TimeOut))
		f.hears()
	})
	t.Run("another client stays", func(t *testing.T) {
		t.Parallel()
		f := start(t)
		alice := f.login(f.one, "a")
		f.login(f.two, "b")
		f.told = nil
		f.bury("one")
		f.must(f.two.Gone(t.Context(), alice, status.TimeOut))
		f.hears("alice Disconnect TimeOut others=true")
	})
}

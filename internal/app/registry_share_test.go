package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

// TestNodes: registries of several nodes that share one PostgreSQL.
func TestNodes(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	for name, test := range map[string]func(*testing.T, string){
		"changes are heard of over NATS":        testHeard,
		"changes are read without NATS":         testPolled,
		"changes on several nodes at once":      testChangesAtOnce,
		"first app of nodes that start at once": testFirstApp,
		"apps made on several nodes at once":    testCreatedAtOnce,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server.Database(t))
		})
	}
}

// node is a registry with a store of its own.
func node(tb testing.TB, url string) *app.Registry {
	tb.Helper()
	s, err := postgres.Open(tb.Context(), postgres.Options{URL: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close the store: %v", err)
		}
	})
	r, err := app.Load(tb.Context(), s, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// run lets a registry follow the others until the test ends.
func run(tb testing.TB, r *app.Registry) {
	tb.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := r.Run(ctx, slog.New(slog.DiscardHandler)); err != nil {
			tb.Errorf("run: %v", err)
		}
	})
	tb.Cleanup(func() { stop(); running.Wait() })
}

func eventually(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(testkit.Patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("not so: %s", what)
		}
	}
}

func testHeard(t *testing.T, url string) {
	t.Helper()
	nats := testkit.StartNATS(t, 1)
	nodes := []*app.Registry{node(t, url), node(t, url)}
	heard := make(chan chat.SDKAppID, 100)
	nodes[1].OnChange(func(id chat.SDKAppID) { heard <- id })
	for _, r := range nodes {
		b, err := bus.Dial(bus.Options{URL: nats.URL(), Installation: "test", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		r.Join(b)
		r.PollEvery(time.Hour)
		run(t, r)
	}
	a, err := nodes[0].Create(t.Context(), app.New{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new app is known", func() bool { return nodes[1].Get(a.SDKAppID) != nil })
	for rate := range 20 {
		change(t, nodes[0], a.SDKAppID, func(a *chat.App) { a.Settings.GroupRate, a.Webhook.URL = rate, "http://receiver.test/" })
		eventually(t, "the change is in force", func() bool { return nodes[1].Get(a.SDKAppID).Settings.GroupRate == rate })
	}
	if id := <-heard; id != a.SDKAppID {
		t.Errorf("app %d changed", id)
	}
	words := []string{"word"}
	change(t, nodes[0], a.SDKAppID, func(a *chat.App) { a.Settings.BlockedWords = words })
	eventually(t, "the word is known", func() bool { return len(nodes[1].Get(a.SDKAppID).Settings.BlockedWords) == 1 })
	first := &nodes[1].Get(a.SDKAppID).Settings.BlockedWords[0]
	change(t, nodes[0], a.SDKAppID, func(a *chat.App) { a.Settings.GroupRate = 100 })
	eventually(t, "the rate is known", func() bool { return nodes[1].Get(a.SDKAppID).Settings.GroupRate == 100 })
	if &nodes[1].Get(a.SDKAppID).Settings.BlockedWords[0] != first {
		t.Error("words that did not change are others")
	}
}

func change(tb testing.TB, r *app.Registry, id chat.SDKAppID, fn func(*chat.App)) {
	tb.Helper()
	if _, err := r.Change(tb.Context(), id, func(a *chat.App) error { fn(a); return nil }); err != nil {
		tb.Errorf("change: %v", err)
	}
}

func testPolled(t *testing.T, url string) {
	t.Helper()
	nodes := []*app.Registry{node(t, url), node(t, url)}
	nodes[1].PollEvery(10 * time.Millisecond)
	run(t, nodes[1])
	a, err := nodes[0].Create(t.Context(), app.New{})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new app is known", func() bool { return nodes[1].Get(a.SDKAppID) != nil })
}

// testChangesAtOnce: nobody undoes what another node has just changed, although he has
// not heard of it.
func testChangesAtOnce(t *testing.T, url string) {
	t.Helper()
	first := node(t, url)
	a, err := first.Create(t.Context(), app.New{})
	if err != nil {
		t.Fatal(err)
	}
	nodes := []*app.Registry{first, node(t, url), node(t, url)}
	const many = 20
	var changing sync.WaitGroup
	for i, r := range nodes {
		changing.Go(func() {
			for n := range many {
				change(t, r, a.SDKAppID, func(a *chat.App) {
					a.Settings.GroupRate++
					a.Administrators = append(a.Administrators, fmt.Sprintf("admin-%d-%d", i, n))
				})
			}
		})
	}
	changing.Wait()
	got := node(t, url).Get(a.SDKAppID)
	if want := a.Settings.GroupRate + 3*many; got.Settings.GroupRate != want {
		t.Errorf("the rate is %d, want %d", got.Settings.GroupRate, want)
	}
	if want := 1 + 3*many; len(got.Administrators) != want {
		t.Errorf("there are %d administrators, want %d", len(got.Administrators), want)
	}
}

func testFirstApp(t *testing.T, url string) {
	t.Helper()
	nodes := make([]*app.Registry, 4)
	for i := range nodes {
		nodes[i] = node(t, url)
	}
	made := make([]*chat.App, len(nodes))
	var starting sync.WaitGroup
	for i, r := range nodes {
		starting.Go(func() {
			var err error
			if made[i], err = r.Bootstrap(t.Context(), app.New{SDKAppID: 1400000001}); err != nil {
				t.Errorf("bootstrap: %v", err)
			}
		})
	}
	starting.Wait()
	count, key := 0, nodes[0].Get(1400000001).SecretKey
	for i, r := range nodes {
		if made[i] != nil {
			count++
		}
		if list := r.List(); len(list) != 1 || list[0].SecretKey != key {
			t.Errorf("node %d has %d apps, or another key", i, len(list))
		}
	}
	if count != 1 {
		t.Errorf("%d nodes have made the first app", count)
	}
}

func testCreatedAtOnce(t *testing.T, url string) {
	t.Helper()
	nodes := []*app.Registry{node(t, url), node(t, url)}
	var creating sync.WaitGroup
	for _, r := range nodes {
		for range 5 {
			creating.Go(func() {
				if _, err := r.Create(t.Context(), app.New{}); err != nil {
					t.Errorf("create: %v", err)
				}
			})
		}
	}
	creating.Wait()
	if got := len(node(t, url).List()); got != 10 {
		t.Errorf("there are %d apps, want 10", got)
	}
}

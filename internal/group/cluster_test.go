package group_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// TestNodes: what several services do that share a database.
func TestNodes(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	for name, test := range map[string]func(*testing.T, *testkit.Postgres){
		"a node remembers nothing that another has changed": testRemembered,
		"a group that changes without a pause":              testChangesElsewhere,
		"a message repeated on other nodes":                 testRepeatedElsewhere,
		"a refusal that may not be recorded":                testRefusalLost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, server)
		})
	}
}

// startNodes is the operations of several nodes that share one PostgreSQL, each with
// memory of its own.
func startNodes(t testing.TB, server *testkit.Postgres, n int) []*fixture {
	t.Helper()
	return startNodesOn(t, server.Database(t), n)
}

func startNodesOn(t testing.TB, url string, n int) []*fixture {
	t.Helper()
	app := &chat.App{SDKAppID: 1400000001, Administrators: []string{admin}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	app.Settings.GroupRate = 0
	nodes := make([]*fixture, n)
	for i := range nodes {
		f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: &hooks{nonces: uint32(i) << 24}, app: app}
		db, err := postgres.Open(t.Context(), postgres.Options{URL: url, Clock: f.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		f.store, f.accounts = db, account.New(db)
		if f.groups, err = group.New(group.Options{
			Store: db, Hooks: f.hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
		}); err != nil {
			t.Fatal(err)
		}
		nodes[i] = f
	}
	nodes[0].imports(admin, "alice", "bob", "carol")
	return nodes
}

// testRefusalLost: a sender whose refusal may not be recorded for the app's backend is
// told to try again.
func testRefusalLost(t *testing.T, server *testkit.Postgres) {
	t.Helper()
	link := testkit.NewLink(t, server.Addr)
	f := startNodesOn(t, strings.Replace(server.Database(t), server.Addr, link.Addr, 1), 1)[0]
	f.app.Settings.BlockedWords = []string{"damn"}
	f.app.Webhook.URL, f.app.Webhook.On = "http://receiver.test/", []string{"Group.CallbackSendMsgException"}
	f.create("g", chat.Public)
	refused := func() error { return f.trySend(f.say("g", "damn")) }
	f.refused("recorded", refused(), chat.ErrBlockedContent)

	link.DropAnswers("COMMIT")
	failed := make(chan error)
	go func() { failed <- refused() }()
	for deadline := time.Now().Add(testkit.Patience); link.Answers(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the refusal is not recorded")
		}
	}
	link.Refuse()
	err := <-failed
	f.refused("perhaps recorded", err, chat.ErrInternal)
	if !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("the sender is told %q", err)
	}
	link.Heal(t)
	f.refused("recorded again", refused(), chat.ErrBlockedContent)
}

// testRemembered: what one node remembers of a sender lets
// nothing pass that another node has forbidden.
func testRemembered(t *testing.T, server *testkit.Postgres) {
	t.Helper()
	nodes := startNodes(t, server, 2)
	here, there := nodes[0], nodes[1]
	here.create("g", chat.Public, "bob", "carol")
	say := func(f *fixture) error {
		r := f.say("g", "hello")
		r.From = "bob"
		_, err := f.groups.Send(f.Context(), f.client("bob"), r)
		return err
	}
	for round := range 5 {
		here.must(say(here)) // it is remembered now that bob may
		seconds := uint32(chat.MuteForever)
		there.must(there.groups.Mute(there.Context(), there.rest(), "g", "", []string{"bob"}, &seconds))
		here.refused(fmt.Sprintf("muted, round %d", round), say(here), chat.ErrMuted)
		seconds = 0
		there.must(there.groups.Mute(there.Context(), there.rest(), "g", "", []string{"bob"}, &seconds))
	}
	here.must(say(here))
	_, err := there.accounts.Delete(there.Context(), there.rest(), []string{"bob"})
	there.must(err)
	if err := say(here); err == nil {
		t.Error("an account that another node has deleted sends")
	}
	there.must(there.groups.Destroy(there.Context(), there.rest(), "g"))
	here.refused("destroyed", here.trySend(here.say("g", "hello")), chat.ErrGroupNotFound)
	there.create("g", chat.Public, "carol")
	here.must(here.trySend(here.say("g", "hello")))
	equal(here, "what the new group holds", here.said("g"), []string{admin + ": hello"})
}

// testChangesElsewhere: somebody who changes a group
// as fast as he can keeps nobody on other nodes from sending.
func testChangesElsewhere(t *testing.T, server *testkit.Postgres) {
	t.Helper()
	nodes := startNodes(t, server, 3)
	nodes[0].create("g", chat.Public, "bob", "carol")
	var done atomic.Bool
	var changes atomic.Int64
	var changing, sending sync.WaitGroup
	for _, f := range nodes[:2] {
		changing.Go(func() {
			for i := 0; !done.Load(); i++ {
				seconds := uint32(i % 2)
				if err := f.groups.Mute(f.Context(), f.rest(), "g", "", []string{"carol"}, &seconds); err != nil {
					t.Errorf("mute: %v", err)
					return
				}
				changes.Add(1)
			}
		})
	}
	for _, f := range nodes[1:] {
		for range 2 {
			sending.Go(func() {
				for range 25 {
					r := f.say("g", "hello")
					r.From = "bob"
					if err := f.trySend(r); err != nil {
						t.Errorf("send: %v", err)
					}
				}
			})
		}
	}
	sending.Wait()
	during := changes.Load()
	done.Store(true)
	changing.Wait()
	equal(nodes[0], "messages", len(nodes[0].said("g")), 100)
	if during == 0 {
		t.Error("the group did not change")
	}
}

// testRepeatedElsewhere: a message that its sender repeats on another node
// is stored once, and he is told the same.
func testRepeatedElsewhere(t *testing.T, server *testkit.Postgres) {
	t.Helper()
	nodes := startNodes(t, server, 3)
	nodes[0].create("g", chat.Public)
	for nonce := range uint32(10) {
		results := make([]group.Sent, len(nodes))
		errs := make([]error, len(nodes))
		var wg sync.WaitGroup
		for i, f := range nodes {
			wg.Go(func() { results[i], errs[i] = f.groups.Send(f.Context(), f.rest(), f.repeat("g", "hello", nonce)) })
		}
		wg.Wait()
		nodes[0].must(errors.Join(errs...))
		for _, got := range results {
			equal(nodes[0], "told", got, results[0])
		}
	}
	equal(nodes[0], "messages", len(nodes[0].said("g")), 10)
}

// TestSendWhileDatabaseIsAway: the app is not told that a message could not be
// sent when nobody knows that, and the sender need not wait for the telling.
func TestSendWhileDatabaseIsAway(t *testing.T) {
	t.Parallel()
	server := testkit.StartPostgres(t, "fsync=off")
	f := startNodes(t, server, 1)[0]
	f.app.Webhook.URL, f.app.Webhook.On = "http://receiver.test/", []string{"Group.CallbackSendMsgException"}
	f.create("g", chat.Public)
	f.send(f.say("g", "before"))
	server.Kill()
	f.refused("send", f.trySend(f.say("g", "while it is away")), chat.ErrInternal)
	for _, happened := range f.hooks.heard {
		if _, ok := happened.(event.GroupMessageRefused); ok {
			t.Error("the app is told that the message was refused")
		}
	}
}

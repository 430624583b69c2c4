package server_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/server"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/testkit"
)

const purgeApp = chat.SDKAppID(1400000001)

// purgingNode is a node that purges, by a clock of its own.
type purgingNode struct {
	*testing.T

	store  store.Store
	member *cluster.Member
	ahead  atomic.Int64 // how far its clock is, a time.Duration
	asked  atomic.Int32 // how often it looked whether it is to purge
	die    func()       // it ends without leaving
}

func startPurging(t *testing.T, url string) *purgingNode {
	t.Helper()
	n := &purgingNode{T: t}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	clock := func() time.Time { return time.Now().Add(time.Duration(n.ahead.Load())) }
	st, err := postgres.Open(t.Context(), postgres.Options{URL: url, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	n.store, n.member = st, cluster.New(cluster.Options{Store: st, Name: rand.Text(), Log: log})
	if err := n.member.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	holds := func(part int) bool {
		n.asked.Add(1)
		return n.member.Holds(part)
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.member.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	running.Go(func() {
		if err := server.Purge(ctx, st, holds, 10*time.Millisecond, log); err != nil {
			t.Error(err)
		}
	})
	n.die = sync.OnceFunc(func() {
		_ = st.Close() // so that it cannot leave
		cancel()
		running.Wait()
	})
	t.Cleanup(n.die)
	return n
}

// login stores a session that ends at a time.
func (n *purgingNode) login(key string, end time.Time) {
	n.Helper()
	if err := n.store.Update(n.Context(), func(tx store.Tx) error {
		return tx.CreateSession(n.Context(), purgeApp, &chat.Session{Key: key, UserID: key, LoginTime: tx.Now(), ExpireTime: end})
	}); err != nil {
		n.Fatal(err)
	}
}

// keeps reports whether a session is still stored.
func (n *purgingNode) keeps(key string) bool {
	n.Helper()
	err := n.store.View(n.Context(), func(tx store.Tx) error {
		_, err := tx.Session(n.Context(), purgeApp, key)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		n.Fatal(err)
	}
	return err == nil
}

// looks waits until the node has had time to purge.
func (n *purgingNode) looks() {
	n.Helper()
	before := n.asked.Load()
	n.await("the node looks whether it is to purge", func() bool { return n.asked.Load() > before+2 })
}

func (n *purgingNode) await(what string, there func() bool) {
	n.Helper()
	for begun := time.Now(); !there(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > testkit.Patience {
			n.Fatalf("%s: not within %s", what, testkit.Patience)
		}
	}
}

// TestOneNodePurges: of two nodes only one purges, and when it dies the other goes on.
// What has ended by the clock of the second alone shows which of them did.
func TestOneNodePurges(t *testing.T) {
	t.Parallel()
	url := testkit.StartPostgres(t, "fsync=off").Database(t)
	first, second := startPurging(t, url), startPurging(t, url)
	first.await("the parts are shared", func() bool {
		return first.member.State().Held == cluster.Parts/2 && second.member.State().Held == cluster.Parts/2
	})
	if second.member.Holds(0) {
		first, second = second, first
	}
	first.login("past", time.Now().Add(-time.Hour))
	first.await("the first node purges", func() bool { return !first.keeps("past") })
	second.ahead.Store(int64(time.Hour))
	first.login("soon", time.Now().Add(time.Hour/2))
	second.looks()
	if !first.keeps("soon") {
		t.Error("the second node purges as well")
	}
	first.die()
	second.await("the second node purges in place of the first", func() bool { return !second.keeps("soon") })
}

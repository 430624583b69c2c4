package c2c_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) sync(userID, cookie string) c2c.Sync {
	f.Helper()
	sync, err := f.pairs.Sync(f.Context(), f.client(userID), cookie)
	f.must(err)
	return sync
}

func (f *fixture) notify(userID string, kind chat.NoticeType) (id int64) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		n := &chat.Notice{UserID: userID, Type: kind, GroupID: "g"}
		err := tx.AddNotice(ctx, f.app.SDKAppID, n)
		id = n.ID
		return err
	})
	return id
}

func TestSyncAtLogin(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.account("@TOA#_news", "bob")
	empty := f.sync("bob", "")
	equal(f, "nothing yet", []int{len(empty.Messages), len(empty.Unread), len(empty.Notices)}, []int{0, 0, 0})
	equal(f, "a cookie", empty.Cookie != "", true)
	f.say("alice", "bob", "1")
	f.must(f.pairs.Read(t.Context(), f.client("bob"), []c2c.ReadRequest{{Peer: "alice", Until: f.clock.Now().Unix()}}))
	f.clock.Advance(time.Second)
	f.say("alice", "bob", "2")
	f.broadcast("@TOA#_news", "3")
	f.say("bob", "carol", "mine")
	f.say("carol", "bob", "4")
	first := f.notify("bob", chat.NoticeInvited)
	f.notify("carol", chat.NoticeInvited)
	got := f.sync("bob", "")
	equal(f, "what is unread, oldest first", said(f, got.Messages), []string{"alice: 2", "@TOA#_news: 3", "carol: 4"})
	equal(f, "to whom", got.Messages[1].To, "bob")
	equal(f, "counts", f.unread("bob"), map[string]int{"alice": 1, "@TOA#_news": 1, "carol": 1})
	equal(f, "notices", []int64{got.Notices[0].ID, int64(len(got.Notices))}, []int64{first, 1})
	equal(f, "how the account is shown", got.Persons["@TOA#_news"].Nick, "news")
	f.must(f.pairs.ForgetNotices(t.Context(), f.client("bob"), []int64{first}))
	equal(f, "notices that were forgotten", len(f.sync("bob", "").Notices), 0)
}

func TestSyncAfterReconnect(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.account("@TOA#_news", "bob")
	f.say("alice", "bob", "before")
	f.notify("bob", chat.NoticeInvited)
	cookie := f.sync("bob", "").Cookie
	for i := range 60 { // more than one page
		f.say("alice", "bob", fmt.Sprint(i))
	}
	f.clock.Advance(time.Minute)
	f.say("bob", "carol", "mine elsewhere")
	f.broadcast("@TOA#_news", "cast")
	second := f.notify("bob", chat.NoticeRemoved)
	got := f.sync("bob", cookie)
	lines := said(f, got.Messages)
	equal(f, "number", len(lines), 62)
	equal(f, "the ends", []string{lines[0], lines[60], lines[61]}, []string{"alice: 0", "bob: mine elsewhere", "@TOA#_news: cast"})
	equal(f, "the receiver of one's own", got.Messages[60].To, "carol")
	equal(f, "new notices", []int64{got.Notices[0].ID, int64(len(got.Notices))}, []int64{second, 1})
	equal(f, "unread in total", got.Unread[0].Count, 61)
	again := f.sync("bob", got.Cookie)
	equal(f, "nothing since", []int{len(again.Messages), len(again.Notices)}, []int{0, 0})
	equal(f, "a cookie of somebody who made it up", len(f.sync("bob", "x").Messages) > 0, true)
}

func TestSyncLimits(t *testing.T) {
	t.Parallel()
	f := start(t)
	cookie := f.sync("bob", "").Cookie
	for i := range 150 {
		f.say("alice", "bob", fmt.Sprint(i))
		f.say("carol", "bob", fmt.Sprint(i))
	}
	for name, c := range map[string]string{"at login": "", "after a reconnect": cookie} {
		got := said(f, f.sync("bob", c).Messages)
		equal(f, "number "+name, len(got), 200)
		equal(f, "the newest "+name, got[199], "carol: 149")
	}
	equal(f, "counts", f.unread("bob"), map[string]int{"alice": 150, "carol": 150})
}

// BenchmarkSync synchronises a client that comes, and one that comes back, with
// unread messages of ten peers.
func BenchmarkSync(b *testing.B) {
	f := start(b)
	cookie := f.sync("bob", "").Cookie
	for i := range 10 {
		id := fmt.Sprintf("user%03d", i)
		f.imports(id)
		for range 5 {
			f.say(id, "bob", "hi")
		}
	}
	for name, c := range map[string]string{"login": "", "reconnect": cookie} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.pairs.Sync(b.Context(), f.client("bob"), c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSend sends one message after the other.
func BenchmarkSend(b *testing.B) {
	f := start(b)
	f.change(func(a *chat.App) { a.Webhook.On = nil })
	for b.Loop() {
		f.say("alice", "bob", "hi")
	}
}

// lagging is a store in which a message may become visible after one that was stored
// later.
type lagging struct {
	store.Store

	lag time.Duration
}

type laggingTx struct {
	store.Tx

	lag time.Duration
}

func (t laggingTx) CommitLag() time.Duration { return t.lag }

func (s lagging) View(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.View(ctx, func(tx store.Tx) error { return fn(laggingTx{tx, s.lag}) })
}

// TestSyncBesideOtherNodes: what another node may have stored before a cookie was given
// and shown after it comes again, and nothing that is older.
func TestSyncBesideOtherNodes(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.pairs = c2c.New(c2c.Options{
		Store: lagging{f.store, 20 * time.Second}, Hooks: f.hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.say("alice", "bob", "long before")
	f.clock.Advance(time.Minute)
	f.say("alice", "bob", "just before")
	cookie := f.sync("bob", "").Cookie
	f.clock.Advance(time.Second)
	f.say("alice", "bob", "after")
	equal(f, "messages", said(f, f.sync("bob", cookie).Messages), []string{"alice: just before", "alice: after"})
}

package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) react(at store.Place, reaction string, users ...string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		for _, id := range users {
			if err := tx.AddReaction(ctx, app, at, reaction, id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) reactions(conversation int64, seqs ...int64) map[int64][]chat.Reaction {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[int64][]chat.Reaction, error) {
		return tx.Reactions(ctx, conversation, seqs)
	})
}

func reactions(f *fixture) {
	f.importAccounts(app, "alice", "bob", "carol")
	f.react(store.Place{Conversation: 1, Seq: 1}, "smile", "carol", "alice")
	f.react(store.Place{Conversation: 1, Seq: 1}, "heart", "bob")
	f.react(store.Place{Conversation: 1, Seq: 1}, "smile", "bob", "carol")
	f.react(store.Place{Conversation: 1, Seq: 2}, "heart", "alice")
	f.react(store.Place{Conversation: 2, Seq: 1}, "smile", "alice")
	equal(f, "reactions", f.reactions(1, 1, 2, 3), map[int64][]chat.Reaction{
		1: {{ID: "smile", Users: []string{"carol", "alice", "bob"}}, {ID: "heart", Users: []string{"bob"}}},
		2: {{ID: "heart", Users: []string{"alice"}}},
	})
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.RemoveReaction(ctx, store.Place{Conversation: 1, Seq: 1}, "heart", "bob"); err != nil {
			return err
		}
		return tx.RemoveReaction(ctx, store.Place{Conversation: 1, Seq: 1}, "heart", "nobody")
	})
	f.deleteAccounts("alice")
	equal(f, "reactions left", f.reactions(1, 1, 2), map[int64][]chat.Reaction{1: {{ID: "smile", Users: []string{"carol", "bob"}}}})
	equal(f, "reactions of nothing", f.reactions(1), map[int64][]chat.Reaction{})
}

func (f *fixture) extend(at store.Place, c store.ExtensionChange) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutExtensions(ctx, at, c) })
}

func (f *fixture) extensions(at store.Place) chat.Extensions {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (chat.Extensions, error) { return tx.Extensions(ctx, at) })
}

func extensions(f *fixture) {
	at := store.Place{Conversation: 1, Seq: 7}
	equal(f, "extensions of nothing", f.extensions(at), chat.Extensions{})
	f.extend(at, store.ExtensionChange{Version: 1, Put: []chat.Extension{{Key: "b", Value: "1", Seq: 1}, {Key: "a", Value: "1", Seq: 1}}})
	f.extend(at, store.ExtensionChange{Version: 2, Put: []chat.Extension{{Key: "b", Seq: 2}, {Key: "c", Value: "2", Seq: 2}}})
	f.extend(store.Place{Conversation: 1, Seq: 8}, store.ExtensionChange{Version: 1, Put: []chat.Extension{{Key: "a", Value: "8", Seq: 1}}})
	equal(f, "extensions", f.extensions(at), chat.Extensions{
		Version: 2, List: []chat.Extension{{Key: "a", Value: "1", Seq: 1}, {Key: "b", Seq: 2}, {Key: "c", Value: "2", Seq: 2}},
	})
	f.extend(at, store.ExtensionChange{Version: 3, ClearVersion: 3, Drop: []string{"a", "b", "c", "none"}})
	equal(f, "extensions after all were dropped", f.extensions(at), chat.Extensions{Version: 3, ClearVersion: 3})

	var put []chat.Extension
	for i, key := range names("key", many) {
		put = append(put, chat.Extension{Key: key, Value: fmt.Sprint(i), Seq: 4})
	}
	f.extend(at, store.ExtensionChange{Version: 4, ClearVersion: 3, Put: put})
	equal(f, "extensions in great number", f.extensions(at), chat.Extensions{Version: 4, ClearVersion: 3, List: put})
	equal(f, "extensions of another message", len(f.extensions(store.Place{Conversation: 1, Seq: 8}).List), 1)
}

func (f *fixture) putRelay(key, body string) error {
	return f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.PutRelay(ctx, app, key, []byte(body)) })
}

// relay is a merged message, empty if there is none.
func (f *fixture) relay(app chat.SDKAppID, key string) string {
	f.Helper()
	body, err := tryGet(f, func(ctx context.Context, tx store.Tx) ([]byte, error) { return tx.Relay(ctx, app, key) })
	if err != nil {
		f.fails("a merged message that is not there", err, store.ErrNotFound)
		return ""
	}
	return string(body)
}

func relays(f *fixture) {
	f.createApp(app, func(s *chat.Settings) { s.MessageRetention = time.Hour })
	f.fails("the first", f.putRelay("k", long(1<<18)), nil)
	f.fails("a key that is taken", f.putRelay("k", "other"), store.ErrExists)
	equal(f, "a merged message", f.relay(app, "k") == long(1<<18), true)
	equal(f, "of another app", f.relay(otherApp, "k"), "")
	f.clock.advance(time.Hour)
	f.fails("the second", f.putRelay("young", "body"), nil)
	f.clock.advance(time.Minute)
	f.purge(1, func() int { return 0 })
	equal(f, "one that is too old", f.relay(app, "k"), "")
	equal(f, "one that is not", f.relay(app, "young"), "body")
}

// marks leave with the messages, and with the conversation.
func purgedMarks(f *fixture) {
	f.createApp(app, func(s *chat.Settings) { s.MessageRetention = time.Hour })
	old, gone := f.group("old"), f.group("gone")
	mark := func(g *chat.Group, seq int64) {
		at := store.Place{Conversation: g.Conversation, Seq: seq}
		f.append(send(g, "hello"))
		f.pin(g, seq, "alice")
		f.react(at, "smile", "alice", "bob")
		f.extend(at, store.ExtensionChange{Version: 1, Put: []chat.Extension{{Key: "a", Value: "1", Seq: 1}, {Key: "b", Seq: 1}}})
		f.putAttributes(g.Conversation, chat.Attributes{Version: 1})
		f.putCounters(g.Conversation, chat.Counters{Version: 1})
	}
	marks := func(g *chat.Group, seq int64) []int {
		x := f.extensions(store.Place{Conversation: g.Conversation, Seq: seq})
		n := 0
		for _, r := range f.reactions(g.Conversation, seq)[seq] {
			n += len(r.Users)
		}
		return []int{n, int(x.Version), len(x.List), len(f.pinned(g)), int(f.attributes(g.Conversation).Version), int(f.counters(g.Conversation).Version)}
	}
	mark(old, 1)
	f.clock.advance(time.Hour + time.Minute)
	mark(old, 2)
	mark(gone, 1)
	f.destroy(gone)
	f.purge(1, func() int { return 0 })
	equal(f, "marks of an old message", marks(old, 1), []int{0, 0, 0, 1, 1, 1})
	equal(f, "marks of a young message", marks(old, 2), []int{2, 1, 2, 1, 1, 1})
	equal(f, "marks of a group that is gone", marks(gone, 1), []int{0, 0, 0, 0, 0, 0})
}

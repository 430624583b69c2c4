package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) putAttributes(conversation int64, a chat.Attributes) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutAttributes(ctx, conversation, a) })
}

func (f *fixture) attributes(conversation int64) chat.Attributes {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (chat.Attributes, error) {
		return tx.Attributes(ctx, conversation)
	})
}

func (f *fixture) putCounters(conversation int64, c chat.Counters) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.PutCounters(ctx, conversation, c) })
}

func (f *fixture) counters(conversation int64) chat.Counters {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (chat.Counters, error) { return tx.Counters(ctx, conversation) })
}

func attributes(f *fixture) {
	g, other := f.group("g"), f.group("other")
	equal(f, "attributes of a new group", f.attributes(g.Conversation), chat.Attributes{})
	equal(f, "counters of a new group", f.counters(g.Conversation), chat.Counters{})

	a := chat.Attributes{Version: 1, List: []chat.Attribute{{Key: "a", Value: `"1"`, Seq: 1}, {Key: "ключ", Value: "", Seq: 1}}}
	c := chat.Counters{Version: 1, List: []chat.Counter{{Key: "likes", Value: 1<<63 - 1}, {Key: "ключ", Value: -1 << 63}}}
	f.putAttributes(g.Conversation, a)
	f.putCounters(g.Conversation, c)
	equal(f, "attributes", f.attributes(g.Conversation), a)
	equal(f, "counters", f.counters(g.Conversation), c)

	a, c = chat.Attributes{Version: 2}, chat.Counters{Version: 2}
	f.putAttributes(g.Conversation, a)
	f.putCounters(g.Conversation, c)
	f.reopen()
	equal(f, "attributes replaced by none", f.attributes(g.Conversation), a)
	equal(f, "counters replaced by none", f.counters(g.Conversation), c)
	equal(f, "attributes of another group", f.attributes(other.Conversation), chat.Attributes{})
}

func (f *fixture) pin(g *chat.Group, seq int64, by string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddPin(ctx, g.Conversation, chat.Pin{Seq: seq, UserID: by, Time: f.clock.Now()})
	})
}

func (f *fixture) pinned(g *chat.Group) []chat.Pin {
	f.Helper()
	pins := get(f, func(ctx context.Context, tx store.Tx) ([]chat.Pin, error) { return tx.Pins(ctx, g.Conversation) })
	for i := range pins {
		pins[i].Time = pins[i].Time.UTC()
	}
	return pins
}

func (f *fixture) unpin(g *chat.Group, seq int64) bool {
	f.Helper()
	return set(f, func(ctx context.Context, tx store.Tx) (bool, error) { return tx.RemovePin(ctx, g.Conversation, seq) })
}

func pins(f *fixture) {
	g, other := f.group("g"), f.group("other")
	for range 4 {
		f.append(send(g, "hello"))
	}
	f.append(send(other, "hello"))
	at := f.clock.Now()
	f.pin(g, 3, "alice")
	f.clock.advance(time.Minute)
	f.pin(g, 1, "bob")
	f.pin(g, 3, "carol")
	f.pin(g, 2, "carol")
	f.pin(other, 1, "alice")
	equal(f, "pins", f.pinned(g), []chat.Pin{
		{Seq: 3, UserID: "alice", Time: at},
		{Seq: 1, UserID: "bob", Time: at.Add(time.Minute)},
		{Seq: 2, UserID: "carol", Time: at.Add(time.Minute)},
	})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.RecallMessages(ctx, g.Conversation, []int64{3}, chat.Recall{Time: f.clock.Now()})
	})
	equal(f, "unpinning", f.unpin(g, 1), true)
	equal(f, "unpinning again", f.unpin(g, 1), false)
	equal(f, "pins of a recalled and an unpinned message", len(f.pinned(g)), 1)
	f.pin(g, 4, "alice")
	equal(f, "a pin whose message is gone", f.unpin(g, 3), false)
	equal(f, "pins of the other group", len(f.pinned(other)), 1)
}

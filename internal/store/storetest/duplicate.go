package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// sent looks an earlier send up.
func (f *fixture) sent(a *store.Append) (store.Appended, error) {
	return tryGet(f, func(ctx context.Context, tx store.Tx) (store.Appended, error) { return tx.Sent(ctx, a.DuplicateKey) })
}

// repeatedSends begins at every point of a slot that an implementation may cut
// time into.
func repeatedSends(f *fixture) {
	g, other := f.group("g"), f.group("other")
	_, err := f.sent(once(g, "hello"))
	f.fails("a send that never was", err, store.ErrNotFound)
	for range 7 {
		first := f.append(once(g, "hello"))
		if first.Duplicate {
			f.Fatal("a first send is taken for a repeated one")
		}
		want := store.Appended{Seq: first.Seq, Time: first.Time, Duplicate: true}
		for _, pause := range []time.Duration{0, time.Minute, chat.DuplicateWindow - time.Minute - time.Millisecond} {
			f.clock.advance(pause)
			equal(f, "repeated", f.append(once(g, "hello")), want)
			found, err := f.sent(once(g, "hello"))
			f.fails("looked up", err, nil)
			equal(f, "looked up", found, want)
		}
		// Not even another conversation of the same moment, or a moved revision,
		// makes it another send.
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.Touch(ctx, g.Conversation) })
		equal(f, "repeated when the revision has moved", f.append(once(g, "hello")), want)
		g = f.stored("g")
		equal(f, "into the other group", f.append(once(other, "hello")).Duplicate, false)
		equal(f, "other words", f.append(once(g, "something else "+f.clock.Now().String())).Duplicate, false)
		equal(f, "without key", f.append(send(g, "hello")).Duplicate, false)
		f.clock.advance(time.Millisecond)
		_, err := f.sent(once(g, "hello"))
		f.fails("looked up after the window", err, store.ErrNotFound)
		f.clock.advance(43 * time.Second)
	}
	texts := make(map[string]int)
	for _, text := range f.said(g.Conversation) {
		texts[text]++
	}
	equal(f, "messages with these words", texts["hello"], 14)
	equal(f, "events", len(f.log(app)), 7*4)
	equal(f, "events heard", len(f.heardOf()), 7*4)
}

func repeatedSendsReopened(f *fixture) {
	g := f.group("g")
	online := once(g, "online")
	online.Sequence = store.Online
	stored, kept := f.append(once(g, "stored")), f.append(online)
	f.clock.advance(chat.DuplicateWindow / 2)
	f.reopen()
	stored.Duplicate, kept.Duplicate = true, true
	equal(f, "a stored message", f.append(once(g, "stored")), stored)
	equal(f, "an online message", f.append(online), kept)
	f.clock.advance(chat.DuplicateWindow)
	f.reopen()
	equal(f, "after the window", f.append(once(g, "stored")), store.Appended{Seq: 2, Time: f.clock.Now()})
	equal(f, "messages", f.said(g.Conversation), map[int64]string{1: "stored", 2: "stored"})
}

// repeatedSendsClockBack: a clock that is corrected by some seconds must not let
// repeated sends through.
func repeatedSendsClockBack(f *fixture) {
	g := f.group("g")
	for range 11 {
		first := f.append(once(g, "hello"))
		f.clock.advance(-20 * time.Second)
		got := f.append(once(g, "hello"))
		equal(f, "repeated", got, store.Appended{Seq: first.Seq, Time: first.Time, Duplicate: true})
		f.clock.advance(chat.DuplicateWindow + time.Minute)
	}
}

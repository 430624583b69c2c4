package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// purge calls Purge until nothing is left and returns how many calls it took.
// rows counts what the test watches: no call may delete more than limit of it.
func (f *fixture) purge(limit int, rows func() int) int {
	f.Helper()
	for calls := 1; calls < 1000; calls++ {
		before := rows()
		more, err := f.store.Purge(f.Context(), limit)
		if err != nil {
			f.Fatalf("purge: %v", err)
		}
		if n := before - rows(); n > max(limit, 1) { // a step of none would have no end
			f.Errorf("a step deleted %d rows, want at most %d", n, limit)
		}
		if !more {
			return calls
		}
	}
	f.Fatal("purging does not end")
	return 0
}

func (f *fixture) createApp(id chat.SDKAppID, set func(*chat.Settings)) {
	f.Helper()
	a := newApp(id)
	a.Settings.MessageRetention, a.Settings.EventRetention, a.Settings.AttemptRetention = 0, 0, 0
	set(&a.Settings)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateApp(ctx, a) })
}

func messageRetention(f *fixture) {
	f.createApp(app, func(s *chat.Settings) { s.MessageRetention = 24 * time.Hour })
	f.createApp(otherApp, func(*chat.Settings) {})
	g, forever := f.group("g"), &chat.Group{ID: "forever", Type: chat.Public}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateGroup(ctx, otherApp, forever) })
	forever.Revision = 1
	for i := range 25 {
		f.append(once(g, fmt.Sprint("old ", i)))
		a := once(forever, fmt.Sprint("kept ", i))
		a.App = otherApp
		f.append(a)
		f.clock.advance(time.Minute)
	}
	f.clock.advance(24*time.Hour - 5*time.Minute) // five of them are not old enough
	f.append(send(g, "new"))
	rows := func() int { return len(f.said(g.Conversation)) }
	if calls := f.purge(4, rows); calls < 5 {
		f.Errorf("20 messages were deleted in %d steps of 4", calls)
	}
	equal(f, "messages", slices.Sorted(f.seqs(g.Conversation)), []int64{21, 22, 23, 24, 25, 26})
	equal(f, "messages that are kept for ever", len(f.said(forever.Conversation)), 25)
	equal(f, "steps when nothing is left", f.purge(4, rows), 1)
	f.clock.advance(time.Minute)
	f.purge(0, rows)
	equal(f, "messages a minute later", slices.Sorted(f.seqs(g.Conversation)), []int64{22, 23, 24, 25, 26})
	equal(f, "next number", f.append(send(g, "newer")).Seq, 27)
}

func eventRetention(f *fixture) {
	f.createApp(app, func(s *chat.Settings) { s.EventRetention = 24 * time.Hour })
	f.createApp(otherApp, func(*chat.Settings) {})
	foreign := outgoing("g", "foreign")
	foreign.SDKAppID = otherApp
	var kept []string
	var tried []int64
	for i := range 30 {
		e := f.add(outgoing("g", fmt.Sprint("old ", i)), foreign)
		state := store.EventState(i % 5)
		o := f.outcomeOf(e[0], store.Pending)
		f.settle(o, f.outcomeOf(e[1], store.Delivered))
		f.settle(f.outcomeOf(after(e[0], o), state))
		if state < store.Delivered {
			kept = append(kept, string(e[0].Body)) // still waits, however old it is
		}
		tried = append(tried, e[0].ID)
	}
	f.clock.advance(24*time.Hour + time.Millisecond)
	e := f.add(outgoing("g", "new"))[0]
	f.settle(f.outcomeOf(e, store.Delivered))
	kept = append(kept, "new")
	rows := func() int {
		n := len(f.log(app))
		for _, id := range append(tried, e.ID) {
			n += len(f.attempts(id))
		}
		return n
	}
	f.purge(7, rows)
	equal(f, "events", bodies(f.log(app)), kept)
	equal(f, "events and attempts", rows(), len(kept)+2*(len(kept)-1)+1)
	equal(f, "events that are kept for ever", len(f.log(otherApp)), 30)
}

func attemptRetention(f *fixture) {
	f.createApp(app, func(s *chat.Settings) { s.AttemptRetention = time.Hour })
	f.createApp(otherApp, func(s *chat.Settings) { s.AttemptRetention = 100 * time.Hour })
	foreign := outgoing("g", "foreign")
	foreign.SDKAppID = otherApp
	var own, others []int64
	try := func(own *[]int64, row event.Outgoing) {
		e := f.add(row)[0]
		o := f.outcomeOf(e, store.Pending)
		f.settle(o)
		f.settle(f.outcomeOf(after(e, o), store.Delivered))
		*own = append(*own, e.ID)
	}
	attempts := func(events []int64) int {
		n := 0
		for _, id := range events {
			n += len(f.attempts(id))
		}
		return n
	}
	for day := range 3 {
		for range 15 {
			try(&others, foreign)
			try(&own, outgoing("g", "hello"))
		}
		f.clock.advance(time.Hour + time.Millisecond)
		try(&own, outgoing("g", "new"))
		f.purge(5, func() int { return attempts(own) + attempts(others) })
		equal(f, fmt.Sprintf("attempts on day %d", day), attempts(own), 2)
		equal(f, "events", len(f.log(app)), 16*(day+1))
	}
	equal(f, "attempts of the other app", attempts(others), 2*3*15)
	f.reopen()
	f.clock.advance(time.Hour + time.Millisecond)
	f.purge(5, func() int { return attempts(own) })
	equal(f, "attempts after a restart", attempts(own), 0)
}

func leftovers(f *fixture) {
	g, o, stays := f.group("g"), f.official("@TOA#_o"), f.group("stays")
	for _, in := range []*chat.Group{g, stays} {
		f.join(in, names("user", 12)...)
		f.mute(in, chat.MuteForever, names("user", 12)...)
		for range 12 {
			f.append(send(f.stored(in.ID), "hello"))
		}
	}
	f.subscribe(o, names("user", 12)...)
	f.append(&store.Append{
		App: app, Conversation: o.Conversation, Revision: o.Revision, Sequence: store.Stored, Message: message("news"),
		Events: func() []event.Outgoing { return nil },
	})
	f.destroy(g)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteOfficial(ctx, o) })
	rows := func() int {
		return len(f.said(g.Conversation)) + len(f.members(g)) + len(f.mutes(g)) + len(f.said(o.Conversation)) + len(f.subscribers(o))
	}
	f.purge(5, rows)
	equal(f, "rows left of what was destroyed", rows(), 0)
	equal(f, "messages of the other group", len(f.said(stays.Conversation)), 12)
	equal(f, "members of the other group", len(f.members(stays)), 12)
	equal(f, "mutes of the other group", len(f.mutes(stays)), 12)
	equal(f, "events of what was destroyed", len(f.log(app)), 24)
}

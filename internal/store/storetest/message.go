package storetest

import (
	"context"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) listed(conversation int64, page store.MessagePage) []chat.Message {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]chat.Message, error) {
		return tx.ListMessages(ctx, conversation, page)
	})
}

// listedSeqs is a page of messages as sequence numbers.
func (f *fixture) listedSeqs(conversation int64, page store.MessagePage) []int64 {
	f.Helper()
	seqs := []int64{}
	for _, m := range f.listed(conversation, page) {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

func (f *fixture) messagesAt(conversation int64, seqs ...int64) map[int64]chat.Message {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[int64]chat.Message, error) {
		return tx.MessagesAt(ctx, conversation, seqs)
	})
}

func messageFields(f *fixture) {
	g := f.group("g")
	full := &chat.Message{
		Sender: "alice", Random: math.MaxUint32, Priority: chat.PriorityLowest, CloudCustomData: "line\nü\x00end", NoUnread: true, NoLastMsg: true,
		NeedReadReceipt: true, SupportExtension: true, Mentions: []chat.Mention{{All: true}, {UserID: "bob<&>"}}, Receivers: []string{"bob", "carol"},
		OfflinePush: []byte(`{ "Title": "<b>" }`), Body: chat.Body{JSON: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + long(12<<10) + `"}}]`)},
	}
	plain := &chat.Message{Sender: "bob", Priority: chat.PriorityHigh, Body: chat.Body{JSON: []byte(`[]`)}}
	var want []chat.Message
	for i, m := range []*chat.Message{full, plain} {
		f.clock.advance(time.Second)
		got := f.append(&store.Append{
			App: app, Conversation: g.Conversation, Revision: g.Revision, Sequence: store.Stored, Message: m,
			Events: func() []event.Outgoing { return nil },
		})
		equal(f, "what the sender is told", got, store.Appended{Seq: int64(i + 1), Time: f.clock.Now()})
		equal(f, "what the message is completed with", store.Appended{Seq: m.Seq, Time: m.Time}, got)
		want = append(want, *m)
	}
	f.reopen()
	equal(f, "messages at their places", f.messagesAt(g.Conversation, 1, 2, 3), map[int64]chat.Message{1: want[0], 2: want[1]})
	slices.Reverse(want)
	equal(f, "messages, newest first", f.listed(g.Conversation, store.MessagePage{Limit: 10}), want)
}

func messagePages(f *fixture) {
	g, other := f.group("g"), f.group("other")
	for i := range 10 {
		a := send(g, "hello")
		if i == 4 {
			a.Sequence = store.Numbered // leaves its number, but no message
		}
		f.append(a)
		f.append(send(other, "elsewhere"))
	}
	for _, c := range []struct {
		name string
		page store.MessagePage
		want []int64
	}{
		{"newest", store.MessagePage{Limit: 3}, []int64{10, 9, 8}},
		{"up to a number", store.MessagePage{Before: 7, Limit: 3}, []int64{7, 6, 4}},
		{"up to a number without message", store.MessagePage{Before: 5, Limit: 2}, []int64{4, 3}},
		{"oldest", store.MessagePage{Before: 2, Limit: 5}, []int64{2, 1}},
		{"beyond the newest", store.MessagePage{Before: 99, Limit: 1}, []int64{10}},
		{"more than there are", store.MessagePage{Limit: 1 << 30}, []int64{10, 9, 8, 7, 6, 4, 3, 2, 1}},
		{"no more than none", store.MessagePage{Limit: 0}, []int64{}},
	} {
		equal(f, c.name, f.listedSeqs(g.Conversation, c.page), c.want)
	}
	equal(f, "of no conversation", f.listedSeqs(g.Conversation+other.Conversation+1, store.MessagePage{Limit: 3}), []int64{})
	equal(f, "at several numbers", slices.Sorted(maps.Keys(f.messagesAt(g.Conversation, 9, 5, 77, 1, 1))), []int64{1, 9})
	all := make([]int64, many)
	for i := range all {
		all[i] = int64(i)
	}
	equal(f, "at many numbers", len(f.messagesAt(g.Conversation, all...)), 9)
}

func recalledMessages(f *fixture) {
	g, other := f.group("g"), f.group("other")
	for range 5 {
		f.append(send(g, "hello"))
		f.append(send(other, "hello"))
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.RecallMessages(ctx, g.Conversation, []int64{2, 4, 99}, chat.Recall{Revoker: "bob", Reason: "why not", Time: tx.Now()})
	})
	places := func(g *chat.Group) map[int64]chat.Place {
		found := make(map[int64]chat.Place)
		for _, m := range f.listed(g.Conversation, store.MessagePage{Limit: 10}) {
			found[m.Seq] = m.Place
		}
		return found
	}
	equal(f, "places", places(g), map[int64]chat.Place{1: 0, 2: chat.PlaceRecalled, 3: 0, 4: chat.PlaceRecalled, 5: 0})
	equal(f, "places of the other group", places(other), map[int64]chat.Place{1: 0, 2: 0, 3: 0, 4: 0, 5: 0})
	equal(f, "what was said there", f.said(g.Conversation)[2], "hello")
}

// sequences: stored and numbered messages share a counter, online messages have
// their own, and events alone take no number.
func sequences(f *fixture) {
	g := f.group("g")
	var got []int64
	for _, s := range []store.Sequence{
		store.Stored, store.Online, store.Numbered, store.NoSequence, store.Online, store.Stored, store.Numbered, store.Stored,
	} {
		a := send(g, "hello")
		a.Sequence = s
		if s == store.NoSequence {
			a.Message, a.Conversation, a.Revision = nil, 0, 0
			a.Events = func() []event.Outgoing { return []event.Outgoing{outgoing("nowhere", "refused")} }
		}
		got = append(got, f.append(a).Seq)
	}
	equal(f, "numbers", got, []int64{1, 1, 2, 0, 2, 3, 4, 5})
	equal(f, "messages that are kept", f.said(g.Conversation), map[int64]string{1: "hello", 3: "hello", 5: "hello"})
	equal(f, "next number", f.stored("g").NextMsgSeq, 6)
	want := []string{"g 1 hello", "g 1 hello", "g 2 hello", "refused", "g 2 hello", "g 3 hello", "g 4 hello", "g 5 hello"}
	equal(f, "events heard", f.heardOf(), want)
	equal(f, "events in the log", bodies(f.log(app)), want)
	f.reopen()
	equal(f, "next number after a restart", f.append(send(g, "hello")).Seq, 6)
	online := send(g, "hello")
	online.Sequence = store.Online
	equal(f, "next online number after a restart", f.append(online).Seq, 3)
}

func staleSends(f *fixture) {
	g := f.group("g")
	f.append(send(g, "first"))
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.Touch(ctx, g.Conversation) })
	for _, c := range []struct {
		name string
		a    *store.Append
		want error
	}{
		{"an old revision", send(g, "stale"), store.ErrStale},
		{"a revision that is still to come", send(&chat.Group{ID: "g", Conversation: g.Conversation, Revision: g.Revision + 2}, "early"), store.ErrStale},
		{"no such conversation", send(&chat.Group{ID: "g", Conversation: g.Conversation + 1000, Revision: 1}, "lost"), store.ErrNotFound},
	} {
		for _, s := range []store.Sequence{store.Stored, store.Numbered, store.Online} {
			c.a.Sequence = s
			got, err := f.store.Append(f.Context(), c.a)
			f.fails(c.name, err, c.want)
			equal(f, c.name, got, store.Appended{})
		}
	}
	equal(f, "the next good one", f.append(send(f.stored("g"), "second")).Seq, int64(2))
	equal(f, "messages", f.said(g.Conversation), map[int64]string{1: "first", 2: "second"})
	equal(f, "events", bodies(f.log(app)), []string{"g 1 first", "g 2 second"})
	equal(f, "events heard", f.heardOf(), []string{"g 1 first", "g 2 second"})
}

// conversationTime never runs backwards, whatever the clock does.
func conversationTime(f *fixture) {
	g, other := f.group("g"), f.group("other")
	at := func(g *chat.Group, s store.Sequence) time.Time {
		a := send(g, "hello")
		a.Sequence = s
		return f.append(a).Time
	}
	noon := f.clock.Now()
	equal(f, "first", at(g, store.Stored), noon)
	f.clock.advance(-time.Hour)
	for _, s := range []store.Sequence{store.Stored, store.Numbered, store.Online} {
		equal(f, "when the clock was set back", at(g, s), noon)
	}
	equal(f, "in another conversation", at(other, store.Stored), noon.Add(-time.Hour))
	f.reopen()
	equal(f, "after a restart", at(g, store.Stored), noon)
	f.clock.advance(time.Hour + time.Millisecond)
	equal(f, "when the clock has caught up", at(g, store.Stored), noon.Add(time.Millisecond))
	equal(f, "last message of the group", f.stored("g").LastMsgTime, noon.Add(time.Millisecond))
	for i, m := range f.listed(g.Conversation, store.MessagePage{Limit: 10}) {
		if i > 0 && !m.Time.Equal(noon) {
			f.Errorf("message %d is stored with %v, want %v", m.Seq, m.Time, noon)
		}
	}
}

// seqs is the numbers of the messages that a conversation has.
func (f *fixture) seqs(conversation int64) func(yield func(int64) bool) {
	f.Helper()
	return maps.Keys(f.said(conversation))
}

// lateAdmissions: an append that decides in its own transaction finds everything as it
// is then, whatever comes together with it.
func lateAdmissions(f *fixture) {
	g := f.group("g")
	f.join(g, "bob")
	stale := func(text string) *store.Append {
		a := send(g, text)
		a.Admit = func(tx store.Tx) error {
			sender, err := tx.Sender(f.Context(), app, "g", "bob")
			if err != nil {
				return err
			}
			if sender.MuteUntil != 0 {
				return errWanted
			}
			a.Revision = sender.Revision
			return nil
		}
		return a
	}
	f.join(g, "carol") // the revision that send knows is an old one
	_, err := f.store.Append(f.Context(), send(g, "decided early"))
	f.fails("a message that was admitted before the change", err, store.ErrStale)
	equal(f, "a message that is admitted late", f.append(stale("decided late")), store.Appended{Seq: 1, Time: f.clock.Now()})

	f.mute(g, chat.MuteForever, "bob")
	_, err = f.store.Append(f.Context(), stale("muted"))
	f.fails("a message that is not admitted", err, errWanted)
	f.mute(g, 0, "bob")
	broken := stale("broken")
	broken.Admit = func(store.Tx) error { panic("wanted") }
	if _, err := f.store.Append(f.Context(), broken); err == nil {
		f.Error("a panic of Admit is no error")
	}

	// One transaction for all: those who are refused take nothing from the others.
	inside, release := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- f.store.Update(f.Context(), func(store.Tx) error {
			close(inside)
			<-release
			return nil
		})
	}()
	<-inside
	refused := stale("refused")
	refused.Admit = func(tx store.Tx) error {
		if _, err := tx.Group(f.Context(), app, "no such group"); err != nil {
			return errWanted
		}
		return nil
	}
	results := make([]chan error, 3)
	for i, a := range []*store.Append{stale("first"), refused, stale("second")} {
		results[i] = make(chan error, 1)
		go func() {
			_, err := f.store.Append(f.Context(), a)
			results[i] <- err
		}()
	}
	close(release)
	f.fails("the update before", <-held, nil)
	f.fails("the first", <-results[0], nil)
	f.fails("the second", <-results[1], errWanted)
	f.fails("the third", <-results[2], nil)
	equal(f, "messages", len(get(f, func(ctx context.Context, tx store.Tx) ([]chat.Message, error) {
		return tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 10})
	})), 3)
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// readSeq is a member's read position.
func (f *fixture) readSeq(g *chat.Group, userID string) int64 {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (*chat.Member, error) {
		return tx.Member(ctx, g.Conversation, userID)
	}).ReadSeq
}

// readPositions rise and never fall, and a member who sends has read his message.
func readPositions(f *fixture) {
	g, other := f.group("g"), f.group("other")
	f.join(g, "alice", "bob")
	f.join(other, "alice")
	revision := f.stored("g").Revision
	raise := func(seq int64) bool {
		return set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
			return tx.SetReadSeq(ctx, g.Conversation, "bob", seq)
		})
	}
	for _, c := range []struct {
		seq    int64
		raised bool
		want   int64
	}{{3, true, 3}, {3, false, 3}, {2, false, 3}, {5, true, 5}} {
		equal(f, fmt.Sprintf("raised to %d", c.seq), raise(c.seq), c.raised)
		equal(f, "read position", f.readSeq(g, "bob"), c.want)
	}
	equal(f, "that of another member", f.readSeq(g, "alice"), int64(0))
	equal(f, "revision", f.stored("g").Revision, revision)
	equal(f, "that of no member", set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
		return tx.SetReadSeq(ctx, g.Conversation, "nobody", 1)
	}), false)

	for _, c := range []struct {
		name string
		set  func(*store.Append)
		want int64
	}{
		{"by a member", func(a *store.Append) { a.Member = true }, 1},
		{"by nobody in particular", func(*store.Append) {}, 1},
		{"online-only", func(a *store.Append) { a.Member, a.Sequence = true, store.Online }, 1},
		{"that is not kept", func(a *store.Append) { a.Member, a.Sequence = true, store.Numbered }, 3},
	} {
		a := send(f.stored("g"), c.name)
		c.set(a)
		f.append(a)
		equal(f, "position after a message "+c.name, f.readSeq(g, "alice"), c.want)
	}
	equal(f, "position in another group", f.readSeq(other, "alice"), int64(0))
}

// readByManySends: of messages that are stored together the last one counts.
func readByManySends(f *fixture) {
	g := f.group("g")
	f.join(g, "alice")
	g = f.stored("g")
	const n = 50
	failures := make(chan error, n)
	for i := range n {
		go func() {
			a := send(g, fmt.Sprint(i))
			a.Member = true
			_, err := f.store.Append(f.Context(), a)
			failures <- err
		}()
	}
	var err error
	for range n {
		err = errors.Join(err, <-failures)
	}
	if err != nil {
		f.Fatal(err)
	}
	equal(f, "read position", f.readSeq(g, "alice"), int64(n))
}

func receipts(f *fixture) {
	g, other := f.group("g"), f.group("other")
	add := func(g *chat.Group, userID string, seqs ...int64) []int64 {
		return set(f, func(ctx context.Context, tx store.Tx) ([]int64, error) {
			return tx.AddReceipts(ctx, app, g.Conversation, userID, seqs)
		})
	}
	of := func(g *chat.Group, seqs ...int64) map[int64][]string {
		return get(f, func(ctx context.Context, tx store.Tx) (map[int64][]string, error) {
			return tx.ReceiptsOf(ctx, g.Conversation, seqs)
		})
	}
	equal(f, "first", add(g, "bob", 1, 2), []int64{1, 2})
	equal(f, "partly again", add(g, "bob", 2, 3), []int64{3})
	equal(f, "again", add(g, "bob", 3), nil)
	equal(f, "by another", add(g, "alice", 2), []int64{2})
	equal(f, "elsewhere", add(other, "carol", 2), []int64{2})
	f.reopen()
	equal(f, "readers", of(g, 1, 2, 9), map[int64][]string{1: {"bob"}, 2: {"alice", "bob"}})
	equal(f, "readers elsewhere", of(other, 1, 2), map[int64][]string{2: {"carol"}})
	all := make([]int64, many)
	for i := range all {
		all[i] = int64(i)
	}
	equal(f, "of many", len(of(g, all...)), 3)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"bob"}) })
	equal(f, "readers who still have an account", of(g, 1, 2), map[int64][]string{2: {"alice"}})
}

func hiddenMessages(f *fixture) {
	g, other := f.group("g"), f.group("other")
	hide := func(g *chat.Group, userID string, seqs ...int64) {
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.HideMessages(ctx, app, g.Conversation, userID, seqs)
		})
	}
	hidden := func(g *chat.Group, userID string, first, last int64) []int64 {
		return get(f, func(ctx context.Context, tx store.Tx) ([]int64, error) {
			return tx.HiddenMessages(ctx, g.Conversation, userID, first, last)
		})
	}
	hide(g, "bob", 5, 3, 1)
	hide(g, "bob", 3)
	hide(g, "carol", 4)
	hide(other, "bob", 2)
	f.reopen()
	equal(f, "all", hidden(g, "bob", 0, 100), []int64{1, 3, 5})
	equal(f, "some, both ends included", hidden(g, "bob", 3, 5), []int64{3, 5})
	equal(f, "none", hidden(g, "bob", 6, 9), nil)
	equal(f, "from another", hidden(g, "carol", 0, 100), []int64{4})
	equal(f, "elsewhere", hidden(other, "bob", 0, 100), []int64{2})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"bob"}) })
	equal(f, "from who has no account any more", hidden(g, "bob", 0, 100), nil)
}

func nameCards(f *fixture) {
	g := f.group("g")
	ids := names("u", many)
	f.join(g, ids...)
	f.update(func(ctx context.Context, tx store.Tx) error {
		for _, id := range []string{ids[0], ids[many-1]} {
			if err := tx.UpdateMember(ctx, g.Conversation, &chat.Member{UserID: id, Role: chat.RoleMember, NameCard: "card of " + id}); err != nil {
				return err
			}
		}
		return nil
	})
	equal(f, "cards", get(f, func(ctx context.Context, tx store.Tx) (map[string]string, error) {
		return tx.NameCards(ctx, g.Conversation, append(ids, "nobody"))
	}), map[string]string{ids[0]: "card of " + ids[0], ids[many-1]: "card of " + ids[many-1]})
}

func modifiedMessages(f *fixture) {
	g := f.group("g")
	for range 2 {
		f.append(send(g, "hello"))
	}
	changed := f.messagesAt(g.Conversation, 1)[1]
	changed.Body.JSON, changed.CloudCustomData, changed.Version = []byte(`"goodbye"`), "data", 3
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.ModifyMessage(ctx, g.Conversation, &changed) })
	f.reopen()
	equal(f, "what it became", f.messagesAt(g.Conversation, 1)[1], changed)
	equal(f, "the other one", f.said(g.Conversation)[2], "hello")
}

// recallTimes: what was recalled is found by when.
func recallTimes(f *fixture) {
	g, other := f.group("g"), f.group("other")
	start := f.clock.Now()
	recall := func(g *chat.Group, seqs ...int64) {
		f.clock.advance(time.Second)
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.RecallMessages(ctx, g.Conversation, seqs, chat.Recall{Revoker: "bob", Reason: "why", Time: tx.Now()})
		})
	}
	for range 5 {
		f.append(send(g, "hello"))
		f.append(send(other, "hello"))
	}
	recall(g, 4)
	recall(other, 1)
	recall(g, 3, 2)
	f.reopen()
	list := func(from, until time.Duration, limit int) []chat.Message {
		return get(f, func(ctx context.Context, tx store.Tx) ([]chat.Message, error) {
			return tx.ListRecalled(ctx, g.Conversation, store.RecallPage{From: start.Add(from), Until: start.Add(until), Limit: limit})
		})
	}
	seqs := func(list []chat.Message) []int64 {
		found := []int64{}
		for _, m := range list {
			found = append(found, m.Seq)
		}
		return found
	}
	equal(f, "all", seqs(list(0, time.Hour, 10)), []int64{4, 2, 3})
	equal(f, "the first two", seqs(list(0, time.Hour, 2)), []int64{4, 2})
	equal(f, "later ones", seqs(list(2*time.Second, 3*time.Second, 10)), []int64{2, 3})
	equal(f, "between two recalls", seqs(list(1001*time.Millisecond, 2999*time.Millisecond, 10)), []int64{})
	equal(f, "one", list(0, time.Second, 10)[0], chat.Message{
		Seq: 4, Sender: "alice", Random: 7, Place: chat.PlaceRecalled,
		Recall: &chat.Recall{Revoker: "bob", Reason: "why", Time: time.UnixMilli(start.Add(time.Second).UnixMilli())},
	})
}

// announcedSends: those who are connected hear of a message after it is stored, and
// of none that is not.
func announcedSends(f *fixture) {
	var heard []int64
	f.closeStore()
	f.store = f.open(f.T, f.clock.Now)
	f.store.OnAnnounce(func(batch []event.Event) {
		for _, e := range batch {
			heard = append(heard, e.(event.GroupMessageSent).Message.Seq)
		}
	})
	g := f.group("g")
	announced := func(text string) *store.Append {
		a := once(g, text)
		a.Announce = func() []event.Event {
			return []event.Event{event.GroupMessageSent{GroupMessage: event.GroupMessage{Message: a.Message}}}
		}
		return a
	}
	f.append(announced("first"))
	f.append(announced("second"))
	f.append(announced("second"))
	stale := announced("stale")
	stale.Revision++
	_, err := f.store.Append(f.Context(), stale)
	f.fails("stale", err, store.ErrStale)
	equal(f, "heard", heard, []int64{1, 2})
}

// markedRows: what hangs on messages leaves with them.
func markedRows(f *fixture) {
	kept := &chat.App{SDKAppID: app, Settings: chat.Settings{MessageRetention: time.Hour}}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateApp(ctx, kept) })
	g, gone := f.group("g"), f.group("gone")
	mark := func(g *chat.Group, seq int64) {
		f.update(func(ctx context.Context, tx store.Tx) error {
			if _, err := tx.AddReceipts(ctx, app, g.Conversation, "bob", []int64{seq}); err != nil {
				return err
			}
			return tx.HideMessages(ctx, app, g.Conversation, "bob", []int64{seq})
		})
	}
	f.append(send(g, "old"))
	f.append(send(gone, "old"))
	mark(g, 1)
	mark(gone, 1)
	f.clock.advance(2 * time.Hour)
	f.append(send(g, "new"))
	mark(g, 2)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGroup(ctx, gone) })
	for more := true; more; {
		var err error
		if more, err = f.store.Purge(f.Context(), 1); err != nil {
			f.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		g    *chat.Group
		want []int64
	}{"of the group": {g, []int64{2}}, "of the group that is gone": {gone, []int64{}}} {
		seqs := []int64{}
		f.view(func(ctx context.Context, tx store.Tx) error {
			readers, err := tx.ReceiptsOf(ctx, c.g.Conversation, []int64{1, 2})
			for seq := range readers {
				seqs = append(seqs, seq)
			}
			return err
		})
		equal(f, "acknowledged messages "+name, seqs, c.want)
		hidden := get(f, func(ctx context.Context, tx store.Tx) ([]int64, error) {
			return tx.HiddenMessages(ctx, c.g.Conversation, "bob", 0, 100)
		})
		equal(f, "hidden messages "+name, append([]int64{}, hidden...), c.want)
	}
}

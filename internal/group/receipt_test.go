package group_test

import (
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// ask sends a message that asks for receipts.
func (f *fixture) ask(id, sender string, to ...string) int64 {
	f.Helper()
	r := f.say(id, "read this")
	r.NeedReadReceipt, r.To = true, to
	return f.sendBy(sender, r).Seq
}

// told are the events about receipts that the app's backend heard of.
func (f *fixture) told() []event.GroupReceipts {
	f.Helper()
	heard, _ := f.hooks.take()
	var told []event.GroupReceipts
	for _, e := range heard {
		if r, ok := e.(event.GroupReceipts); ok {
			told = append(told, r)
		}
	}
	return told
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.imports("dave")
	f.told()
	seq := f.ask("g", "alice")
	plain := f.sendBy("alice", f.say("g", "nothing to acknowledge")).Seq
	sent := f.told()
	equal(f, "events on sending", len(sent), 1)
	equal(f, "unread on sending", sent[0].Receipts[0].Unread, 2)
	f.clock.Advance(time.Second)
	f.enter("g", "dave") // he came too late to count

	state := func(name string, want group.Receipt) {
		t.Helper()
		receipts, err := f.groups.Receipts(f.Context(), f.client("alice"), "g", []int64{seq})
		f.must(err)
		want.Seq = seq
		equal(f, name, receipts, []group.Receipt{want})
	}
	acknowledge := func(name, userID string, fires int, seqs ...int64) {
		t.Helper()
		f.told()
		f.hooks.listen()
		f.must(f.groups.Acknowledge(f.Context(), f.client(userID), "g", seqs))
		equal(f, name+": fires", len(f.told()), fires)
		equal(f, name+": pushes", len(f.hooks.listen()), fires)
	}
	state("when nobody has read it", group.Receipt{Unread: 2})
	acknowledge("one that is not there and one that asks for nothing", "bob", 0, 999, plain)
	acknowledge("by the sender", "alice", 0, seq)
	acknowledge("by who came later", "dave", 0, seq)
	state("when nobody has acknowledged it", group.Receipt{Unread: 2})
	acknowledge("by bob, among others", "bob", 1, 999, seq, seq)
	acknowledge("by bob again", "bob", 0, seq)
	state("when bob has read it", group.Receipt{Read: 1, Unread: 1})

	lists := func(name string, unread bool, want ...string) {
		t.Helper()
		ids, more, err := f.groups.Readers(f.Context(), f.client("alice"), group.ReadersRequest{GroupID: "g", Seq: seq, Unread: unread, Limit: 10})
		f.must(err)
		equal(f, name, ids, want)
		equal(f, name+": more", more, false)
	}
	lists("who has read it", false, "bob")
	lists("who has not", true, "carol")
	acknowledge("by carol", "carol", 1, seq)
	f.leave("g", "carol")
	state("when carol has read it and left", group.Receipt{Read: 2})
	ids, more, err := f.groups.Readers(f.Context(), f.client("alice"), group.ReadersRequest{GroupID: "g", Seq: seq, Offset: 0, Limit: 1})
	f.must(err)
	equal(f, "first page", ids, []string{"bob"})
	equal(f, "first page: more", more, true)
	ids, more, err = f.groups.Readers(f.Context(), f.client("alice"), group.ReadersRequest{GroupID: "g", Seq: seq, Offset: 1, Limit: 1})
	f.must(err)
	equal(f, "second page", ids, []string{"carol"})
	equal(f, "second page: more", more, false)
}

// TestDirectedReceipts: only those whom a message is for count.
func TestDirectedReceipts(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.told()
	seq := f.ask("g", "alice", "bob", "alice", "nobody")
	equal(f, "unread on sending", f.told()[0].Receipts[0].Unread, 1)
	f.must(f.groups.Acknowledge(f.Context(), f.client("carol"), "g", []int64{seq}))
	equal(f, "fires for who does not have it", len(f.told()), 0)
	f.must(f.groups.Acknowledge(f.Context(), f.client("bob"), "g", []int64{seq}))
	told := f.told()
	equal(f, "fires", len(told), 1)
	r := told[0].Receipts[0]
	equal(f, "told", event.GroupReceipt{Read: r.Read, Unread: r.Unread, Readers: r.Readers}, event.GroupReceipt{Read: 1, Readers: []string{"bob"}})
}

func TestReceiptRefusals(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("@TGS#_c", chat.Community, "bob")
	plain := f.sendBy("alice", f.say("g", "hello")).Seq
	for name, tt := range map[string]struct {
		id, userID string
		seqs       []int64
		want       *chat.Error
	}{
		"no group":      {"", "bob", []int64{1}, chat.ErrParameter},
		"unknown group": {"unknown", "bob", []int64{1}, chat.ErrGroupNotFound},
		"no message":    {"g", "bob", nil, chat.ErrParameter},
		"51 messages":   {"g", "bob", make([]int64, 51), chat.ErrParameter},
		"no member":     {"g", "carol", []int64{1}, chat.ErrNotPermitted},
		"Community":     {"@TGS#_c", "bob", []int64{1}, chat.ErrNotPermitted},
	} {
		f.refused(name, f.groups.Acknowledge(f.Context(), f.client(tt.userID), tt.id, tt.seqs), tt.want)
		_, err := f.groups.Receipts(f.Context(), f.client(tt.userID), tt.id, tt.seqs)
		f.refused(name+", asking", err, tt.want)
	}
	receipts, err := f.groups.Receipts(f.Context(), f.client("alice"), "g", []int64{plain})
	f.must(err)
	equal(f, "of what asks for none", receipts[0].Err.Code, chat.ErrMessageNotFound.Code)
	_, _, err = f.groups.Readers(f.Context(), f.client("alice"), group.ReadersRequest{GroupID: "g", Seq: plain, Limit: 1})
	f.refused("readers of what asks for none", err, chat.ErrMessageNotFound)
	_, _, err = f.groups.Readers(f.Context(), f.client("alice"), group.ReadersRequest{GroupID: "g", Seq: plain})
	f.refused("no readers", err, chat.ErrParameter)
}

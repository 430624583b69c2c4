package group_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// TestScroll: a page is a range of numbers, whatever stands at them.
func TestScroll(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	first := f.group("g").NextMsgSeq // what creating it said comes before
	for i := range 60 {
		f.send(f.say("g", fmt.Sprint(i)))
	}
	newest := f.group("g").NextMsgSeq - 1
	for _, tt := range []struct {
		name     string
		request  group.ScrollRequest
		want     []int64
		next     int64
		finished bool
	}{
		{"the newest", group.ScrollRequest{Number: 21}, downTo(newest, newest-20), newest - 21, false},
		{"from a place", group.ScrollRequest{Number: 15, Seq: 30}, downTo(30, 16), 15, false},
		{"more than a page holds", group.ScrollRequest{Number: 1000}, downTo(newest, newest-49), newest - 50, false},
		{"to the first", group.ScrollRequest{Number: 15, Seq: 15}, downTo(15, 1), 0, true},
		{"past the first", group.ScrollRequest{Number: 15, Seq: 7}, downTo(7, 1), 0, true},
		{"upwards, partly beyond the newest", group.ScrollRequest{Number: 15, Seq: newest + 10}, downTo(newest, newest-4), newest - 5, false},
		{"beyond the newest", group.ScrollRequest{Number: 15, Seq: newest + 100}, []int64{}, newest, false},
		{"single ones", group.ScrollRequest{Seqs: []int64{3, 1000, 9, 3}}, []int64{9, 3}, 0, true},
		{"none", group.ScrollRequest{Seqs: []int64{}}, []int64{}, 0, true},
	} {
		tt.request.GroupID = "g"
		page := f.scroll("alice", tt.request)
		equal(f, tt.name, seqsOf(page), tt.want)
		equal(f, tt.name+": next", page.Next, tt.next)
		equal(f, tt.name+": finished", page.Finished, tt.finished)
	}
	equal(f, "the first word", first <= newest, true)
}

func TestScrollRefusals(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.create("av", chat.AVChatRoom)
	f.create("@TGS#_open", chat.Community)
	f.send(f.say("@TGS#_open", "read me"))
	for name, tt := range map[string]struct {
		userID  string
		request group.ScrollRequest
		want    *chat.Error
	}{
		"no group":        {"alice", group.ScrollRequest{Number: 1}, chat.ErrParameter},
		"unknown group":   {"alice", group.ScrollRequest{GroupID: "unknown", Number: 1}, chat.ErrGroupNotFound},
		"no number":       {"alice", group.ScrollRequest{GroupID: "g"}, chat.ErrParameter},
		"negative place":  {"alice", group.ScrollRequest{GroupID: "g", Number: 1, Seq: -1}, chat.ErrParameter},
		"51 single ones":  {"alice", group.ScrollRequest{GroupID: "g", Seqs: make([]int64, 51)}, chat.ErrParameter},
		"topic":           {"alice", group.ScrollRequest{GroupID: "g", TopicID: "t", Number: 1}, chat.ErrTopicNotFound},
		"no member":       {"bob", group.ScrollRequest{GroupID: "g", Number: 1}, chat.ErrNotPermitted},
		"AVChatRoom":      {"alice", group.ScrollRequest{GroupID: "av", Number: 1}, chat.ErrNoHistory},
		"nobody's member": {"bob", group.ScrollRequest{GroupID: "av", Number: 1}, chat.ErrNotPermitted},
	} {
		_, err := f.groups.Scroll(f.Context(), f.client(tt.userID), tt.request)
		f.refused(name, err, tt.want)
	}
	page := f.scroll("bob", group.ScrollRequest{GroupID: "@TGS#_open", Number: 20})
	equal(f, "a stranger in a Community", len(page.Messages) > 0, true)
}

// TestScrollVisible: everybody sees what is meant for him, and nothing else.
func TestScrollVisible(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("open", chat.ChatRoom, "bob")
	f.send(f.say("g", "before carol came"))
	f.send(f.say("open", "before carol came"))
	f.clock.Advance(time.Minute)
	f.enter("g", "carol")
	f.enter("open", "carol")
	from := f.group("g").NextMsgSeq

	f.send(f.say("g", "for all")) // from
	directed := f.say("g", "for bob")
	directed.To = []string{"bob"}
	f.sendBy("alice", directed) // from+1
	tip := f.tip("g")           // from+2
	f.send(f.say("g", "taken back"))
	_, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{from + 3}, Reason: "why"})
	f.must(err)
	f.send(f.say("g", "deleted by carol"))
	f.must(f.groups.Hide(f.Context(), f.client("carol"), "g", "", []int64{from + 4, from + 1000}))

	all := group.ScrollRequest{GroupID: "g", Number: 50}
	carol := f.scroll("carol", all)
	equal(f, "carol sees", seqsOf(carol), []int64{from + 3, from + 2, from})
	equal(f, "hidden from carol", carol.Hidden, []int64{from + 4, from + 1})
	equal(f, "nothing older for carol", carol.Finished, true)
	equal(f, "recall", *carol.Messages[0].Recall, chat.Recall{Revoker: admin, Reason: "why", Time: f.clock.Now().Local()})
	equal(f, "number of the tip", carol.Messages[1].Seq, tip)
	equal(f, "the tip", carol.Messages[1].Tip.Type, chat.TipQuit)
	bob := f.scroll("bob", all)
	equal(f, "bob sees", seqsOf(bob)[:5], downTo(from+4, from))
	equal(f, "hidden from bob", len(bob.Hidden), 0)
	equal(f, "the sender sees", seqsOf(f.scroll("alice", all))[:5], downTo(from+4, from))
	equal(f, "single ones for carol", seqsOf(f.scroll("carol", group.ScrollRequest{GroupID: "g", Seqs: []int64{1, from, from + 1, from + 4}})), []int64{from})

	page := f.scroll("carol", group.ScrollRequest{GroupID: "g", Number: 2, Seq: from + 1})
	equal(f, "the page that ends where carol came: finished", page.Finished, true)
	page = f.scroll("carol", group.ScrollRequest{GroupID: "g", Number: 1, Seq: from + 1})
	equal(f, "the page before: finished", page.Finished, false)
	open := f.scroll("carol", group.ScrollRequest{GroupID: "open", Number: 50})
	equal(f, "where new members see what was said before", len(open.Messages) > 0, true)

	f.clear("carol", "g", from)
	equal(f, "after carol cleared the history", seqsOf(f.scroll("carol", all)), []int64{from + 3, from + 2})
	f.refused("hiding as a stranger", f.groups.Hide(f.Context(), f.client("dave"), "g", "", []int64{1}), chat.ErrNotPermitted)
	f.refused("hiding nothing", f.groups.Hide(f.Context(), f.client("bob"), "g", "", nil), chat.ErrParameter)
}

// clear deletes a history up to a number for a user, as he does in his list of
// conversations.
func (f *fixture) clear(userID, id string, seq int64) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		c, err := tx.Contact(f.Context(), f.app.SDKAppID, userID, chat.GroupConversation(id))
		if err != nil {
			return err
		}
		c.ClearedSeq = seq
		return tx.PutContact(f.Context(), f.app.SDKAppID, userID, c)
	}))
}

// TestScrollSenders: a page tells how its senders are shown.
func TestScrollSenders(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	nick := "Bobby"
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.PutAccounts(f.Context(), f.app.SDKAppID, []chat.AccountUpdate{{UserID: "bob", Nick: &nick}})
	}))
	f.edit("g", []string{"bob"}, func(m *chat.Member) { m.NameCard = "the builder" })
	f.sendBy("bob", f.say("g", "can we fix it"))
	page := f.scroll("alice", group.ScrollRequest{GroupID: "g", Number: 1})
	equal(f, "person", page.Persons["bob"], chat.Person{UserID: "bob", Nick: "Bobby"})
	equal(f, "name card", page.NameCards["bob"], "the builder")
	equal(f, "group", page.Group.Name, "a group")
}

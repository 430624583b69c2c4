package group_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Work")
	f.create("av", chat.AVChatRoom)
	for i := range 3 {
		f.send(f.say("g", fmt.Sprint(i+1)))
		f.send(f.say("av", fmt.Sprint(i+1)))
	}
	f.clock.Advance(24 * time.Hour) // the limit of clients does not bind administrators
	recall := func(name, id string, fires bool, want map[int64]int, seqs ...int64) {
		t.Helper()
		f.hooks.take()
		results, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: id, Seqs: seqs, Reason: "why"})
		f.must(err)
		got := make(map[int64]int)
		for seq, refusal := range results {
			if got[seq] = 0; refusal != nil {
				got[seq] = refusal.Code
			}
		}
		equal(f, name, got, want)
		heard, _ := f.hooks.take()
		equal(f, name+": fires", len(heard) == 1, fires)
	}
	recall("one, one that is not there, and one twice", "g", true, map[int64]int{2: 0, 9: 10030, 0: 10030, -1: 10030}, 2, 9, 2, 0, -1)
	recall("again", "g", false, map[int64]int{2: 0}, 2)
	f.hooks.take()
	_, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{3, 2, 1}})
	f.must(err)
	heard, _ := f.hooks.take()
	told := heard[0].(event.GroupMessagesRecalled)
	var messages []int64
	for _, m := range told.Messages {
		messages = append(messages, m.Seq)
	}
	equal(f, "messages told of", messages, []int64{3, 1})
	told.Messages = nil
	equal(f, "told", told, event.GroupMessagesRecalled{
		Caller: f.rest(), GroupID: "g", Type: "Work", Operator: admin, Seqs: []int64{3, 1}, At: f.clock.Now(),
	})
	equal(f, "number after the recalled ones", f.send(f.say("g", "4")).Seq, 4)
	h, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 20})
	f.must(err)
	var places []chat.Place
	for _, m := range h.Messages {
		places = append(places, m.Place)
	}
	equal(f, "places", places, []chat.Place{chat.PlaceMessage, chat.PlaceRecalled, chat.PlaceRecalled, chat.PlaceRecalled})
	recall("in an AVChatRoom", "av", true, map[int64]int{1: 0, 3: 0, 4: 10030}, 1, 3, 4)

	for name, tt := range map[string]struct {
		request group.RecallRequest
		want    *chat.Error
	}{
		"no group":            {group.RecallRequest{Seqs: []int64{1}}, chat.ErrParameter},
		"unknown group":       {group.RecallRequest{GroupID: "unknown", Seqs: []int64{1}}, chat.ErrGroupNotFound},
		"nothing":             {group.RecallRequest{GroupID: "unknown"}, chat.ErrParameter},
		"eleven":              {group.RecallRequest{GroupID: "g", Seqs: make([]int64, 11)}, chat.ErrParameter},
		"reason of 101 bytes": {group.RecallRequest{GroupID: "g", Seqs: []int64{1}, Reason: string(make([]byte, 101))}, chat.ErrParameter},
		"topic":               {group.RecallRequest{GroupID: "g", Seqs: []int64{1}, TopicID: "t"}, chat.ErrTopicNotFound},
	} {
		_, err := f.groups.Recall(f.Context(), f.rest(), tt.request)
		f.refused(name, err, tt.want)
	}
}

// TestRecallByClients: who may take what back, and when.
func TestRecallByClients(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.promote("g", "carol")
	f.imports("dave")
	for _, tt := range []struct {
		name           string
		sender, caller string
		after          time.Duration
		want           *chat.Error
	}{
		{"his own, at the last moment", "bob", "bob", chat.DefaultRecallWindow, nil},
		{"his own, too late", "bob", "bob", chat.DefaultRecallWindow + time.Millisecond, chat.ErrRecallTooLate},
		{"somebody else's", "alice", "bob", 0, chat.ErrNotRecaller},
		{"the owner, anybody's", "bob", "alice", 24 * time.Hour, nil},
		{"an administrator of the group, the owner's", "alice", "carol", 24 * time.Hour, nil},
	} {
		sent := f.sendBy(tt.sender, f.say("g", tt.name))
		f.clock.Advance(tt.after)
		equal(f, tt.name, codeOf(f.recallBy(tt.caller, "g", sent.Seq)), codeOf(tt.want))
		if tt.want == nil {
			equal(f, tt.name+", again", codeOf(f.recallBy(tt.caller, "g", sent.Seq)), chat.ErrAlreadyRecalled.Code)
		}
	}
	equal(f, "what is not there", codeOf(f.recallBy("alice", "g", 1000)), chat.ErrMessageNotFound.Code)
	_, err := f.groups.Recall(f.Context(), f.client("dave"), group.RecallRequest{GroupID: "g", Seqs: []int64{1}})
	f.refused("no member", err, chat.ErrNotPermitted)
}

// TestRecallOfTips: what a group said itself stays, whoever wants it gone.
func TestRecallOfTips(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	tip := f.tip("g")
	equal(f, "by the owner", codeOf(f.recallBy("alice", "g", tip)), chat.ErrNotRecallable.Code)
	results, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{tip}})
	f.must(err)
	equal(f, "by the app's administrator", codeOf(results[tip]), chat.ErrNotRecallable.Code)
}

// TestRecallInRooms: an AVChatRoom stores nothing, and its senders can take back
// all the same what they have just said.
func TestRecallInRooms(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("av", chat.AVChatRoom)
	f.enter("av", "bob", "carol")
	sent := f.sendBy("bob", f.say("av", "hello"))
	f.hooks.listen()
	equal(f, "somebody else's", codeOf(f.recallBy("carol", "av", sent.Seq)), chat.ErrNotRecaller.Code)
	equal(f, "his own", codeOf(f.recallBy("bob", "av", sent.Seq)), 0)
	told := f.hooks.listen()
	equal(f, "events", len(told), 1)
	m := told[0].(event.GroupMessagesRecalled).Messages[0]
	equal(f, "message", m, chat.Message{Seq: sent.Seq, Time: sent.Time, Sender: "bob", Random: m.Random, ClientTime: sent.Time.Unix()})
	equal(f, "his own, again", codeOf(f.recallBy("bob", "av", sent.Seq)), chat.ErrAlreadyRecalled.Code)
}

// TestRecalled: clients that were away ask what was recalled meanwhile.
func TestRecalled(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.imports("dave")
	begin := f.clock.Now()
	var seqs []int64
	for i := range 4 {
		f.clock.Advance(time.Second)
		seqs = append(seqs, f.sendBy("bob", f.say("g", fmt.Sprint(i))).Seq)
		equal(f, "recall", codeOf(f.recallBy("bob", "g", seqs[i])), 0)
	}
	list := func(from, until time.Time) []int64 {
		t.Helper()
		recalled, next, err := f.groups.Recalled(f.Context(), f.client("alice"), "g", from, until)
		f.must(err)
		equal(f, "goes on", next.IsZero(), true)
		found := []int64{}
		for _, m := range recalled {
			equal(f, "revoker", m.Recall.Revoker, "bob")
			found = append(found, m.Seq)
		}
		return found
	}
	equal(f, "all", list(begin, f.clock.Now()), seqs)
	equal(f, "some, both ends included", list(begin.Add(2*time.Second), begin.Add(3*time.Second)), seqs[1:3])
	equal(f, "none", list(f.clock.Now().Add(time.Millisecond), f.clock.Now().Add(time.Hour)), []int64{})
	_, _, err := f.groups.Recalled(f.Context(), f.client("dave"), "g", begin, f.clock.Now())
	f.refused("no member", err, chat.ErrNotPermitted)
}

package group_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.create("empty", chat.Public)
	f.create("av", chat.AVChatRoom)
	for i := range 45 {
		f.send(f.say("g", fmt.Sprint(i+1)))
	}
	for _, tt := range []struct {
		name     string
		group    string
		number   int
		seq      int64
		newest   int64
		messages int
		want     group.Completeness
	}{
		{"nothing there", "empty", 20, 0, 0, 0, group.Complete},
		{"nothing there at a place", "empty", 20, 7, 0, 0, group.Complete},
		{"the newest", "g", 1, 0, 45, 1, group.Complete},
		{"as many as there may be", "g", 20, 0, 45, 20, group.Complete},
		{"more than there may be", "g", 21, 0, 45, 20, group.Cut},
		{"more than there are", "g", 100, 0, 45, 20, group.Cut},
		{"from a place", "g", 20, 25, 25, 20, group.Complete},
		{"from a place, more than there may be", "g", 25, 25, 25, 20, group.Cut},
		{"to the end", "g", 20, 5, 5, 5, group.Complete},
		{"the first", "g", 20, 1, 1, 1, group.Complete},
		{"from a place beyond the newest", "g", 2, 1000, 45, 2, group.Complete},
	} {
		h, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: tt.group, Number: tt.number, Seq: tt.seq})
		f.must(err)
		equal(f, tt.name+": finished", h.Finished, tt.want)
		equal(f, tt.name+": messages", len(h.Messages), tt.messages)
		for i, m := range h.Messages {
			equal(f, tt.name+": number", m.Seq, tt.newest-int64(i))
		}
	}
	for name, tt := range map[string]struct {
		request group.HistoryRequest
		want    *chat.Error
	}{
		"no group":                {group.HistoryRequest{Number: 1}, chat.ErrParameter},
		"malformed group":         {group.HistoryRequest{GroupID: "\x7f", Number: 1}, chat.ErrGroupID},
		"unknown group":           {group.HistoryRequest{GroupID: "unknown", Number: 1}, chat.ErrGroupNotFound},
		"no number":               {group.HistoryRequest{GroupID: "unknown"}, chat.ErrParameter},
		"negative number":         {group.HistoryRequest{GroupID: "g", Number: -1}, chat.ErrParameter},
		"negative place":          {group.HistoryRequest{GroupID: "g", Number: 1, Seq: -1}, chat.ErrParameter},
		"topic":                   {group.HistoryRequest{GroupID: "g", Number: 1, TopicID: "t"}, chat.ErrTopicNotFound},
		"AVChatRoom":              {group.HistoryRequest{GroupID: "av", Number: 1}, chat.ErrNoHistory},
		"no number in AVChatRoom": {group.HistoryRequest{GroupID: "av"}, chat.ErrParameter},
	} {
		_, err := f.groups.History(f.Context(), f.rest(), tt.request)
		f.refused(name, err, tt.want)
	}
}

// TestHistoryExpired: a page says when what was asked for is not kept any more.
func TestHistoryExpired(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.send(f.say("g", "old"))
	f.clock.advance(time.Hour)
	f.send(f.say("g", "new"))
	f.purge(30 * time.Minute)
	h, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 2})
	f.must(err)
	equal(f, "finished", h.Finished, group.Expired)
	equal(f, "messages", len(h.Messages), 1)
	h, err = f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 1})
	f.must(err)
	equal(f, "finished, of what is kept", h.Finished, group.Complete)
	results, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{1}})
	f.must(err)
	equal(f, "recall of what is not kept", results[1].Code, chat.ErrMessageNotFound.Code)
}

func TestRecall(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", "Work")
	f.create("av", chat.AVChatRoom)
	for i := range 3 {
		f.send(f.say("g", fmt.Sprint(i+1)))
		f.send(f.say("av", fmt.Sprint(i+1)))
	}
	f.clock.advance(24 * time.Hour) // the limit of clients does not bind administrators
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
	equal(f, "told", heard, []event.Event{event.GroupMessagesRecalled{
		Caller: f.rest(), GroupID: "g", Type: "Work", Operator: admin, Seqs: []int64{3, 1}, At: heard[0].(event.GroupMessagesRecalled).At,
	}})
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

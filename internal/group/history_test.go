package group_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
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
	f.clock.Advance(time.Hour)
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

package group_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// TestSendRules: who may say what where.
func TestSendRules(t *testing.T) {
	t.Parallel()
	f := start(t)
	types := []chat.GroupType{chat.Private, "Work", chat.Public, chat.ChatRoom, "Meeting", chat.AVChatRoom, chat.Community}
	for _, gt := range types {
		f.create(groupOf(gt), gt)
		if gt != chat.AVChatRoom {
			_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: groupOf(gt), UserIDs: []string{"bob"}})
			f.must(err)
		}
	}
	for _, tt := range []struct {
		name   string
		caller chat.Caller
		send   func(r *group.SendRequest)
		// want has the refusals by type; a type that is left out is not refused.
		want map[chat.GroupType]*chat.Error
	}{
		{name: "administrator", send: func(*group.SendRequest) {}},
		{name: "on behalf of a member", send: func(r *group.SendRequest) { r.From = "bob" }},
		{name: "on behalf of one who is no member", send: func(r *group.SendRequest) { r.From = "carol" }},
		{name: "on behalf of nobody", send: func(r *group.SendRequest) { r.From = "nobody" }, want: everywhere(chat.ErrUserNotFound)},
		{name: "on behalf of an official account", send: func(r *group.SendRequest) { r.From = "@TOA#_news" }, want: everywhere(chat.ErrUserNotFound)},
		{name: "member with a client", caller: f.client("bob"), want: map[chat.GroupType]*chat.Error{chat.AVChatRoom: chat.ErrNotPermitted}},
		{name: "owner with a client", caller: f.client("alice")},
		{name: "who says with a client that he is the owner", caller: f.client("carol"), send: func(r *group.SendRequest) { r.From = "alice" }, want: everywhere(chat.ErrNotPermitted)},
		{name: "no member with a client", caller: f.client("carol"), want: everywhere(chat.ErrNotPermitted)},
		{name: "administrator with a client", caller: f.client(admin)},
		{name: "topic", send: func(r *group.SendRequest) { r.TopicID = r.GroupID + "@TOPIC#_1" }, want: everywhere(chat.ErrTopicNotFound)},
		{
			name: "to some members", send: func(r *group.SendRequest) { r.To = []string{"bob"} },
			want: map[chat.GroupType]*chat.Error{chat.AVChatRoom: chat.ErrNotPermitted, chat.Community: chat.ErrNotPermitted},
		},
		{
			name: "with read receipt", send: func(r *group.SendRequest) { r.NeedReadReceipt = true },
			want: map[chat.GroupType]*chat.Error{chat.AVChatRoom: chat.ErrNotPermitted, chat.Community: chat.ErrNotPermitted},
		},
		{name: "to those who are online", send: func(r *group.SendRequest) { r.OnlineOnly = true }},
	} {
		if tt.caller.App == nil {
			tt.caller = f.rest()
		}
		for _, gt := range types {
			r := f.say(groupOf(gt), "hello")
			if tt.send != nil {
				tt.send(r)
			}
			_, err := f.groups.Send(f.Context(), tt.caller, r)
			want := tt.want[gt]
			switch {
			case want == nil && err != nil:
				t.Errorf("%s into %s: %v", tt.name, gt, err)
			case want != nil && !errors.Is(err, want):
				t.Errorf("%s into %s: got %v, want %v", tt.name, gt, err, want)
			}
		}
	}
}

func groupOf(t chat.GroupType) string {
	if t.Is(chat.Community) {
		return "@TGS#_" + string(t)
	}
	return "in a " + string(t)
}

func everywhere(refusal *chat.Error) map[chat.GroupType]*chat.Error {
	want := make(map[chat.GroupType]*chat.Error)
	for _, t := range []chat.GroupType{chat.Private, "Work", chat.Public, chat.ChatRoom, "Meeting", chat.AVChatRoom, chat.Community} {
		want[t] = refusal
	}
	return want
}

// TestSendParameters: what is wrong with a message whatever the group.
func TestSendParameters(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	list := func(n int) []string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf("u%d", i)
		}
		return ids
	}
	mentions := func(n int) []chat.Mention { return make([]chat.Mention, n) }
	fill := func(bytes int) json.RawMessage {
		return body(strings.Repeat("x", bytes-len(body(""))))
	}
	for _, tt := range []struct {
		name string
		send func(r *group.SendRequest)
		want *chat.Error
	}{
		{"no group", func(r *group.SendRequest) { r.GroupID = "" }, chat.ErrParameter},
		{"GroupId of 48 bytes", func(r *group.SendRequest) { r.GroupID = strings.Repeat("x", 48) }, chat.ErrGroupNotFound},
		{"GroupId of 49 bytes", func(r *group.SendRequest) { r.GroupID = strings.Repeat("x", 49) }, chat.ErrGroupID},
		{"GroupId with a line break", func(r *group.SendRequest) { r.GroupID = "g\n" }, chat.ErrGroupID},
		{"unknown group", func(r *group.SendRequest) { r.GroupID = "unknown" }, chat.ErrGroupNotFound},
		{"no Random", func(r *group.SendRequest) { r.Random = nil }, chat.ErrParameter},
		{"Random 0", func(r *group.SendRequest) { *r.Random = 0 }, nil},
		{"the largest Random", func(r *group.SendRequest) { *r.Random = 4294967295 }, nil},
		{"TopicId of 97 bytes", func(r *group.SendRequest) { r.TopicID = strings.Repeat("x", 97) }, chat.ErrParameter},
		{"priority Lowest", func(r *group.SendRequest) { r.Priority = "Lowest" }, nil},
		{"unknown priority", func(r *group.SendRequest) { r.Priority = "high" }, chat.ErrParameter},
		{"no body", func(r *group.SendRequest) { r.MsgBody = nil }, chat.ErrParameter},
		{"empty body", func(r *group.SendRequest) { r.MsgBody = []byte("[]") }, chat.ErrParameter},
		{"12288 bytes", func(r *group.SendRequest) { r.MsgBody = fill(12288) }, nil},
		{"12289 bytes", func(r *group.SendRequest) { r.MsgBody = fill(12289) }, chat.ErrMessageTooLong},
		{"12288 bytes with custom data", func(r *group.SendRequest) {
			r.MsgBody, r.CloudCustomData = fill(12188), strings.Repeat("y", 100)
		}, nil},
		{"12289 bytes with custom data", func(r *group.SendRequest) {
			r.MsgBody, r.CloudCustomData = fill(12189), strings.Repeat("y", 100)
		}, chat.ErrMessageTooLong},
		{"too long for a group that is not there", func(r *group.SendRequest) {
			r.GroupID, r.MsgBody = "unknown", fill(12289)
		}, chat.ErrMessageTooLong},
		{"50 receivers", func(r *group.SendRequest) { r.To = list(50) }, nil},
		{"51 receivers", func(r *group.SendRequest) { r.To = list(51) }, chat.ErrTooManyAccounts},
		{"a receiver without name", func(r *group.SendRequest) { r.To = []string{"bob", ""} }, chat.ErrParameter},
		{"30 mentions", func(r *group.SendRequest) {
			r.Mentions = mentions(30)
			for i := range r.Mentions {
				r.Mentions[i].All = true
			}
		}, nil},
		{"31 mentions", func(r *group.SendRequest) { r.Mentions = mentions(31) }, chat.ErrTooManyMentions},
		{"a mention of nobody", func(r *group.SendRequest) { r.Mentions = mentions(1) }, chat.ErrParameter},
		{"online and NoUnread", func(r *group.SendRequest) { r.OnlineOnly, r.NoUnread = true, true }, chat.ErrParameter},
		{"online and NoLastMsg", func(r *group.SendRequest) { r.OnlineOnly, r.NoLastMsg = true, true }, chat.ErrParameter},
		{"online and receivers", func(r *group.SendRequest) { r.OnlineOnly, r.To = true, list(1) }, chat.ErrParameter},
		{"online and receipt", func(r *group.SendRequest) { r.OnlineOnly, r.NeedReadReceipt = true, true }, chat.ErrReceiptOnline},
		{"push information that is no object", func(r *group.SendRequest) { r.OfflinePush = []byte("[]") }, chat.ErrParameter},
		{"what the edge found wrong", func(r *group.SendRequest) { r.Fault, r.GroupID = chat.ErrTooManyMentions, "" }, chat.ErrTooManyMentions},
	} {
		r := f.say("g", "hello")
		tt.send(r)
		f.hooks.take()
		err := f.trySend(r)
		if tt.want == nil {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		f.refused(tt.name, err, tt.want)
		heard, _ := f.hooks.take()
		if len(heard) != 1 {
			t.Errorf("%s: %d events", tt.name, len(heard))
			continue
		}
		equal(f, tt.name+": what the app's backend hears", heard[0].(event.GroupMessageRefused).Err.Error(), err.Error())
	}
}

func TestReadReceiptInLargeGroup(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	ids := make([]string, chat.MaxReceiptGroupMembers-1)
	for i := range ids {
		ids[i] = fmt.Sprintf("u%d", i)
	}
	f.imports(ids...)
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: ids})
	f.must(err)
	send := func() error {
		r := f.say("g", "read this")
		r.NeedReadReceipt = true
		return f.trySend(r)
	}
	f.must(send())
	_, err = f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
	f.must(err)
	f.refused("with 201 members", send(), chat.ErrReceiptGroupSize)
}

// TestOrderOfChecks: of several things that are wrong the one that comes first in
// the protocol's order is told.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.mute("g", chat.MuteForever, "bob")
	f.change(func(a *chat.App) { a.Settings.GroupRate, a.Settings.BlockedWords = 1, []string{"damn"} })
	f.send(f.say("g", "the one of this second"))
	f.hooks.answers(event.Answer{Refusal: chat.ErrRefusedByApp, ByApp: true})

	// Every step puts right what the one before was refused for.
	r := &group.SendRequest{GroupID: "g\n", TopicID: "topic", MsgBody: body("damn"), From: "nobody"}
	steps := []struct {
		want *chat.Error
		fix  func()
	}{
		{chat.ErrGroupID, func() { r.GroupID = "unknown" }},
		{chat.ErrParameter, func() { r.Random = new(uint32(7)) }},
		{chat.ErrGroupNotFound, func() { r.GroupID = "g" }},
		{chat.ErrTopicNotFound, func() { r.TopicID = "" }},
		{chat.ErrUserNotFound, func() { r.From = "bob" }},
		{chat.ErrMuted, func() { r.From = "carol" }},
		{chat.ErrTooFrequent, func() { f.clock.Advance(time.Second) }},
		{chat.ErrBlockedContent, func() { r.MsgBody = body("dear me"); f.clock.Advance(time.Second) }},
		{chat.ErrRefusedByApp, func() { f.hooks.answers(event.Answer{}); f.clock.Advance(time.Second) }},
	}
	for _, step := range steps {
		f.refused("next", f.trySend(r), step.want)
		step.fix()
	}
	equal(f, "number of the first message that nothing is wrong with", f.send(r).Seq, 2)
}

// TestFlags: what is kept of a message's flags.
func TestFlags(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("av", chat.AVChatRoom)

	online := f.say("g", "psst")
	online.OnlineOnly = true
	first := f.send(online)
	again := f.say("g", "psst again")
	again.OnlineOnly = true
	equal(f, "numbers of online messages", []int64{first.Seq, f.send(again).Seq}, []int64{1, 2})

	plain := f.say("g", "hello")
	quiet := f.say("g", "quiet")
	quiet.NoUnread, quiet.NoLastMsg, quiet.SupportExtension, quiet.Priority = true, true, true, "High"
	directed := f.say("g", "only you")
	directed.To, directed.NeedReadReceipt = []string{"bob", "bob"}, true
	directed.Mentions, directed.OfflinePush = []chat.Mention{{UserID: "bob"}, {All: true}}, []byte(`{"Title":"t"}`)
	for i, r := range []*group.SendRequest{plain, quiet, directed} {
		equal(f, "number of a stored message", f.send(r).Seq, int64(i+1))
	}
	h, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 20})
	f.must(err)
	now := f.clock.Now()
	for i := range h.Messages {
		if !h.Messages[i].Time.Equal(now) {
			t.Errorf("message of %v at %v", h.Messages[i].Time, now)
		}
		if h.Messages[i].ClientTime != now.Unix() {
			t.Errorf("message made at %d", h.Messages[i].ClientTime)
		}
		h.Messages[i].Time, h.Messages[i].ClientTime = time.Time{}, 0
	}
	equal(f, "history", h.Messages, []chat.Message{
		{
			Seq: 3, Sender: admin, Random: *directed.Random, Priority: chat.PriorityNormal, Body: chat.Body{JSON: body("only you")},
			NoUnread: true, NeedReadReceipt: true, Receivers: []string{"bob"},
			Mentions: []chat.Mention{{UserID: "bob"}, {All: true}}, OfflinePush: []byte(`{"Title":"t"}`),
		},
		{
			Seq: 2, Sender: admin, Random: *quiet.Random, Priority: chat.PriorityHigh, Body: chat.Body{JSON: body("quiet")},
			NoUnread: true, NoLastMsg: true, SupportExtension: true,
		},
		{Seq: 1, Sender: admin, Random: *plain.Random, Priority: chat.PriorityNormal, Body: chat.Body{JSON: body("hello")}},
	})

	// Those of an AVChatRoom take numbers all the same, and are not kept.
	f.hooks.take()
	for i := range 3 {
		r := f.say("av", "hello")
		r.OnlineOnly = i == 1
		equal(f, "number in an AVChatRoom", f.send(r).Seq, int64(i+1))
	}
	heard, _ := f.hooks.take()
	for _, e := range heard {
		equal(f, "OnlineOnlyFlag in an AVChatRoom", e.(event.GroupMessageSent).Message.OnlineOnly, false)
	}
	equal(f, "messages in an AVChatRoom", f.said("av"), nil)
}

// TestFrequencyLimit counts all senders of a group together.
func TestFrequencyLimit(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.GroupRate = 40 })
	f.create("g", chat.Public, "bob")
	f.create("other", chat.Public)
	f.create("av", chat.AVChatRoom)
	for i := range 40 {
		r := f.say("g", "hello")
		if i%2 == 0 {
			r.From = "bob"
		}
		f.send(r)
	}
	low := f.say("g", "hello")
	low.Priority = "Low"
	for _, r := range []*group.SendRequest{f.say("g", "hello"), low} {
		err := f.trySend(r)
		f.refused("number 41", err, chat.ErrTooFrequent)
		equal(f, "text", chat.AsError(err).Text, "msg count exceeds limit,please retry later")
	}
	f.send(f.say("other", "hello"))
	f.clock.Advance(time.Second)
	f.send(f.say("g", "hello"))

	for range 40 {
		f.send(f.say("av", "hello"))
	}
	f.hooks.take()
	for _, tt := range []struct {
		priority string
		refused  bool
	}{{"High", true}, {"Normal", true}, {"Low", false}, {"Lowest", false}} {
		r := f.say("av", "hello")
		r.Priority = tt.priority
		sent, err := f.groups.Send(f.Context(), f.rest(), r)
		heard, _ := f.hooks.take()
		if tt.refused {
			f.refused(tt.priority, err, chat.ErrTooFrequent)
			equal(f, tt.priority+": events", len(heard), 1)
			continue
		}
		f.must(err)
		equal(f, tt.priority+": told", sent, group.Sent{Time: f.clock.Now(), DropReason: "MsgFreqCtrl"})
		equal(f, tt.priority+": events", len(heard), 0)
	}
	f.clock.Advance(time.Second)
	equal(f, "number after the ones that were dropped", f.send(f.say("av", "hello")).Seq, 41)
}

package group_test

import (
	"encoding/json"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

func TestModify(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	original := f.say("g", "helo")
	original.CloudCustomData = "data"
	seq := f.sendBy("bob", original).Seq
	f.hooks.listen()

	m, err := f.groups.Modify(f.Context(), f.client("bob"), group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: body("hello")})
	f.must(err)
	equal(f, "version", m.Version, 1)
	equal(f, "what was not given", m.CloudCustomData, "data")
	heard := f.hooks.listen()
	equal(f, "told", len(heard), 1)
	equal(f, "told what", heard[0].(event.GroupMessageModified).Message.Version, 1)

	m, err = f.groups.Modify(f.Context(), f.client("alice"), group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: body("too late")})
	f.refused("an old version", err, chat.ErrModifyConflict)
	equal(f, "what it is now", text(m.Body.JSON), "hello")
	equal(f, "version it is now", m.Version, 1)
	equal(f, "told of a conflict", len(f.hooks.listen()), 0)

	other := "other"
	m, err = f.groups.Modify(f.Context(), f.client("alice"), group.ModifyRequest{GroupID: "g", Seq: seq, Version: 1, CloudCustomData: &other})
	f.must(err)
	equal(f, "by the owner", m.Version, 2)
	page := f.scroll("carol", group.ScrollRequest{GroupID: "g", Number: 1})
	equal(f, "stored body", text(page.Messages[0].Body.JSON), "hello")
	equal(f, "stored data", page.Messages[0].CloudCustomData, "other")
	equal(f, "stored version", page.Messages[0].Version, 2)
}

func TestModifyRefusals(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.imports("dave")
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	seq := f.sendBy("bob", f.say("g", "hello")).Seq
	recalled := f.sendBy("bob", f.say("g", "taken back")).Seq
	equal(f, "recall", codeOf(f.recallBy("bob", "g", recalled)), 0)
	tip := f.tip("g")
	long := func(n int) json.RawMessage { return body(string(make([]byte, n))) }
	for _, tt := range []struct {
		name, userID string
		request      group.ModifyRequest
		want         *chat.Error
	}{
		{"no group", "bob", group.ModifyRequest{Seq: seq}, chat.ErrParameter},
		{"unknown group", "bob", group.ModifyRequest{GroupID: "unknown", Seq: seq}, chat.ErrGroupNotFound},
		{"topic", "bob", group.ModifyRequest{GroupID: "g", TopicID: "t", Seq: seq}, chat.ErrTopicNotFound},
		{"no message", "bob", group.ModifyRequest{GroupID: "g", Seq: 999}, chat.ErrMessageNotFound},
		{"recalled message", "bob", group.ModifyRequest{GroupID: "g", Seq: recalled}, chat.ErrMessageNotFound},
		{"tip", "alice", group.ModifyRequest{GroupID: "g", Seq: tip}, chat.ErrMessageNotFound},
		{"no member", "dave", group.ModifyRequest{GroupID: "g", Seq: seq}, chat.ErrNotPermitted},
		{"another member", "carol", group.ModifyRequest{GroupID: "g", Seq: seq}, chat.ErrNotPermitted},
		{"no element", "bob", group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: json.RawMessage("[]")}, chat.ErrParameter},
		{"blocked word", "bob", group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: body("damn")}, chat.ErrBlockedContent},
		{"too long", "bob", group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: long(chat.MaxMessageBytes)}, chat.ErrMessageTooLong},
		{"too long with its data", "bob", group.ModifyRequest{GroupID: "g", Seq: seq, CloudCustomData: new(string(make([]byte, chat.MaxMessageBytes)))}, chat.ErrMessageTooLong},
	} {
		_, err := f.groups.Modify(f.Context(), f.client(tt.userID), tt.request)
		f.refused(tt.name, err, tt.want)
	}
	f.mute("g", 60, "bob")
	_, err := f.groups.Modify(f.Context(), f.client("bob"), group.ModifyRequest{GroupID: "g", Seq: seq, MsgBody: body("I am not muted")})
	f.refused("muted sender", err, chat.ErrMuted)
}

package group_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func TestUpdateRules(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	for _, gt := range []chat.GroupType{chat.Private, chat.Public, chat.ChatRoom, chat.AVChatRoom, chat.Community} {
		f.create(groupOf(gt), gt)
	}
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: "@TGS#_topics", Type: "Community", Profile: group.Profile{Name: new("c")}, SupportTopic: true,
	})
	f.must(err)
	public := groupOf(chat.Public)
	for _, tt := range []struct {
		name, group, from string
		profile           group.Profile
		want              *chat.Error
	}{
		{name: "nothing", group: public},
		{name: "no group", group: "", want: chat.ErrParameter},
		{name: "malformed group", group: "\x00", want: chat.ErrGroupID},
		{name: "unknown group", group: "unknown", want: chat.ErrGroupNotFound},
		{name: "long name in an unknown group", group: "unknown", profile: group.Profile{Name: new(strings.Repeat("x", 31))}, want: chat.ErrParameter},
		{name: "operator", group: public, from: "bob"},
		{name: "operator without account", group: public, from: "nobody", want: chat.ErrUserNotFound},
		{name: "empty name", group: public, profile: group.Profile{Name: new("")}, want: chat.ErrParameter},
		{name: "blocked name", group: public, profile: group.Profile{Name: new("DAMN")}, want: chat.ErrBlockedContent},
		{name: "blocked name in an unknown group", group: "unknown", profile: group.Profile{Name: new("DAMN")}, want: chat.ErrGroupNotFound},
		{name: "blocked notice", group: public, profile: group.Profile{Notification: new("damn!")}, want: chat.ErrBlockedContent},
		{name: "limit", group: public, profile: group.Profile{MaxMemberNum: new(6000)}},
		{name: "limit of nobody", group: public, profile: group.Profile{MaxMemberNum: new(0)}, want: chat.ErrParameter},
		{name: "limit beyond the type's", group: public, profile: group.Profile{MaxMemberNum: new(6001)}, want: chat.ErrMemberLimit},
		{name: "limit of a community", group: groupOf(chat.Community), profile: group.Profile{MaxMemberNum: new(1_000_000)}},
		{name: "limit of an AVChatRoom", group: groupOf(chat.AVChatRoom), profile: group.Profile{MaxMemberNum: new(2_000_000)}},
		{name: "mute neither on nor off", group: public, profile: group.Profile{MuteAll: new("on")}, want: chat.ErrParameter},
		{name: "mute a Private", group: groupOf(chat.Private), profile: group.Profile{MuteAll: new("On")}, want: chat.ErrNotPermitted},
		{name: "do not mute a Private", group: groupOf(chat.Private), profile: group.Profile{MuteAll: new("Off")}},
		{name: "mute an AVChatRoom", group: groupOf(chat.AVChatRoom), profile: group.Profile{MuteAll: new("On")}},
		{name: "history of a ChatRoom", group: groupOf(chat.ChatRoom), profile: group.Profile{HistoryBeforeJoin: new("Off")}},
		{name: "history neither on nor off", group: public, profile: group.Profile{HistoryBeforeJoin: new("")}, want: chat.ErrParameter},
		{name: "history of an AVChatRoom", group: groupOf(chat.AVChatRoom), profile: group.Profile{HistoryBeforeJoin: new("On")}, want: chat.ErrNotPermitted},
		{name: "history of a community", group: groupOf(chat.Community), profile: group.Profile{HistoryBeforeJoin: new("On")}, want: chat.ErrNotPermitted},
		{name: "invitation", group: public, profile: group.Profile{InviteJoinOption: new("NeedPermission")}},
		{name: "invitation into an AVChatRoom", group: groupOf(chat.AVChatRoom), profile: group.Profile{InviteJoinOption: new("FreeAccess")}, want: chat.ErrNotPermitted},
		{name: "permissions without topics", group: groupOf(chat.Community), profile: group.Profile{EnablePermission: new(true)}, want: chat.ErrNotPermitted},
		{name: "permissions with topics", group: "@TGS#_topics", profile: group.Profile{EnablePermission: new(true), DefaultPermission: new(int64(3))}},
		{name: "field with a bad name", group: public, profile: group.Profile{AppDefinedData: []chat.KeyValue{{Key: "ä", Value: "v"}}}, want: chat.ErrParameter},
		{name: "field to delete with a bad name", group: public, profile: group.Profile{AppDefinedData: []chat.KeyValue{{Key: ""}}}, want: chat.ErrParameter},
	} {
		err := f.groups.Update(f.Context(), f.rest(), tt.group, tt.from, &tt.profile)
		if tt.want == nil && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.want != nil {
			f.refused(tt.name, err, tt.want)
		}
	}
}

// TestUpdate: what is given changes and nothing else does.
func TestUpdate(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	before := f.group("g")
	f.clock.Advance(time.Minute)
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{
		Name: new("new"), Introduction: new("i"), Notification: new("n"), FaceURL: new("f"), MaxMemberNum: new(7), ApplyJoinOption: new("FreeAccess"),
		MuteAll: new("On"), AppDefinedData: []chat.KeyValue{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}, {Key: "a", Value: "3"}},
	}))
	want := *before
	want.Name, want.Introduction, want.Notification, want.FaceURL = "new", "i", "n", "f"
	want.MaxMemberNum, want.ApplyJoinOption, want.MuteAll = 7, "FreeAccess", true
	want.AppDefinedData = []chat.KeyValue{{Key: "a", Value: "3"}, {Key: "b", Value: "2"}}
	want.InfoSeq, want.Revision = before.InfoSeq+1, before.Revision+1
	got := f.group("g")
	if !got.LastInfoTime.Equal(f.clock.Now()) {
		t.Errorf("changed at %v, want %v", got.LastInfoTime, f.clock.Now())
	}
	want.LastInfoTime = got.LastInfoTime
	want.LastMsgTime, want.NextMsgSeq = got.LastInfoTime, before.NextMsgSeq+1 // which the members are told
	equal(f, "profile", *got, want)

	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{
		Introduction: new(""), MuteAll: new("Off"), AppDefinedData: []chat.KeyValue{{Key: "b"}, {Key: "c", Value: "4"}, {Key: "none"}},
	}))
	want.Introduction, want.MuteAll = "", false
	want.AppDefinedData = []chat.KeyValue{{Key: "a", Value: "3"}, {Key: "c", Value: "4"}}
	want.InfoSeq, want.Revision, want.NextMsgSeq = want.InfoSeq+1, want.Revision+1, want.NextMsgSeq+1
	equal(f, "profile after the second change", *f.group("g"), want)

	// A refused change leaves no trace.
	f.refused("one thing is wrong", f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{Name: new("x"), MaxMemberNum: new(1 << 30)}), chat.ErrMemberLimit)
	equal(f, "profile after a refused change", *f.group("g"), want)
}

func TestDestroyAndGet(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("av", chat.AVChatRoom)
	ids := []string{"av", "g", "unknown", "", strings.Repeat("x", 49), "g"}
	show := func(infos []group.Info) []string {
		var lines []string
		for _, i := range infos {
			line := i.GroupID
			if i.Err != nil {
				line += ": " + i.Err.Text
			}
			for _, m := range i.Members {
				line += " " + m.UserID
			}
			lines = append(lines, line)
		}
		return lines
	}
	infos, err := f.groups.Get(f.Context(), f.rest(), ids, true)
	f.must(err)
	equal(f, "groups", show(infos), []string{
		"av", "g alice bob", "unknown: this group does not exist", ": GroupId is malformed", ids[4] + ": GroupId is malformed", "g alice bob",
	})
	infos, err = f.groups.Get(f.Context(), f.rest(), ids[1:2], false)
	f.must(err)
	equal(f, "without members", show(infos), []string{"g"})
	for _, n := range []int{0, 51} {
		_, err = f.groups.Get(f.Context(), f.rest(), make([]string, n), true)
		f.refused("a wrong number of groups", err, chat.ErrParameter)
	}

	f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
	f.refused("destroyed again", f.groups.Destroy(f.Context(), f.rest(), "g"), chat.ErrGroupNotFound)
	f.refused("no group", f.groups.Destroy(f.Context(), f.rest(), ""), chat.ErrParameter)
	f.refused("malformed", f.groups.Destroy(f.Context(), f.rest(), "ä"), chat.ErrGroupID)
	_, err = f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: "g", Number: 1})
	f.refused("its history", err, chat.ErrGroupNotFound)
}

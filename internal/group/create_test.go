package group_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func TestCreateRules(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	f.create("taken", chat.Public)
	members := func(n int) []group.NewMember {
		list := make([]group.NewMember, n)
		for i := range list {
			list[i].UserID = fmt.Sprintf("u%d", i)
		}
		return list
	}
	fields := func(n int) []chat.KeyValue {
		data := make([]chat.KeyValue, n)
		for i := range data {
			data[i] = chat.KeyValue{Key: fmt.Sprintf("k%d", i), Value: "v"}
		}
		return data
	}
	long := func(n int) *string { return new(strings.Repeat("x", n)) }
	for _, tt := range []struct {
		name   string
		create func(r *group.CreateRequest)
		want   *chat.Error
		text   string
	}{
		{name: "least", create: func(*group.CreateRequest) {}},
		{name: "no type", create: func(r *group.CreateRequest) { r.Type = "" }, want: chat.ErrParameter},
		{name: "unknown type", create: func(r *group.CreateRequest) { r.Type = "Live" }, want: chat.ErrParameter},
		{name: "type in lower case", create: func(r *group.CreateRequest) { r.Type = "public" }, want: chat.ErrParameter},
		{name: "newer name of a type", create: func(r *group.CreateRequest) { r.Type = "Work" }},
		{name: "no name", create: func(r *group.CreateRequest) { r.Profile.Name = nil }, want: chat.ErrParameter},
		{name: "empty name", create: func(r *group.CreateRequest) { r.Profile.Name = new("") }, want: chat.ErrParameter},
		{name: "name of 30 bytes", create: func(r *group.CreateRequest) { r.Profile.Name = long(30) }},
		{name: "name of 31 bytes", create: func(r *group.CreateRequest) { r.Profile.Name = long(31) }, want: chat.ErrParameter, text: "group name is too long"},
		{name: "introduction of 240 bytes", create: func(r *group.CreateRequest) { r.Profile.Introduction = long(240) }},
		{name: "introduction of 241 bytes", create: func(r *group.CreateRequest) { r.Profile.Introduction = long(241) }, want: chat.ErrParameter, text: "introduction is too long"},
		{name: "notice of 300 bytes", create: func(r *group.CreateRequest) { r.Profile.Notification = long(300) }},
		{name: "notice of 301 bytes", create: func(r *group.CreateRequest) { r.Profile.Notification = long(301) }, want: chat.ErrParameter},
		{name: "avatar of 100 bytes", create: func(r *group.CreateRequest) { r.Profile.FaceURL = long(100) }},
		{name: "avatar of 101 bytes", create: func(r *group.CreateRequest) { r.Profile.FaceURL = long(101) }, want: chat.ErrParameter},
		{name: "blocked name", create: func(r *group.CreateRequest) { r.Profile.Name = new("d a m n") }, want: chat.ErrBlockedContent},
		{name: "blocked introduction", create: func(r *group.CreateRequest) { r.Profile.Introduction = new("damn") }, want: chat.ErrBlockedContent},
		{name: "blocked notice", create: func(r *group.CreateRequest) { r.Profile.Notification = new("damn") }, want: chat.ErrBlockedContent},
		{name: "blocked name card", create: func(r *group.CreateRequest) {
			r.Members = []group.NewMember{{UserID: "bob", NameCard: "damn"}}
		}, want: chat.ErrBlockedContent},
		{name: "a word across name and introduction", create: func(r *group.CreateRequest) {
			r.Profile.Name, r.Profile.Introduction = new("da"), new("mn")
		}},
		{name: "owner without account", create: func(r *group.CreateRequest) { r.Owner = "nobody" }, want: chat.ErrUserNotFound},
		{name: "owner without account and blocked name", create: func(r *group.CreateRequest) {
			r.Owner, r.Profile.Name = "nobody", new("damn")
		}, want: chat.ErrUserNotFound},
		{name: "no owner", create: func(r *group.CreateRequest) { r.Owner = "" }},
		{name: "own name", create: func(r *group.CreateRequest) { r.GroupID = "my group" }},
		{name: "name of 48 bytes", create: func(r *group.CreateRequest) { r.GroupID = *long(48) }},
		{name: "ID of 49 bytes", create: func(r *group.CreateRequest) { r.GroupID = *long(49) }, want: chat.ErrParameter},
		{name: "ID beyond ASCII", create: func(r *group.CreateRequest) { r.GroupID = "gruppe ü" }, want: chat.ErrParameter},
		{name: "ID like those of the server", create: func(r *group.CreateRequest) { r.GroupID = "@TGS#1" }, want: chat.ErrParameter},
		{name: "ID like a topic", create: func(r *group.CreateRequest) { r.GroupID = "g@TOPIC#_1" }, want: chat.ErrParameter},
		{name: "community", create: func(r *group.CreateRequest) { r.Type, r.GroupID = "Community", "@TGS#_1" }},
		{name: "community with another ID", create: func(r *group.CreateRequest) { r.Type, r.GroupID = "Community", "c" }, want: chat.ErrParameter},
		{name: "community with an empty ID", create: func(r *group.CreateRequest) { r.Type, r.GroupID = "Community", "@TGS#_" }, want: chat.ErrParameter},
		{name: "community with an ID of the server", create: func(r *group.CreateRequest) { r.Type, r.GroupID = "Community", "@TGS#_@TGS#1" }, want: chat.ErrParameter},
		{name: "taken by another", create: func(r *group.CreateRequest) { r.GroupID, r.Owner = "taken", "bob" }, want: chat.ErrGroupIDTaken, text: "group id has be used!"},
		{name: "taken, and no owner", create: func(r *group.CreateRequest) { r.GroupID, r.Owner = "taken", "" }, want: chat.ErrGroupIDTaken},
		{name: "taken by the same", create: func(r *group.CreateRequest) { r.GroupID = "taken" }, want: chat.ErrGroupIDTakenByOwn, text: "group id has be used by youself!"},
		{name: "100 members", create: func(r *group.CreateRequest) { r.Members = members(100) }},
		{name: "101 members", create: func(r *group.CreateRequest) { r.Members = members(101) }, want: chat.ErrTooManyAccounts},
		{name: "member without account", create: func(r *group.CreateRequest) { r.Members = []group.NewMember{{}} }, want: chat.ErrParameter},
		{name: "member as owner", create: func(r *group.CreateRequest) { r.Members = []group.NewMember{{UserID: "bob", Role: "Owner"}} }, want: chat.ErrParameter},
		{name: "member as admin", create: func(r *group.CreateRequest) { r.Members = []group.NewMember{{UserID: "bob", Role: "Admin"}} }},
		{name: "member as admin of a Private", create: func(r *group.CreateRequest) {
			r.Type, r.Members = "Private", []group.NewMember{{UserID: "bob", Role: "Admin"}}
		}, want: chat.ErrNotPermitted},
		{name: "member with unknown option", create: func(r *group.CreateRequest) { r.Members = []group.NewMember{{UserID: "bob", MsgFlag: "x"}} }, want: chat.ErrParameter},
		{name: "name card of 51 bytes", create: func(r *group.CreateRequest) { r.Members = []group.NewMember{{UserID: "bob", NameCard: *long(51)}} }, want: chat.ErrParameter},
		{name: "member with 6 fields", create: func(r *group.CreateRequest) {
			r.Members = []group.NewMember{{UserID: "bob", AppDefinedData: fields(6)}}
		}, want: chat.ErrParameter},
		{name: "members of an AVChatRoom", create: func(r *group.CreateRequest) { r.Type, r.Members = "AVChatRoom", members(1) }, want: chat.ErrNotPermitted},
		{name: "room for 6000", create: func(r *group.CreateRequest) { r.Profile.MaxMemberNum = new(6000) }},
		{name: "room for 6001", create: func(r *group.CreateRequest) { r.Profile.MaxMemberNum = new(6001) }, want: chat.ErrMemberLimit},
		{name: "room for none", create: func(r *group.CreateRequest) { r.Profile.MaxMemberNum = new(0) }, want: chat.ErrParameter},
		{name: "room for the owner only", create: func(r *group.CreateRequest) {
			r.Profile.MaxMemberNum, r.Members = new(1), []group.NewMember{{UserID: "bob"}}
		}, want: chat.ErrMemberLimit},
		{name: "unknown join option", create: func(r *group.CreateRequest) { r.Profile.ApplyJoinOption = new("Free") }, want: chat.ErrParameter},
		{name: "unknown invitation option", create: func(r *group.CreateRequest) { r.Profile.InviteJoinOption = new("DisableApply") }, want: chat.ErrParameter},
		{name: "10 fields", create: func(r *group.CreateRequest) { r.Profile.AppDefinedData = fields(10) }},
		{name: "11 fields", create: func(r *group.CreateRequest) { r.Profile.AppDefinedData = fields(11) }, want: chat.ErrParameter},
		{name: "field with a long name", create: func(r *group.CreateRequest) {
			r.Profile.AppDefinedData = []chat.KeyValue{{Key: *long(17), Value: "v"}}
		}, want: chat.ErrParameter},
		{name: "field with a strange name and no value", create: func(r *group.CreateRequest) {
			r.Profile.AppDefinedData = []chat.KeyValue{{Key: "a b"}}
		}, want: chat.ErrParameter},
		{name: "field with a value of 513 bytes", create: func(r *group.CreateRequest) {
			r.Profile.AppDefinedData = []chat.KeyValue{{Key: "k", Value: *long(513)}}
		}, want: chat.ErrParameter},
	} {
		r := &group.CreateRequest{Type: "Public", Owner: "alice", Profile: group.Profile{Name: new("a group")}}
		tt.create(r)
		_, err := f.groups.Create(f.Context(), f.rest(), r)
		switch {
		case tt.want == nil && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != nil:
			f.refused(tt.name, err, tt.want)
		}
		if tt.text != "" {
			equal(f, tt.name+": text", chat.AsError(err).Text, tt.text)
		}
	}
}

// TestCreateDefaults: what a new group of each type is like.
func TestCreateDefaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	type profile struct {
		Prefix, Apply, Invite string
		MaxMembers            int
		HistoryBeforeJoin     bool
		MsgFlag               string
		Mute                  int64
	}
	for gt, want := range map[chat.GroupType]profile{
		chat.Private:    {"@TGS#2", "DisableApply", "FreeAccess", 6000, false, "AcceptAndNotify", 0},
		chat.Public:     {"@TGS#2", "NeedPermission", "DisableInvite", 6000, false, "AcceptAndNotify", chat.MuteForever},
		chat.ChatRoom:   {"@TGS#2", "FreeAccess", "DisableInvite", 6000, true, "AcceptNotNotify", chat.MuteForever},
		chat.AVChatRoom: {"@TGS#a", "FreeAccess", "DisableInvite", 0, false, "", 0},
		chat.Community:  {"@TGS#_@TGS#c", "FreeAccess", "FreeAccess", 100_000, false, "AcceptAndNotify", chat.MuteForever},
	} {
		r := &group.CreateRequest{
			Type: string(gt), Owner: "alice", Profile: group.Profile{Name: new("a group")}, SupportTopic: true, EnablePermission: true, DefaultPermission: 5,
		}
		if gt == chat.AVChatRoom {
			r.Profile.InviteJoinOption = new("FreeAccess") // has no meaning there
		} else {
			r.Members = []group.NewMember{{UserID: "bob", MuteUntil: chat.MuteForever}, {UserID: "nobody"}, {UserID: "bob", Role: "Member"}}
		}
		made, err := f.groups.Create(f.Context(), f.rest(), r)
		f.must(err)
		g := f.group(made.ID)
		got := profile{"", g.ApplyJoinOption, g.InviteJoinOption, g.MaxMemberNum, g.HistoryBeforeJoin, "", 0}
		if strings.HasPrefix(g.ID, want.Prefix) && chat.WellFormedGroupID(g.ID) {
			got.Prefix = want.Prefix
		}
		members := 1
		if gt != chat.AVChatRoom {
			members = 2
			bob := f.member(g.ID, "bob")
			got.MsgFlag, got.Mute = bob.MsgFlag, bob.MuteUntil
		}
		equal(f, string(gt), got, want)
		equal(f, string(gt)+": members", g.MemberNum, members)
		equal(f, string(gt)+": owner", f.member(g.ID, "alice").Role, chat.RoleOwner)
		topics := gt == chat.Community
		equal(f, string(gt)+": topics", []any{g.SupportTopic, g.EnablePermission, g.DefaultPermission == 5}, []any{topics, topics, topics})
		equal(f, string(gt)+": made", []any{g.InfoSeq, g.NextMsgSeq, g.CreateTime.Equal(f.clock.Now()), g.LastInfoTime.Equal(f.clock.Now())}, []any{int64(1), int64(1), true, true})
	}
}

// TestInitialMembers: what can be said of the first members, and what cannot.
func TestInitialMembers(t *testing.T) {
	t.Parallel()
	f := start(t)
	now := f.clock.Now()
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: "g", Type: "Public", Owner: "alice", Profile: group.Profile{Name: new("a group")},
		Members: []group.NewMember{
			{UserID: "alice", Role: "Admin", NameCard: "not the owner's"},
			{
				UserID: "bob", Role: "Admin", JoinTime: now.Add(-time.Hour), MsgFlag: "Discard", NameCard: "Bob", MuteUntil: now.Unix() - 1,
				AppDefinedData: []chat.KeyValue{{Key: "k", Value: "v"}, {Key: "empty"}},
			},
			{UserID: "carol", JoinTime: now.Add(time.Hour), MuteUntil: now.Unix() + 60},
			{UserID: admin, MuteUntil: chat.MuteForever},
		},
	})
	f.must(err)
	page, err := f.groups.ListMembers(f.Context(), f.rest(), group.ListRequest{GroupID: "g"})
	f.must(err)
	for i := range page.Members {
		page.Members[i].JoinTime = page.Members[i].JoinTime.UTC()
	}
	equal(f, "members", page.Members, []chat.Member{
		{UserID: "alice", Role: chat.RoleOwner, JoinTime: now, MsgFlag: "AcceptAndNotify"},
		{
			UserID: "bob", Role: chat.RoleAdmin, JoinTime: now.Add(-time.Hour), MsgFlag: "Discard", NameCard: "Bob",
			AppDefinedData: []chat.KeyValue{{Key: "k", Value: "v"}},
		},
		{UserID: "carol", Role: chat.RoleMember, JoinTime: now, MsgFlag: "AcceptAndNotify", MuteUntil: now.Unix() + 60},
		{UserID: admin, Role: chat.RoleMember, JoinTime: now, MsgFlag: "AcceptAndNotify"},
	})
}

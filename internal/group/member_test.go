package group_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

func TestAddMembers(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("av", chat.AVChatRoom)
	f.create("full", chat.Public)
	f.must(f.groups.Update(f.Context(), f.rest(), "full", "", &group.Profile{MaxMemberNum: new(2)}))
	for _, tt := range []struct {
		name, group string
		users       []string
		want        map[string]group.AddResult
		refusal     *chat.Error
	}{
		{name: "everything at once", group: "g", users: []string{"carol", "bob", "nobody", "carol"}, want: map[string]group.AddResult{
			"carol": group.Added, "bob": group.AlreadyMember, "nobody": group.NotAdded,
		}},
		{name: "again", group: "g", users: []string{"carol"}, want: map[string]group.AddResult{"carol": group.AlreadyMember}},
		{name: "nobody who exists", group: "g", users: []string{"nobody", "noone"}, refusal: chat.ErrUserNotFound},
		{name: "nobody", group: "g", refusal: chat.ErrParameter},
		{name: "somebody without name", group: "g", users: []string{"carol", ""}, refusal: chat.ErrParameter},
		{name: "301", group: "g", users: make([]string, 301), refusal: chat.ErrTooManyAccounts},
		{name: "301 into an unknown group", group: "unknown", users: make([]string, 301), refusal: chat.ErrTooManyAccounts},
		{name: "no group", users: []string{"bob"}, refusal: chat.ErrParameter},
		{name: "malformed group", group: "\t", users: []string{"bob"}, refusal: chat.ErrGroupID},
		{name: "unknown group", group: "unknown", users: []string{"bob"}, refusal: chat.ErrGroupNotFound},
		{name: "AVChatRoom", group: "av", users: []string{"bob"}, refusal: chat.ErrNotPermitted},
		{name: "as many as fit", group: "full", users: []string{"bob", "carol"}, want: map[string]group.AddResult{"bob": group.Added, "carol": group.NotAdded}},
		{name: "full", group: "full", users: []string{"carol"}, refusal: chat.ErrGroupFull},
		{name: "full, and one is a member", group: "full", users: []string{"bob", "carol"}, refusal: chat.ErrGroupFull},
		{name: "members of a full group", group: "full", users: []string{"bob"}, want: map[string]group.AddResult{"bob": group.AlreadyMember}},
	} {
		got, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: tt.group, UserIDs: tt.users})
		if tt.refusal != nil {
			f.refused(tt.name, err, tt.refusal)
			continue
		}
		f.must(err)
		equal(f, tt.name, got, tt.want)
	}
	equal(f, "members", f.group("g").MemberNum, 3)

	f.send(f.say("g", "hello"))
	newest := f.group("g").NextMsgSeq - 1
	f.clock.Advance(time.Minute)
	f.must(f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "g", UserIDs: []string{"carol"}}))
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"carol"}})
	f.must(err)
	carol := f.member("g", "carol")
	equal(f, "read up to", carol.ReadSeq, newest+1) // that she left, but not that she came back
	if !carol.JoinTime.Equal(f.clock.Now()) {
		t.Errorf("joined at %v, want %v", carol.JoinTime, f.clock.Now())
	}
}

func TestRemoveMembers(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.create("av", chat.AVChatRoom)
	for _, tt := range []struct {
		name, group string
		users       []string
		refusal     *chat.Error
		left        int
	}{
		{name: "one and strangers", group: "g", users: []string{"bob", "nobody", "bob"}, left: 2},
		{name: "again", group: "g", users: []string{"bob"}, left: 2},
		{name: "the owner too", group: "g", users: []string{"carol", "alice"}, refusal: chat.ErrNotPermitted, left: 2},
		{name: "nobody", group: "g", refusal: chat.ErrParameter, left: 2},
		{name: "somebody without name", group: "g", users: []string{""}, refusal: chat.ErrParameter, left: 2},
		{name: "500", group: "g", users: slicesOf(500), left: 2},
		{name: "501", group: "g", users: slicesOf(501), refusal: chat.ErrTooManyAccounts, left: 2},
		{name: "AVChatRoom", group: "av", users: []string{"bob"}, refusal: chat.ErrParameter, left: 1},
	} {
		err := f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: tt.group, UserIDs: tt.users})
		if tt.refusal == nil {
			f.must(err)
		} else {
			f.refused(tt.name, err, tt.refusal)
		}
		equal(f, tt.name+": members left", f.group(tt.group).MemberNum, tt.left)
	}
	f.refused("unknown group", f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "unknown", UserIDs: []string{"bob"}}), chat.ErrGroupNotFound)
}

func slicesOf(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("x%d", i)
	}
	return ids
}

func TestListMembers(t *testing.T) {
	t.Parallel()
	f := start(t)
	users := make([]string, 10)
	for i := range users {
		users[i] = fmt.Sprintf("u%d", i)
	}
	f.imports(users...)
	f.create("g", chat.Public, users...)
	f.create("@TGS#_c", chat.Community, users...)
	f.create("av", chat.AVChatRoom)
	f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{GroupID: "g", UserID: "u3", Role: new("Admin"), MuteSeconds: new(uint32(60))}))
	list := func(r group.ListRequest) (string, int64) {
		t.Helper()
		page, err := f.groups.ListMembers(f.Context(), f.rest(), r)
		f.must(err)
		equal(f, "members in all", page.Group.MemberNum, 11)
		var ids []string
		for _, m := range page.Members {
			ids = append(ids, m.UserID)
		}
		return strings.Join(ids, " "), page.Next
	}
	for _, tt := range []struct {
		name    string
		request group.ListRequest
		want    string
	}{
		{"all", group.ListRequest{}, "alice u0 u1 u2 u3 u4 u5 u6 u7 u8 u9"},
		{"some", group.ListRequest{Limit: 3}, "alice u0 u1"},
		{"from the middle", group.ListRequest{Limit: 3, Offset: 9}, "u8 u9"},
		{"beyond the end", group.ListRequest{Offset: 11}, ""},
		{"a place in a group that has none", group.ListRequest{Limit: 1, After: 5}, "alice"},
		{"one role", group.ListRequest{Roles: []chat.Role{chat.RoleAdmin}}, "u3"},
		{"two roles, one of them often", group.ListRequest{Roles: []chat.Role{chat.RoleOwner, chat.RoleAdmin, chat.RoleOwner}}, "alice u3"},
		{"no such role", group.ListRequest{Roles: []chat.Role{"King"}}, ""},
		{"a role and one there is not", group.ListRequest{Roles: []chat.Role{"King", chat.RoleAdmin}}, "u3"},
		{"very many roles", group.ListRequest{Roles: make([]chat.Role, 100_000)}, ""},
		{"most at once", group.ListRequest{Limit: 6000}, "alice u0 u1 u2 u3 u4 u5 u6 u7 u8 u9"},
	} {
		tt.request.GroupID = "g"
		got, next := list(tt.request)
		equal(f, tt.name, got, tt.want)
		equal(f, tt.name+": next", next, 0)
	}

	// A community is paged by place; the last page says that it is the last.
	for _, limit := range []int{1, 4, 11, 12} {
		var all []string
		r := group.ListRequest{GroupID: "@TGS#_c", Limit: limit, Offset: 5}
		pages := 0
		for {
			ids, next := list(r)
			all = append(all, ids)
			pages++
			if r.After = next; next == 0 {
				break
			}
		}
		equal(f, fmt.Sprintf("pages of %d", limit), strings.Join(all, " "), "alice u0 u1 u2 u3 u4 u5 u6 u7 u8 u9")
		equal(f, fmt.Sprintf("number of pages of %d", limit), pages, (11+limit-1)/limit)
	}

	for name, tt := range map[string]struct {
		request group.ListRequest
		want    *chat.Error
	}{
		"no group":        {group.ListRequest{}, chat.ErrParameter},
		"unknown group":   {group.ListRequest{GroupID: "unknown"}, chat.ErrGroupNotFound},
		"AVChatRoom":      {group.ListRequest{GroupID: "av"}, chat.ErrNotPermitted},
		"6001 at once":    {group.ListRequest{GroupID: "g", Limit: 6001}, chat.ErrParameter},
		"negative limit":  {group.ListRequest{GroupID: "g", Limit: -1}, chat.ErrParameter},
		"negative offset": {group.ListRequest{GroupID: "unknown", Offset: -1}, chat.ErrParameter},
	} {
		_, err := f.groups.ListMembers(f.Context(), f.rest(), tt.request)
		f.refused(name, err, tt.want)
	}

	// A mute that is over is none, in lists as in profiles.
	muteOf := func() []int64 {
		page, err := f.groups.ListMembers(f.Context(), f.rest(), group.ListRequest{GroupID: "g", Roles: []chat.Role{chat.RoleAdmin}})
		f.must(err)
		infos, err := f.groups.Get(f.Context(), f.rest(), []string{"g"}, true)
		f.must(err)
		return []int64{page.Members[0].MuteUntil, infos[0].Members[4].MuteUntil}
	}
	end := f.clock.Now().Unix() + 60
	f.clock.Advance(59 * time.Second)
	equal(f, "muted until", muteOf(), []int64{end, end})
	f.clock.Advance(time.Second)
	equal(f, "not muted any more", muteOf(), []int64{0, 0})
}

func TestUpdateMember(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	f.create("g", chat.Public, "bob", admin)
	f.create("private", chat.Private, "bob")
	f.create("av", chat.AVChatRoom)
	for _, tt := range []struct {
		name   string
		update group.MemberUpdate
		want   *chat.Error
	}{
		{"nothing", group.MemberUpdate{}, nil},
		{"no member named", group.MemberUpdate{UserID: "-"}, chat.ErrParameter},
		{"no member", group.MemberUpdate{UserID: "carol"}, chat.ErrParameter},
		{"unknown group", group.MemberUpdate{GroupID: "unknown"}, chat.ErrGroupNotFound},
		{"AVChatRoom", group.MemberUpdate{GroupID: "av", UserID: "alice"}, chat.ErrNotPermitted},
		{"admin", group.MemberUpdate{Role: new("Admin")}, nil},
		{"admin of a Private", group.MemberUpdate{GroupID: "private", Role: new("Admin")}, chat.ErrNotPermitted},
		{"member of a Private", group.MemberUpdate{GroupID: "private", Role: new("Member")}, nil},
		{"owner", group.MemberUpdate{Role: new("Owner")}, chat.ErrParameter},
		{"role in an unknown group", group.MemberUpdate{GroupID: "unknown", Role: new("King")}, chat.ErrParameter},
		{"the owner as admin", group.MemberUpdate{UserID: "alice", Role: new("Admin")}, chat.ErrNotPermitted},
		{"the owner as member", group.MemberUpdate{UserID: "alice", Role: new("Member")}, chat.ErrNotPermitted},
		{"unknown option", group.MemberUpdate{MsgFlag: new("Loud")}, chat.ErrParameter},
		{"name card of 50 bytes", group.MemberUpdate{NameCard: new(strings.Repeat("x", 50))}, nil},
		{"name card of 51 bytes", group.MemberUpdate{NameCard: new(strings.Repeat("x", 51))}, chat.ErrParameter},
		{"blocked name card", group.MemberUpdate{NameCard: new("damn")}, chat.ErrBlockedContent},
		{"blocked name card of no member", group.MemberUpdate{UserID: "carol", NameCard: new("damn")}, chat.ErrParameter},
		{"field of 64 bytes", group.MemberUpdate{AppDefinedData: []chat.KeyValue{{Key: "k", Value: strings.Repeat("x", 64)}}}, nil},
		{"field of 65 bytes", group.MemberUpdate{AppDefinedData: []chat.KeyValue{{Key: "k", Value: strings.Repeat("x", 65)}}}, chat.ErrParameter},
		{"mute", group.MemberUpdate{MuteSeconds: new(uint32(9))}, nil},
		{"mute in a Private", group.MemberUpdate{GroupID: "private", MuteSeconds: new(uint32(9))}, chat.ErrNotPermitted},
		{"mute the owner", group.MemberUpdate{UserID: "alice", MuteSeconds: new(uint32(9))}, chat.ErrNotPermitted},
		{"mute an administrator of the app", group.MemberUpdate{UserID: admin, MuteSeconds: new(uint32(9))}, chat.ErrNotPermitted},
		{"lift from the owner", group.MemberUpdate{UserID: "alice", MuteSeconds: new(uint32(0))}, nil},
	} {
		u := tt.update
		if u.GroupID == "" {
			u.GroupID = "g"
		}
		switch u.UserID {
		case "":
			u.UserID = "bob"
		case "-":
			u.UserID = ""
		}
		err := f.groups.UpdateMember(f.Context(), f.rest(), &u)
		if tt.want == nil {
			f.must(err)
		} else {
			f.refused(tt.name, err, tt.want)
		}
	}

	f.must(f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{
		GroupID: "g", UserID: "bob", MsgFlag: new("Discard"), NameCard: new("Bob"), AppDefinedData: []chat.KeyValue{{Key: "k"}, {Key: "l", Value: "v"}},
	}))
	bob := f.member("g", "bob")
	bob.JoinTime = time.Time{}
	equal(f, "member", *bob, chat.Member{
		UserID: "bob", Role: chat.RoleAdmin, MsgFlag: "Discard", NameCard: "Bob", AppDefinedData: []chat.KeyValue{{Key: "l", Value: "v"}},
		MuteUntil: f.clock.Now().Unix() + 9,
	})
	// A refused change leaves no trace.
	f.refused("one thing is wrong", f.groups.UpdateMember(f.Context(), f.rest(), &group.MemberUpdate{
		GroupID: "private", UserID: "bob", NameCard: new("x"), MuteSeconds: new(uint32(1)),
	}), chat.ErrNotPermitted)
	equal(f, "name card after a refused change", f.member("private", "bob").NameCard, "")
}

func TestMute(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("av", chat.AVChatRoom)
	f.create("private", chat.Private, "bob")
	sixty := new(uint32(60))
	for _, tt := range []struct {
		name, group, topic string
		users              []string
		seconds            *uint32
		want               *chat.Error
	}{
		{name: "member", group: "g", users: []string{"bob"}, seconds: sixty},
		{name: "who is no member", group: "g", users: []string{"carol"}, seconds: sixty},
		{name: "in an AVChatRoom", group: "av", users: []string{"bob"}, seconds: sixty},
		{name: "in a Private", group: "private", users: []string{"bob"}, seconds: sixty, want: chat.ErrNotPermitted},
		{name: "lift in a Private", group: "private", users: []string{"bob"}, seconds: new(uint32(0)), want: chat.ErrNotPermitted},
		{name: "in a topic", group: "g", topic: "t", users: []string{"bob"}, seconds: sixty, want: chat.ErrTopicNotFound},
		{name: "without a time", group: "g", users: []string{"bob"}, want: chat.ErrParameter},
		{name: "without a time in an unknown group", group: "unknown", users: []string{"bob"}, want: chat.ErrParameter},
		{name: "nobody", group: "g", seconds: sixty, want: chat.ErrParameter},
		{name: "somebody without name", group: "g", users: []string{""}, seconds: sixty, want: chat.ErrParameter},
		{name: "500", group: "g", users: append(slicesOf(499), "bob"), seconds: sixty},
		{name: "501", group: "g", users: slicesOf(501), seconds: sixty, want: chat.ErrTooManyAccounts},
		{name: "nobody who exists", group: "g", users: []string{"nobody"}, seconds: sixty, want: chat.ErrUserNotFound},
		{name: "the owner", group: "g", users: []string{"bob", "alice"}, seconds: sixty, want: chat.ErrNotPermitted},
		{name: "an administrator of the app", group: "g", users: []string{admin}, seconds: sixty, want: chat.ErrNotPermitted},
		{name: "lift from everybody", group: "av", users: []string{"bob", "alice", admin, "nobody"}, seconds: new(uint32(0))},
		{name: "unknown group", group: "unknown", users: []string{"bob"}, seconds: sixty, want: chat.ErrGroupNotFound},
		{name: "malformed group", group: "\r", users: []string{"bob"}, seconds: sixty, want: chat.ErrGroupID},
	} {
		err := f.groups.Mute(f.Context(), f.rest(), tt.group, tt.topic, tt.users, tt.seconds)
		if tt.want == nil {
			f.must(err)
		} else {
			f.refused(tt.name, err, tt.want)
		}
	}

	f.mute("g", chat.MuteForever, "carol")
	mutes := func(id string) []store.Mute {
		t.Helper()
		list, err := f.groups.Mutes(f.Context(), f.rest(), id, "")
		f.must(err)
		return list
	}
	end := f.clock.Now().Unix() + 60
	equal(f, "muted", mutes("g"), []store.Mute{{UserID: "bob", Until: end}, {UserID: "carol", Until: chat.MuteForever}})
	equal(f, "muted in the AVChatRoom", mutes("av"), []store.Mute{})
	f.clock.Advance(time.Minute)
	equal(f, "still muted", mutes("g"), []store.Mute{{UserID: "carol", Until: chat.MuteForever}})
	f.mute("g", chat.MuteForever-1, "bob")
	equal(f, "nearly for ever", mutes("g")[0].Until, chat.MuteForever-1)

	for name, tt := range map[string]struct {
		group, topic string
		want         *chat.Error
	}{
		"no group":      {want: chat.ErrParameter},
		"unknown group": {group: "unknown", want: chat.ErrGroupNotFound},
		"Private":       {group: "private", want: chat.ErrNotPermitted},
		"topic":         {group: "g", topic: "t", want: chat.ErrTopicNotFound},
	} {
		_, err := f.groups.Mutes(f.Context(), f.rest(), tt.group, tt.topic)
		f.refused(name, err, tt.want)
	}
}

package group_test

import (
	"fmt"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// TestQuit: members leave, owners only what can be without one.
func TestQuit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    chat.GroupType
		caller  string
		refusal *chat.Error
		news    []string
	}{
		"Public, a member":     {kind: chat.Public, caller: "bob", news: []string{"left bob, removed false", "tip 2 by bob bob, 1 members", "notice 8 to bob by bob"}},
		"Public, the owner":    {kind: chat.Public, caller: "alice", refusal: chat.ErrOwnerCannotQuit},
		"Public, a stranger":   {kind: chat.Public, caller: "carol", refusal: chat.ErrNotPermitted},
		"Private, the owner":   {kind: chat.Private, caller: "alice", news: []string{"left alice, removed false", "tip 2 by alice alice, 1 members", "notice 8 to alice by alice"}},
		"ChatRoom, a member":   {kind: chat.ChatRoom, caller: "bob", news: []string{"left bob, removed false", "notice 8 to bob by bob"}},
		"ChatRoom, the owner":  {kind: chat.ChatRoom, caller: "alice", refusal: chat.ErrOwnerCannotQuit},
		"Community, the owner": {kind: chat.Community, caller: "alice", refusal: chat.ErrOwnerCannotQuit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			id := map[bool]string{true: "@TGS#_g", false: "g"}[tt.kind == chat.Community]
			f.create(id, tt.kind, "bob")
			f.news()
			err := f.groups.Quit(f.Context(), f.client(tt.caller), id)
			if tt.refusal != nil {
				f.refused("quit", err, tt.refusal)
				return
			}
			f.must(err)
			equal(f, "news", f.news(), tt.news)
			equal(f, "is a member", f.member(id, tt.caller) != nil, false)
			equal(f, "owner", f.group(id).Owner, map[bool]string{false: "alice"}[tt.caller == "alice"])
		})
	}
}

// TestKick: who removes whom.
func TestKick(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    chat.GroupType
		caller  string
		users   []string
		refusal *chat.Error
		news    []string
	}{
		"Public, the owner an administrator": {
			kind: chat.Public, caller: "alice", users: []string{"adam"},
			news: []string{"left adam, removed true", "tip 3 by alice adam, 3 members", "notice 4 to adam by alice: why, kept"},
		},
		"Public, an administrator members": {
			kind: chat.Public, caller: "adam", users: []string{"bob", "carol", "nobody"},
			news: []string{
				"left bob carol, removed true", "tip 3 by adam bob carol, 2 members", "notice 4 to bob by adam: why, kept", "notice 4 to carol by adam: why, kept",
			},
		},
		"Public, an administrator the owner":      {kind: chat.Public, caller: "adam", users: []string{"bob", "alice"}, refusal: chat.ErrNotPermitted},
		"Public, an administrator himself":        {kind: chat.Public, caller: "adam", users: []string{"adam"}, refusal: chat.ErrNotPermitted},
		"Public, a member":                        {kind: chat.Public, caller: "bob", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"Public, a stranger":                      {kind: chat.Public, caller: "eve", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"Private, the owner":                      {kind: chat.Private, caller: "alice", users: []string{"bob"}, news: []string{"left bob, removed true", "tip 3 by alice bob, 3 members", "notice 4 to bob by alice: why, kept"}},
		"Private, a member":                       {kind: chat.Private, caller: "bob", users: []string{"carol"}, refusal: chat.ErrNotPermitted},
		"ChatRoom, which does not tell":           {kind: chat.ChatRoom, caller: "adam", users: []string{"bob"}, news: []string{"left bob, removed true", "notice 4 to bob by adam: why, kept"}},
		"who is no member, nothing happens":       {kind: chat.Public, caller: "alice", users: []string{"eve"}, news: []string{}},
		"AVChatRoom, nobody":                      {kind: chat.AVChatRoom, caller: "alice", users: []string{"bob"}, refusal: chat.ErrParameter},
		"the app's administrator, with no client": {kind: chat.Public, caller: admin, users: []string{"bob"}, news: []string{"left bob, removed true", "tip 3 by administrator bob, 3 members", "notice 4 to bob by administrator: why, kept"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.imports("adam", "eve")
			if tt.kind == chat.AVChatRoom {
				f.create("g", tt.kind)
			} else {
				f.create("g", tt.kind, "adam", "bob", "carol")
			}
			if tt.kind.Rules().Admins {
				f.appoint("g", "adam")
			}
			f.news()
			err := f.groups.RemoveMembers(f.Context(), f.client(tt.caller), group.RemoveRequest{GroupID: "g", UserIDs: tt.users, Reason: "why"})
			if tt.refusal != nil {
				f.refused("remove", err, tt.refusal)
				equal(f, "news", f.news(), []string{})
				return
			}
			f.must(err)
			equal(f, "news", f.news(), tt.news)
		})
	}
}

// TestDismiss: who dissolves which groups.
func TestDismiss(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		kind    chat.GroupType
		caller  string
		refusal *chat.Error
		news    []string
	}{
		"Public, the owner":      {kind: chat.Public, caller: "alice", news: []string{"destroyed a group of alice: alice bob", "notice 5 to alice by alice, kept", "notice 5 to bob by alice, kept"}},
		"Public, a member":       {kind: chat.Public, caller: "bob", refusal: chat.ErrNotPermitted},
		"Private, the owner":     {kind: chat.Private, caller: "alice", refusal: chat.ErrNotPermitted},
		"Private, the app":       {kind: chat.Private, caller: admin, news: []string{"destroyed a group of alice: alice bob", "notice 5 to alice by administrator, kept", "notice 5 to bob by administrator, kept"}},
		"a room, all at once":    {kind: chat.AVChatRoom, caller: "alice", news: []string{"destroyed a group of alice: "}},
		"a room, not by a guest": {kind: chat.AVChatRoom, caller: "bob", refusal: chat.ErrNotPermitted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			if tt.kind == chat.AVChatRoom {
				f.create("g", tt.kind)
			} else {
				f.create("g", tt.kind, "bob")
			}
			f.news()
			err := f.groups.Destroy(f.Context(), f.client(tt.caller), "g")
			if tt.refusal != nil {
				f.refused("destroy", err, tt.refusal)
				return
			}
			f.must(err)
			equal(f, "news", f.news(), tt.news)
			f.refused("twice", f.groups.Destroy(f.Context(), f.client(tt.caller), "g"), chat.ErrGroupNotFound)
		})
	}
}

// TestDismissLargeGroup: its members are not told one by one.
func TestDismissLargeGroup(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	for hundred := range 6 {
		var ids []string
		for i := range 100 {
			ids = append(ids, fmt.Sprintf("user%d", hundred*100+i))
		}
		f.imports(ids...)
		_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: ids, Silent: true})
		f.must(err)
	}
	f.hooks.listen()
	f.must(f.groups.Destroy(f.Context(), f.client("alice"), "g"))
	heard := f.hooks.listen()
	equal(f, "events", len(heard), 1)
	e := heard[0].(event.GroupDestroyed)
	equal(f, "members", len(e.Members), 601)
	equal(f, "notice", e.Notice.Type, chat.NoticeDestroyed)
	equal(f, "kept", len(f.kept("user1")), 1) // that he was added
}

// TestChangeOwner: the owner gives his group to a member.
func TestChangeOwner(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	f.create("room", chat.AVChatRoom)
	f.create("work", chat.Private, "bob")
	f.mute("g", 600, "bob")
	change := func(caller, id, to string) error { return f.groups.ChangeOwner(f.Context(), f.client(caller), id, to) }
	f.refused("to nobody", change("alice", "g", ""), chat.ErrParameter)
	f.refused("to a stranger", change("alice", "g", "dave"), chat.ErrParameter)
	f.refused("by a member", change("bob", "g", "bob"), chat.ErrNotPermitted)
	f.refused("of a room", change("alice", "room", "bob"), chat.ErrNotPermitted)
	f.news()
	f.must(change("alice", "g", "alice"))
	equal(f, "news of no change", f.news(), []string{})
	f.must(change("alice", "g", "bob"))
	equal(f, "news", f.news(), []string{"owner bob, was alice", "tip 6 by alice bob, 3 members, owner=bob"})
	equal(f, "owner", f.group("g").Owner, "bob")
	equal(f, "roles", [2]chat.Role{f.member("g", "bob").Role, f.member("g", "alice").Role}, [2]chat.Role{chat.RoleOwner, chat.RoleMember})
	equal(f, "mute of the owner", f.member("g", "bob").MuteUntil, 0)
	f.refused("by the owner before", change("alice", "g", "alice"), chat.ErrNotPermitted)

	f.must(f.groups.Quit(f.Context(), f.client("alice"), "work"))
	f.refused("of a group without an owner, by a member", change("bob", "work", "bob"), chat.ErrNotPermitted)
	f.must(change(admin, "work", "bob"))
	equal(f, "owner of a group that had none", f.group("work").Owner, "bob")
}

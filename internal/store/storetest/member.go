package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) member(g *chat.Group, id string) chat.Member {
	f.Helper()
	return *get(f, func(ctx context.Context, tx store.Tx) (*chat.Member, error) {
		return tx.Member(ctx, g.Conversation, id)
	})
}

func (f *fixture) roles(g *chat.Group, ids ...string) map[string]chat.Role {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Role, error) {
		return tx.Roles(ctx, g.Conversation, ids)
	})
}

func (f *fixture) leave(g *chat.Group, ids ...string) []string {
	f.Helper()
	return set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.RemoveMembers(ctx, g.Conversation, ids)
	})
}

func members(f *fixture) {
	g, other := f.group("g"), f.group("other")
	alice := chat.Member{
		UserID: "alice", Role: chat.RoleOwner, JoinTime: f.clock.Now(), ReadSeq: 5, MsgFlag: chat.FlagDiscard, NameCard: "A.",
		AppDefinedData: []chat.KeyValue{{Key: "k", Value: "v"}},
	}
	bob := chat.Member{UserID: "bob", Role: chat.RoleMember, JoinTime: f.clock.Now(), MsgFlag: chat.FlagNotify}
	add := func(list ...chat.Member) []string {
		return set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
			return tx.AddMembers(ctx, app, g.Conversation, list)
		})
	}
	equal(f, "the first members", add(alice, bob), []string{"alice", "bob"})
	f.clock.advance(time.Hour)
	again := chat.Member{UserID: "alice", Role: chat.RoleMember, JoinTime: f.clock.Now()}
	carol := chat.Member{UserID: "carol", Role: chat.RoleMember, JoinTime: f.clock.Now(), MsgFlag: chat.FlagNotify}
	equal(f, "those who are new", add(again, carol, carol), []string{"carol"})
	equal(f, "a member who was added again", f.member(g, "alice"), alice)
	equal(f, "number of members", f.stored("g").MemberNum, 3)
	equal(f, "number of members of the other group", f.stored("other").MemberNum, 0)

	equal(f, "roles", f.roles(g, "alice", "bob", "dave", "alice"), map[string]chat.Role{"alice": chat.RoleOwner, "bob": chat.RoleMember})
	equal(f, "roles elsewhere", f.roles(other, "alice"), map[string]chat.Role{})
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Member, error) {
		return tx.Member(ctx, g.Conversation, "dave")
	})
	f.fails("a member who is none", err, store.ErrNotFound)

	changed := chat.Member{
		UserID: "alice", Role: chat.RoleAdmin, MsgFlag: chat.FlagNoPush, NameCard: "", AppDefinedData: nil,
		JoinTime: f.clock.Now(), ReadSeq: 99, // not to be changed
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, g.Conversation, &changed) })
	changed.JoinTime, changed.ReadSeq = alice.JoinTime, alice.ReadSeq
	equal(f, "a changed member", f.member(g, "alice"), changed)
	equal(f, "her neighbour", f.member(g, "bob"), bob)

	equal(f, "those who were removed", f.leave(g, "bob", "dave", "bob"), []string{"bob"})
	equal(f, "nobody removed", f.leave(g, "bob"), []string{})
	equal(f, "number of members", f.stored("g").MemberNum, 2)
	equal(f, "members", f.members(g), []string{"alice", "carol"})
	add(bob)
	equal(f, "members, oldest first", f.members(g), []string{"alice", "carol", "bob"})
}

func manyMembers(f *fixture) {
	g := f.group("g")
	users := names("user", many)
	equal(f, "added", f.join(g, users...), users)
	want := make(map[string]chat.Role, many)
	for _, u := range users {
		want[u] = chat.RoleMember
	}
	equal(f, "roles", f.roles(g, users...), want)
	f.mute(g, chat.MuteForever, users...)
	equal(f, "number of mutes", len(f.mutes(g)), many)
	equal(f, "removed", f.leave(g, append([]string{"nobody"}, users[3:]...)...), users[3:])
	equal(f, "number of members", f.stored("g").MemberNum, 3)
	equal(f, "members", f.members(g), users[:3])
}

func memberPages(f *fixture) {
	g := f.group("g")
	var list []chat.Member
	for i, role := range []chat.Role{
		chat.RoleOwner, chat.RoleMember, chat.RoleAdmin, chat.RoleMember, chat.RoleAdmin, chat.RoleMember, chat.RoleMember,
	} {
		list = append(list, chat.Member{UserID: fmt.Sprintf("user%d", 9-i), Role: role, JoinTime: f.clock.Now()})
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.AddMembers(ctx, app, g.Conversation, list)
		return err
	})
	f.join(f.group("other"), "stranger")
	page := func(p store.MemberPage) ([]string, int64) {
		users, last := []string{}, int64(0)
		f.view(func(ctx context.Context, tx store.Tx) error {
			found, place, err := tx.ListMembers(ctx, g.Conversation, p)
			for _, m := range found {
				users = append(users, m.UserID)
			}
			last = place
			return err
		})
		return users, last
	}
	for _, c := range []struct {
		name string
		page store.MemberPage
		want []string
	}{
		{"all", store.MemberPage{}, []string{"user9", "user8", "user7", "user6", "user5", "user4", "user3"}},
		{"first three", store.MemberPage{Limit: 3}, []string{"user9", "user8", "user7"}},
		{"behind five", store.MemberPage{Offset: 5, Limit: 3}, []string{"user4", "user3"}},
		{"all behind five", store.MemberPage{Offset: 5}, []string{"user4", "user3"}},
		{"behind all", store.MemberPage{Offset: 7, Limit: 3}, []string{}},
		{"of one role", store.MemberPage{Roles: []chat.Role{chat.RoleAdmin}}, []string{"user7", "user5"}},
		{"of two roles", store.MemberPage{Roles: []chat.Role{chat.RoleAdmin, chat.RoleOwner}, Offset: 1, Limit: 1}, []string{"user7"}},
		{"of a role that nobody has", store.MemberPage{Roles: []chat.Role{chat.RoleNone}}, []string{}},
	} {
		got, _ := page(c.page)
		equal(f, c.name, got, c.want)
	}

	var stepped []string
	step := store.MemberPage{Roles: []chat.Role{chat.RoleMember, chat.RoleAdmin}, Limit: 2}
	for range len(list) {
		found, last := page(step)
		if len(found) == 0 {
			break
		}
		stepped = append(stepped, found...)
		step.After = last
		step.Offset = 3           // has no meaning behind a place
		f.leave(g, found[0])      // those behind must not move up
		f.join(g, "new"+found[0]) // and newcomers come last
	}
	want := []string{"user8", "user7", "user6", "user5", "user4", "user3", "newuser8", "newuser6", "newuser4"}
	equal(f, "page by page, while members come and go", stepped[:min(len(stepped), len(want))], want)
}

func mutes(f *fixture) {
	g, other := f.group("g"), f.group("other")
	f.join(g, "bob")
	minute, hour := f.clock.Now().Add(time.Minute).Unix(), f.clock.Now().Add(time.Hour).Unix()
	f.mute(g, hour, "bob", "alice")
	f.mute(g, minute, "carol")
	f.mute(g, chat.MuteForever, "dave")
	f.mute(g, hour, "erin")
	f.mute(g, 0, "erin", "nobody")
	f.mute(g, minute, "alice") // the later one counts
	equal(f, "mutes", f.mutes(g), []store.Mute{
		{UserID: "alice", Until: minute}, {UserID: "bob", Until: hour}, {UserID: "carol", Until: minute}, {UserID: "dave", Until: chat.MuteForever},
	})
	equal(f, "mutes of the other group", f.mutes(other), []store.Mute{})
	equal(f, "a muted member", f.member(g, "bob").MuteUntil, hour)

	f.clock.advance(time.Minute - time.Second)
	equal(f, "mutes in their last second", len(f.mutes(g)), 4)
	f.clock.advance(time.Second)
	equal(f, "mutes that have not ended", f.mutes(g), []store.Mute{{UserID: "bob", Until: hour}, {UserID: "dave", Until: chat.MuteForever}})
	f.leave(g, "bob")
	f.join(g, "bob")
	equal(f, "a muted member who left and came back", f.member(g, "bob").MuteUntil, hour)
	f.clock.advance(1000 * time.Hour)
	equal(f, "mutes that never end", f.mutes(g), []store.Mute{{UserID: "dave", Until: chat.MuteForever}})
}

// lastSendTime: kept for members who send, and only if asked for.
func lastSendTime(f *fixture) {
	g := f.group("g")
	f.join(g, "alice", "bob")
	g = f.stored("g")
	a := send(g, "hello")
	a.Member = true
	f.append(a)
	want := f.clock.Now()
	f.clock.advance(time.Minute)
	f.append(send(g, "not asked to keep it"))
	equal(f, "her last sending time", f.member(g, "alice").LastSendTime, want)
	equal(f, "his last sending time", f.member(g, "bob").LastSendTime, time.Time{})
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.UpdateMember(ctx, g.Conversation, &chat.Member{UserID: "alice", Role: chat.RoleMember})
	})
	equal(f, "her last sending time after a change", f.member(g, "alice").LastSendTime, want)
	outsider := send(f.stored("g"), "from outside")
	outsider.Member, outsider.Message.Sender = true, "carol"
	f.append(outsider)
	if slices.Contains(f.members(g), "carol") {
		f.Error("a sender became a member")
	}
}

package storetest

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

func groups(f *fixture) {
	g := &chat.Group{
		ID: "@TGS#2ABC", Type: "Work", Name: "名前", Introduction: "what it is about", Notification: "notice", FaceURL: "https://example.com/g.png",
		Owner: "alice", CreateTime: f.clock.Now(), InfoSeq: 3, LastInfoTime: f.clock.Now().Add(-time.Hour), MaxMemberNum: 200,
		ApplyJoinOption: "NeedPermission", InviteJoinOption: "FreeAccess", MuteAll: true, SupportTopic: true, EnablePermission: true,
		DefaultPermission: 1<<63 - 1, HistoryBeforeJoin: true, AppDefinedData: []chat.KeyValue{{Key: "b", Value: "<2>"}, {Key: "a", Value: "1"}},
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateGroup(ctx, app, g) })
	if g.Conversation == 0 {
		f.Fatal("the group has no conversation")
	}
	want := *g
	want.NextMsgSeq, want.Revision = 1, f.stored(g.ID).Revision
	equal(f, "a new group", *f.stored(g.ID), want)

	err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error {
		return tx.CreateGroup(ctx, app, &chat.Group{ID: g.ID, Type: chat.Public, Name: "another"})
	})
	f.fails("a group whose ID is taken", err, store.ErrExists)
	equal(f, "the first group after that", *f.stored(g.ID), want)

	f.join(g, "alice", "bob")
	f.append(send(f.stored(g.ID), "hello"))
	want.Name, want.Introduction, want.Notification, want.FaceURL = "new name", "", "", ""
	want.InfoSeq, want.LastInfoTime, want.MaxMemberNum = 4, f.clock.Now(), 300
	want.ApplyJoinOption, want.InviteJoinOption = "FreeAccess", "DisableInvite"
	want.MuteAll, want.EnablePermission, want.DefaultPermission, want.HistoryBeforeJoin = false, false, 0, false
	want.AppDefinedData = nil
	change := want
	change.MemberNum, change.NextMsgSeq, change.Revision = 77, 77, 77 // not the profile's to change
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateGroup(ctx, &change) })
	want.MemberNum, want.NextMsgSeq, want.LastMsgTime, want.Revision = 2, 2, f.clock.Now(), f.stored(g.ID).Revision
	if want.Revision == 77 {
		f.Error("the caller's revision was stored")
	}
	f.reopen()
	equal(f, "a changed group after a restart", *f.stored(g.ID), want)
}

func groupNames(f *fixture) {
	f.group("g")
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateGroup(ctx, otherApp, &chat.Group{ID: "g", Type: chat.Public, Name: "other"}); err != nil {
			return err
		}
		return tx.CreateOfficial(ctx, app, &chat.OfficialAccount{ID: "g", Name: "no group"})
	})
	equal(f, "the app's group", f.stored("g").Name, "name of g")
	for _, id := range []string{"G", "g ", "", "group:g"} {
		_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Group, error) { return tx.Group(ctx, app, id) })
		f.fails("group "+id, err, store.ErrNotFound)
	}
}

func (f *fixture) sender(groupID, userID string) store.Sender {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (store.Sender, error) {
		return tx.Sender(ctx, app, groupID, userID)
	})
}

func senders(f *fixture) {
	f.importAccounts(app, "alice", "bob")
	f.importAccounts(otherApp, "dave")
	g := f.group("g")
	f.join(g, "alice", "carol")
	until := f.clock.Now().Add(time.Minute).Unix()
	f.mute(g, until, "bob", "carol")
	g.MuteAll = true
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateGroup(ctx, g) })
	g = f.stored("g")
	base := store.Sender{Conversation: g.Conversation, Revision: g.Revision, Type: chat.Public, MuteAll: true, MemberNum: 2, Role: chat.RoleNone}
	with := func(change func(*store.Sender)) store.Sender {
		s := base
		change(&s)
		return s
	}
	equal(f, "a member", f.sender("g", "alice"), with(func(s *store.Sender) { s.Role, s.Imported = chat.RoleMember, true }))
	equal(f, "a muted user outside", f.sender("g", "bob"), with(func(s *store.Sender) { s.MuteUntil, s.Imported = until, true }))
	equal(f, "a muted member without account", f.sender("g", "carol"),
		with(func(s *store.Sender) { s.Role, s.MuteUntil = chat.RoleMember, until }))
	equal(f, "a user of the other app", f.sender("g", "dave"), base)
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (store.Sender, error) {
		return tx.Sender(ctx, app, "none", "alice")
	})
	f.fails("a sender into no group", err, store.ErrNotFound)
}

func (f *fixture) destroy(g *chat.Group) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGroup(ctx, g) })
}

func destroyedGroups(f *fixture) {
	old := f.group("g")
	f.join(old, "alice")
	f.mute(old, chat.MuteForever, "bob")
	f.append(once(f.stored("g"), "hello"))
	stale := once(f.stored("g"), "too late")
	f.destroy(old)

	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Group, error) { return tx.Group(ctx, app, "g") })
	f.fails("a destroyed group", err, store.ErrNotFound)
	_, err = f.store.Append(f.Context(), stale)
	f.fails("a message into it", err, store.ErrNotFound)

	again := f.group("g")
	if again.Conversation == old.Conversation {
		f.Fatal("the new group has the old one's conversation")
	}
	equal(f, "members of the new group", f.members(again), []string{})
	equal(f, "mutes of the new group", f.mutes(again), []store.Mute{})
	equal(f, "the first message of the new group", f.append(once(again, "hello")), store.Appended{Seq: 1, Time: f.clock.Now()})
}

// revisions: a send that was admitted before such a change must be admitted anew.
func revisions(f *fixture) {
	f.importAccounts(app, "alice", "bob")
	g := f.group("g")
	f.join(g, "alice")
	f.mute(g, chat.MuteForever, "mallory")
	conversation := g.Conversation
	member := func(id string) []chat.Member { return []chat.Member{{UserID: id, Role: chat.RoleMember}} }
	for _, c := range []struct {
		change string
		grows  bool
		do     func(ctx context.Context, tx store.Tx) error
	}{
		{"profile", true, func(ctx context.Context, tx store.Tx) error { return tx.UpdateGroup(ctx, g) }},
		{"touch", true, func(ctx context.Context, tx store.Tx) error { return tx.Touch(ctx, conversation) }},
		{"new member", true, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.AddMembers(ctx, app, conversation, member("bob"))
			return err
		}},
		{"role", true, func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateMember(ctx, conversation, &chat.Member{UserID: "bob", Role: chat.RoleAdmin})
		}},
		{"mute", true, func(ctx context.Context, tx store.Tx) error {
			return tx.SetMutes(ctx, conversation, []string{"bob"}, chat.MuteForever)
		}},
		{"mute lifted", true, func(ctx context.Context, tx store.Tx) error {
			return tx.SetMutes(ctx, conversation, []string{"bob"}, 0)
		}},
		{"member gone", true, func(ctx context.Context, tx store.Tx) error {
			_, err := tx.RemoveMembers(ctx, conversation, []string{"bob"})
			return err
		}},
		{"member's account deleted", true, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"alice"}) }},
		{"muted account deleted", true, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"mallory"}) }},
		{"another group", false, func(ctx context.Context, tx store.Tx) error {
			return tx.CreateGroup(ctx, app, &chat.Group{ID: "another", Type: chat.Public, Name: "another"})
		}},
		{"stranger's account deleted", false, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccounts(ctx, app, []string{"stranger"}) }},
		{"message recalled", false, func(ctx context.Context, tx store.Tx) error {
			return tx.RecallMessages(ctx, conversation, []int64{1}, chat.Recall{})
		}},
	} {
		admitted := send(f.stored("g"), c.change)
		before := f.stored("g").Revision
		f.update(c.do)
		equal(f, c.change+": the revision has grown", f.stored("g").Revision > before, c.grows)
		_, err := f.store.Append(f.Context(), admitted)
		if c.grows {
			f.fails(c.change+": a message admitted before", err, store.ErrStale)
		} else {
			f.fails(c.change+": a message admitted before", err, nil)
		}
	}
	before := f.stored("g").Revision
	f.append(send(f.stored("g"), "a message"))
	equal(f, "revision after a message", f.stored("g").Revision, before)
}

package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// room makes an AVChatRoom.
func (f *fixture) room(id string) *chat.Group {
	f.Helper()
	g := &chat.Group{ID: id, Type: chat.AVChatRoom, Name: id, CreateTime: f.clock.Now()}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateGroup(ctx, app, g) })
	return f.stored(id)
}

// visit adds a member to a room, and says whether he was none.
func (f *fixture) visit(g *chat.Group, id string) bool {
	f.Helper()
	return set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
		m := chat.Member{UserID: id, Role: chat.RoleMember, JoinTime: f.clock.Now(), MsgFlag: chat.FlagNoPush}
		return tx.AddVisitor(ctx, app, g.Conversation, &m)
	})
}

// newest is a page of a room's members, last joined first.
func (f *fixture) newest(g *chat.Group, before int64, limit int) (ids []string, last int64) {
	f.Helper()
	ids = []string{}
	f.view(func(ctx context.Context, tx store.Tx) error {
		page, place, err := tx.NewestMembers(ctx, g.Conversation, before, limit)
		for i := range page {
			ids = append(ids, page[i].UserID)
		}
		last = place
		return err
	})
	return ids, last
}

// visitors: many come and go, and nobody else is in their way.
func visitors(f *fixture) {
	g := f.room("room")
	for _, id := range []string{"alice", "bob", "carol"} {
		equal(f, id+" was no member", f.visit(g, id), true)
	}
	equal(f, "bob was no member the second time", f.visit(g, "bob"), false)
	after := f.stored("room")
	equal(f, "number of members", after.MemberNum, 3)
	equal(f, "revision", after.Revision, g.Revision)
	equal(f, "members", f.members(g), []string{"alice", "bob", "carol"})

	page, last := f.newest(g, 0, 2)
	equal(f, "the newest", page, []string{"carol", "bob"})
	page, last = f.newest(g, last, 2)
	equal(f, "the next page", page, []string{"alice"})
	page, _ = f.newest(g, last, 2)
	equal(f, "a page behind the last one", page, []string{})
}

// roomList: the rooms of an app, and nothing else that it has.
func roomList(f *fixture) {
	f.group("group")
	var want []store.Room
	for i := range 3 {
		g := f.room(fmt.Sprint("room", i))
		want = append(want, store.Room{Conversation: g.Conversation, GroupID: g.ID})
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.CreateGroup(ctx, otherApp, &chat.Group{ID: "foreign", Type: chat.AVChatRoom})
	})
	list := func(after int64, limit int) []store.Room {
		return get(f, func(ctx context.Context, tx store.Tx) ([]store.Room, error) {
			return tx.ListRooms(ctx, app, after, limit)
		})
	}
	equal(f, "all rooms", list(0, 10), want)
	equal(f, "the first two", list(0, 2), want[:2])
	equal(f, "the last one", list(want[1].Conversation, 2), want[2:])
	f.destroy(f.stored("room2"))
	equal(f, "those that are left", list(0, 10), want[:2])
}

// loggedIn: who has a login, wherever it is.
func loggedIn(f *fixture) {
	login := func(in chat.SDKAppID, userID string, lasts time.Duration) *chat.Session {
		s := &chat.Session{Key: fmt.Sprint(in, userID), UserID: userID, Platform: chat.PlatformWeb, LoginTime: f.clock.Now(), ExpireTime: f.clock.Now().Add(lasts)}
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateSession(ctx, in, s) })
		return s
	}
	login(app, "alice", time.Hour)
	login(app, "bob", time.Minute)
	login(otherApp, "carol", time.Hour)
	kicked := login(app, "dave", time.Hour)
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.KickSession(ctx, app, kicked.Instance, chat.KickedByInstance)
	})
	who := func() map[string]bool {
		return get(f, func(ctx context.Context, tx store.Tx) (map[string]bool, error) {
			return tx.LoggedIn(ctx, app, []string{"alice", "bob", "carol", "dave", "erin"})
		})
	}
	equal(f, "logged in", who(), truth("alice", "bob"))
	f.clock.advance(time.Minute)
	equal(f, "logged in when a UserSig has run out", who(), truth("alice"))
}

func (f *fixture) ban(g *chat.Group, until int64, ids ...string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.SetBans(ctx, g.Conversation, ids, until) })
}

func (f *fixture) banned(g *chat.Group) map[string]int64 {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[string]int64, error) {
		return tx.Bans(ctx, g.Conversation, []string{"alice", "bob", "carol", "dave"})
	})
}

// bans hold for members and others until they end or are lifted.
func bans(f *fixture) {
	g, other := f.room("room"), f.room("other")
	soon := f.clock.Now().Unix() + 10
	f.ban(g, soon, "alice", "bob", "carol")
	f.ban(g, chat.MuteForever, "bob")
	f.ban(other, soon, "dave")
	equal(f, "bans", f.banned(g), map[string]int64{"alice": soon, "bob": chat.MuteForever, "carol": soon})
	f.ban(g, 0, "carol", "nobody")
	equal(f, "bans when one is lifted", f.banned(g), map[string]int64{"alice": soon, "bob": chat.MuteForever})
	f.clock.advance(10 * time.Second)
	equal(f, "bans when one has ended", f.banned(g), map[string]int64{"bob": chat.MuteForever})

	f.purge(10, func() int { return 0 })
	f.clock.advance(-10 * time.Second) // what purging left would be seen again
	equal(f, "bans that are left", f.banned(g), map[string]int64{"bob": chat.MuteForever})
	equal(f, "bans of the other room", f.banned(other), map[string]int64{})

	f.deleteAccounts("bob")
	equal(f, "bans of an account that is gone", f.banned(g), map[string]int64{})
	f.ban(g, chat.MuteForever, "alice")
	f.destroy(g)
	f.purge(10, func() int { return 0 })
	equal(f, "bans of a room that is gone", f.banned(g), map[string]int64{})
	f.ban(g, chat.MuteForever, "alice")
	equal(f, "a ban in a room that is gone", f.banned(g), map[string]int64{})
}

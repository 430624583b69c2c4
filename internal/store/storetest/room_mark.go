package storetest

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// roomMarks is one mark of several members.
func roomMarks(mark int, ids ...string) []store.RoomMark {
	marks := make([]store.RoomMark, 0, len(ids))
	for _, id := range ids {
		marks = append(marks, store.RoomMark{UserID: id, Mark: mark})
	}
	return marks
}

func (f *fixture) addRoomMarks(g *chat.Group, marks []store.RoomMark) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddRoomMarks(ctx, g.Conversation, marks) })
}

func (f *fixture) removeRoomMarks(g *chat.Group, marks []store.RoomMark) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.RemoveRoomMarks(ctx, g.Conversation, marks) })
}

func (f *fixture) roomMarkCounts(g *chat.Group) map[int]int {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (map[int]int, error) {
		return tx.CountRoomMarks(ctx, g.Conversation)
	})
}

// carriers are the UserIDs of those who carry a mark.
func (f *fixture) carriers(g *chat.Group, mark int) []string {
	f.Helper()
	ids := []string{}
	for _, m := range get(f, func(ctx context.Context, tx store.Tx) ([]chat.Member, error) {
		return tx.MarkedMembers(ctx, g.Conversation, mark)
	}) {
		ids = append(ids, m.UserID)
	}
	return ids
}

// markedMembers carry their marks until they are taken away, over restarts.
func markedMembers(f *fixture) {
	g, other := f.room("room"), f.room("other")
	for _, id := range []string{"carol", "bob", "alice"} {
		f.visit(g, id)
	}
	f.visit(other, "bob")
	equal(f, "marks at first", f.roomMarkCounts(g), map[int]int{})
	before := f.stored("room").Revision
	f.addRoomMarks(g, nil)
	f.addRoomMarks(g, roomMarks(1000, "carol", "alice", "nobody", "alice"))
	f.addRoomMarks(g, append(roomMarks(1001, "bob"), roomMarks(1000, "alice")...))
	f.addRoomMarks(other, roomMarks(1000, "bob", "carol"))
	f.reopen()
	equal(f, "marks", f.roomMarkCounts(g), map[int]int{1000: 2, 1001: 1})
	equal(f, "1000", f.carriers(g, 1000), []string{"alice", "carol"})
	equal(f, "1001", f.carriers(g, 1001), []string{"bob"})
	equal(f, "1002", f.carriers(g, 1002), []string{})
	equal(f, "1000 in the other room", f.carriers(other, 1000), []string{"bob"})
	equal(f, "revision", f.stored("room").Revision, before)
	f.view(func(ctx context.Context, tx store.Tx) error {
		want, err := tx.Member(ctx, g.Conversation, "bob")
		if err != nil {
			return err
		}
		got, err := tx.MarkedMembers(ctx, g.Conversation, 1001)
		equal(f, "a member as he is", got, []chat.Member{*want})
		return err
	})

	f.removeRoomMarks(g, nil)
	f.removeRoomMarks(g, append(roomMarks(1000, "alice", "bob", "nobody"), roomMarks(1001, "bob", "bob")...))
	equal(f, "marks that are left", f.roomMarkCounts(g), map[int]int{1000: 1})
	equal(f, "1000 without alice", f.carriers(g, 1000), []string{"carol"})
	equal(f, "marks of the other room", f.roomMarkCounts(other), map[int]int{1000: 1})
}

// manyMarkedMembers are more than one statement takes.
func manyMarkedMembers(f *fixture) {
	g, users := f.group("room"), names("user", many)
	f.join(g, users...)
	f.addRoomMarks(g, append(roomMarks(1000, users...), roomMarks(1001, users...)...))
	equal(f, "marks", f.roomMarkCounts(g), map[int]int{1000: many, 1001: many})
	equal(f, "1001", f.carriers(g, 1001), users)
	f.removeRoomMarks(g, roomMarks(1001, users[1:]...))
	equal(f, "marks that are left", f.roomMarkCounts(g), map[int]int{1000: many, 1001: 1})
}

// lostRoomMarks: who goes, in whatever way, leaves his marks behind for nobody.
func lostRoomMarks(f *fixture) {
	g, other := f.room("room"), f.room("other")
	enter := func() {
		f.importAccounts(app, "alice", "bob", "carol")
		for _, id := range []string{"alice", "bob", "carol"} {
			f.visit(g, id)
			f.visit(other, id)
		}
	}
	enter()
	f.addRoomMarks(g, append(roomMarks(1000, "alice", "bob", "carol"), roomMarks(1001, "bob")...))
	f.addRoomMarks(other, roomMarks(1000, "alice", "bob"))
	f.leave(g, "bob", "nobody")
	equal(f, "marks when bob is gone", f.roomMarkCounts(g), map[int]int{1000: 2})
	enter()
	equal(f, "1000 when bob is back", f.carriers(g, 1000), []string{"alice", "carol"})
	equal(f, "1000 where bob has stayed", f.carriers(other, 1000), []string{"alice", "bob"})

	f.deleteAccounts("alice")
	equal(f, "marks when alice's account is gone", f.roomMarkCounts(g), map[int]int{1000: 1})
	enter()
	equal(f, "1000 when alice is back", f.carriers(g, 1000), []string{"carol"})
	equal(f, "1000 in the other room", f.carriers(other, 1000), []string{"bob"})

	f.destroy(g)
	f.purge(1, func() int { return len(f.roomMarkCounts(g)) })
	equal(f, "marks of a room that is gone", f.roomMarkCounts(g), map[int]int{})
	equal(f, "marks of the room that stays", f.roomMarkCounts(other), map[int]int{1000: 1})
}

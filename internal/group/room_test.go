package group_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/store"
)

// room makes an AVChatRoom of alice's with visitors, and forgets what was said of it.
func (f *fixture) room(id string, visitors ...string) {
	f.Helper()
	f.create(id, chat.AVChatRoom)
	for _, v := range visitors {
		f.must(f.tryVisit(id, v))
	}
	f.hooks.listen()
	f.hooks.take()
}

func (f *fixture) tryVisit(id, userID string) error {
	_, err := f.groups.Join(f.Context(), f.client(userID), group.JoinRequest{GroupID: id})
	return err
}

// states are the members who came and went, since the test last asked.
func (f *fixture) states() []string {
	f.Helper()
	list := []string{}
	heard, _ := f.hooks.take()
	for _, e := range heard {
		if s, ok := e.(event.RoomStateChanged); ok {
			list = append(list, fmt.Sprint(s.GroupID, " ", s.Cause, " ", s.Members))
		}
	}
	slices.Sort(list)
	return list
}

// tips are what groups told their members, since the test last asked.
func (f *fixture) tips() []string {
	f.Helper()
	list := []string{}
	for _, e := range f.hooks.listen() {
		if tip, ok := e.(event.GroupTipped); ok {
			text := fmt.Sprint(tip.Message.Tip.Type)
			for _, p := range tip.Message.Tip.Members {
				text += " " + p.UserID
			}
			list = append(list, fmt.Sprint(text, " of ", tip.Message.Tip.MemberNum))
		}
	}
	return list
}

// audience is a page of a room's members as bob sees it.
func (f *fixture) audience(r group.AudienceRequest) (ids []string, next int64) {
	f.Helper()
	page, next, err := f.groups.Audience(f.Context(), f.client("bob"), r)
	f.must(err)
	ids = []string{}
	for i := range page {
		ids = append(ids, page[i].UserID)
	}
	return ids, next
}

// TestRoomJoinAndQuit: everybody enters and leaves as he likes.
func TestRoomJoinAndQuit(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room")
	before := f.group("room")
	f.must(f.tryVisit("room", "bob"))
	f.must(f.tryVisit("room", "bob"))
	f.must(f.tryVisit("room", "carol"))
	equal(f, "tips", f.tips(), []string{"1 bob of 2", "1 carol of 3"})
	equal(f, "states", f.states(), []string{"room Join [bob]", "room Join [carol]"})
	equal(f, "revision", f.group("room").Revision, before.Revision)
	page, next := f.audience(group.AudienceRequest{GroupID: "room"})
	equal(f, "audience", page, []string{"carol", "bob", "alice"})
	equal(f, "next page", next, 0)

	f.must(f.groups.Quit(f.Context(), f.client("carol"), "room"))
	f.must(f.groups.Quit(f.Context(), f.client("carol"), "room"))
	f.refused("the owner quits", f.groups.Quit(f.Context(), f.client("alice"), "room"), chat.ErrOwnerCannotQuit)
	equal(f, "tips of a quit", f.tips(), []string{"2 carol of 2"})
	equal(f, "states of a quit", f.states(), []string{"room Quit [carol]"})
	_, err := f.groups.Send(f.Context(), f.client("carol"), f.say("room", "still here"))
	f.refused("a send of one who left", err, chat.ErrNotPermitted)
	_, _, err = f.groups.Audience(f.Context(), f.client("carol"), group.AudienceRequest{GroupID: "room"})
	f.refused("the audience for one who left", err, chat.ErrNotPermitted)

	f.create("g", chat.Public)
	f.must(f.groups.Watch(f.Context(), f.app, "room"))
	f.refused("a look into another group", f.groups.Watch(f.Context(), f.app, "g"), chat.ErrNotPermitted)
	f.refused("a look into no group", f.groups.Watch(f.Context(), f.app, "nowhere"), chat.ErrGroupNotFound)
}

// TestRoomCrowd: a large room does not tell of everybody who comes and goes, and all
// are counted who come at once.
func TestRoomCrowd(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room")
	users := make([]string, 520)
	for i := range users {
		users[i] = fmt.Sprintf("user%03d", i)
	}
	f.imports(users...)
	var all sync.WaitGroup
	for _, u := range users {
		all.Go(func() {
			if err := f.tryVisit("room", u); err != nil {
				t.Errorf("join: %v", err)
			}
		})
	}
	all.Wait()
	equal(f, "members", f.group("room").MemberNum, 521)
	equal(f, "tips", len(f.tips()), 500) // 499 up to the limit, and one beyond it
	f.must(f.groups.Quit(f.Context(), f.client(users[0]), "room"))
	equal(f, "tips in the same second", f.tips(), []string{})
	f.clock.Advance(time.Second)
	f.must(f.groups.Quit(f.Context(), f.client(users[1]), "room"))
	equal(f, "tips in the next second", f.tips(), []string{"2 user001 of 519"})

	f.must(f.tryVisit("room", "bob"))
	first, next := f.audience(group.AudienceRequest{GroupID: "room"})
	equal(f, "newest first", first[0], "bob")
	second, last := f.audience(group.AudienceRequest{GroupID: "room", Before: next})
	equal(f, "pages", []int{len(first), len(second)}, []int{500, 20})
	equal(f, "the last one", second[19], "alice")
	equal(f, "next page", last, 0)
}

// TestLeaveRooms: who has no login any more is in no room, but the owner.
func TestLeaveRooms(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob", "carol")
	f.room("other", "bob")
	f.create("g", chat.Public, "bob")
	f.hooks.listen()
	gone := func(userID string) bool { return userID != "carol" }
	leave := func(lost bool, ids ...string) {
		t.Helper()
		var leavers []group.Leaver
		for _, id := range ids {
			leavers = append(leavers, group.Leaver{Caller: f.client(id), Lost: lost})
		}
		f.must(f.groups.LeaveRooms(f.Context(), f.app, leavers, gone))
	}
	leave(false, "alice", "bob", "carol", "nobody")
	equal(f, "states", f.states(), []string{"other Quit [bob]", "room Quit [bob]"})
	if f.member("g", "bob") == nil || f.member("room", "alice") == nil || f.member("room", "carol") == nil {
		t.Error("a group, the owner or one who is back lost a member")
	}
	equal(f, "members", f.group("room").MemberNum, 2)
	_, err := f.groups.Send(f.Context(), f.client("bob"), f.say("room", "still here"))
	f.refused("a send of one who is gone", err, chat.ErrNotPermitted)

	f.must(f.tryVisit("room", "bob"))
	f.states()
	leave(true, "bob")
	equal(f, "states of one whom the app knows to be offline", f.states(), []string{})
	leave(false)
}

// TestLeaveRoomsElsewhere: who has no login at this server stays in his rooms, and is
// not reported, for as long as his client is connected to another or may come back there.
func TestLeaveRoomsElsewhere(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Webhook.On = append(a.Webhook.On, "Group.CallbackOnMemberStateChange") })
	f.room("room", "bob")
	login := f.loginOnce("bob")
	report := func() []string {
		f.must(f.groups.ReportRooms(f.Context(), f.app, event.RoomLost, []string{"bob"}))
		return f.states()
	}
	leave := func() []string {
		bob := group.Leaver{Caller: f.client("bob")}
		f.must(f.groups.LeaveRooms(f.Context(), f.app, []group.Leaver{bob}, func(string) bool { return true }))
		return f.states()
	}
	f.clock.Advance(2 * chat.KeepTime)
	equal(f, "report of one who is connected", report(), []string{})
	equal(f, "leave of one who is connected", leave(), []string{})
	f.disconnect(login)
	f.clock.Advance(chat.LostTime - time.Millisecond)
	equal(f, "report of one who may be back in a moment", report(), []string{})
	f.clock.Advance(time.Millisecond)
	equal(f, "report of one who is lost", report(), []string{"room HeartbeatInterrupt [bob]"})
	f.clock.Advance(chat.KeepTime - chat.LostTime - time.Millisecond)
	equal(f, "leave of one who may still come back", leave(), []string{})
	f.clock.Advance(time.Millisecond)
	equal(f, "leave of one who does not come back", leave(), []string{"room Quit [bob]"})
}

// loginOnce stores that a user has a client that is connected to another server.
func (f *fixture) loginOnce(userID string) *chat.Session {
	f.Helper()
	s := &chat.Session{Key: userID, UserID: userID}
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		s.LoginTime, s.ExpireTime = tx.Now(), tx.Now().Add(time.Hour)
		return tx.CreateSession(f.Context(), f.app.SDKAppID, s)
	}))
	return s
}

// disconnect stores that a client has lost its connection.
func (f *fixture) disconnect(s *chat.Session) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.SetSessionSeen(f.Context(), f.app.SDKAppID, s.Instance, "", tx.Now())
	}))
}

// TestReportRooms: the app hears of lost connections only if it wants to.
func TestReportRooms(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob", "carol")
	f.create("g", chat.Public, "bob")
	report := func() []string {
		f.must(f.groups.ReportRooms(f.Context(), f.app, event.RoomLost, []string{"alice", "bob", "carol"}))
		return f.states()
	}
	equal(f, "states", report(), []string{})
	f.change(func(a *chat.App) { a.Webhook.On = append(a.Webhook.On, "Group.CallbackOnMemberStateChange") })
	equal(f, "states that are wanted", report(), []string{"room HeartbeatInterrupt [bob carol]"})
}

// TestSweepRooms: who went while the server was not there is found.
func TestSweepRooms(t *testing.T) {
	t.Parallel()
	f := start(t)
	users := make([]string, 230)
	for i := range users {
		users[i] = fmt.Sprintf("user%03d", i)
	}
	f.imports(users...)
	f.room("room", slices.Concat(users, []string{"bob", "carol"})...)
	f.room("empty")
	f.loginOnce("carol")
	f.disconnect(f.loginOnce("bob"))
	f.clock.Advance(chat.KeepTime)
	gone := func(string) bool { return true }
	f.must(f.groups.SweepRooms(f.Context(), f.app, false, gone))
	page, _ := f.audience(group.AudienceRequest{GroupID: "room"})
	equal(f, "those with a login", page, []string{"carol", "bob", "alice"})
	f.must(f.groups.SweepRooms(f.Context(), f.app, true, gone))
	if f.member("room", "bob") != nil || f.member("room", "carol") == nil || f.member("room", "alice") == nil {
		t.Error("others than those who are gone left")
	}
}

// TestBan: who may keep whom out, and how.
func TestBan(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob", "carol")
	f.create("g", chat.Public, "bob")
	f.imports("dave")
	for name, tt := range map[string]struct {
		by   string
		r    group.BanRequest
		want *chat.Error
	}{
		"by a member":                 {"bob", group.BanRequest{GroupID: "room", UserIDs: []string{"carol"}, Seconds: new(uint32(1))}, chat.ErrNotPermitted},
		"by somebody outside":         {"dave", group.BanRequest{GroupID: "room", UserIDs: []string{"carol"}, Seconds: new(uint32(1))}, chat.ErrNotPermitted},
		"of the owner":                {admin, group.BanRequest{GroupID: "room", UserIDs: []string{"alice"}, Seconds: new(uint32(1))}, chat.ErrNotPermitted},
		"of an administrator":         {"alice", group.BanRequest{GroupID: "room", UserIDs: []string{admin}, Seconds: new(uint32(1))}, chat.ErrNotPermitted},
		"of nobody":                   {"alice", group.BanRequest{GroupID: "room", Seconds: new(uint32(1))}, chat.ErrParameter},
		"of an unknown account":       {"alice", group.BanRequest{GroupID: "room", UserIDs: []string{"nobody"}, Seconds: new(uint32(1))}, chat.ErrUserNotFound},
		"of too many":                 {"alice", group.BanRequest{GroupID: "room", UserIDs: make([]string, 21), Seconds: new(uint32(1))}, chat.ErrTooManyAccounts},
		"without a duration":          {"alice", group.BanRequest{GroupID: "room", UserIDs: []string{"bob"}}, chat.ErrParameter},
		"for no time":                 {"alice", group.BanRequest{GroupID: "room", UserIDs: []string{"bob"}, Seconds: new(uint32(0))}, chat.ErrParameter},
		"with too long a description": {"alice", group.BanRequest{GroupID: "room", UserIDs: []string{"bob"}, Seconds: new(uint32(1)), Description: string(make([]byte, 1001))}, chat.ErrParameter},
		"in another group":            {"alice", group.BanRequest{GroupID: "g", UserIDs: []string{"bob"}, Seconds: new(uint32(1))}, chat.ErrNotPermitted},
	} {
		f.refused(name, f.groups.Ban(f.Context(), f.client(tt.by), tt.r), tt.want)
	}
	f.hooks.listen()

	f.must(f.groups.Ban(f.Context(), f.client("alice"), group.BanRequest{
		GroupID: "room", UserIDs: []string{"bob", "dave", "bob", "nobody"}, Seconds: new(uint32(60)), Description: "rude",
	}))
	var told []event.Event
	for _, e := range f.hooks.listen() {
		switch e := e.(type) {
		case event.GroupMembersLeft:
			told = append(told, e)
			equal(f, "removed", e.Removed, true)
		case event.Noticed:
			told = append(told, e)
			n := e.Notice
			equal(f, "notice", []any{n.UserID, n.Type, n.BanSeconds, n.Remark}, []any{"bob", chat.NoticeBanned, int64(60), "rude"})
		case event.GroupTipped:
			told = append(told, e)
			equal(f, "tip", e.Message.Tip.Type, chat.TipBanned)
			equal(f, "members of the tip", len(e.Message.Tip.Members), 1)
		}
	}
	equal(f, "what is told", len(told), 3)
	equal(f, "states", f.states(), []string{"room Quit [bob]"})
	f.refused("bob returns", f.tryVisit("room", "bob"), chat.ErrBanned)
	f.refused("dave enters", f.tryVisit("room", "dave"), chat.ErrBanned)

	f.hooks.listen()
	f.refused("carol lets them in", f.groups.Unban(f.Context(), f.client("carol"), "room", []string{"bob"}), chat.ErrNotPermitted)
	f.must(f.groups.Unban(f.Context(), f.client("alice"), "room", []string{"bob", "carol"}))
	equal(f, "tips", f.tips(), []string{"11 bob of 2"})
	f.must(f.groups.Unban(f.Context(), f.client("alice"), "room", []string{"bob"}))
	equal(f, "tips of nothing", f.tips(), []string{})
	f.must(f.tryVisit("room", "bob"))
	f.clock.Advance(60 * time.Second)
	f.must(f.tryVisit("room", "dave"))
}

// TestMarks: what members of a room carry, until they go.
func TestMarks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob", "carol")
	f.create("g", chat.Public, "bob")
	mark := func(by string, r group.MarkRequest) ([]string, error) {
		return f.groups.Mark(f.Context(), f.client(by), r)
	}
	for name, tt := range map[string]struct {
		by   string
		r    group.MarkRequest
		want *chat.Error
	}{
		"by a member":      {"bob", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"bob": {1000}}}, chat.ErrNotPermitted},
		"in another group": {"alice", group.MarkRequest{GroupID: "g", Marks: map[string][]int{"bob": {1000}}}, chat.ErrNotPermitted},
		"of nobody inside": {"alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"nobody": {1000}}}, chat.ErrParameter},
		"with none":        {"alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"bob": {}}}, chat.ErrParameter},
		"with a low one":   {"alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"bob": {1000, 999}}}, chat.ErrParameter},
	} {
		_, err := mark(tt.by, tt.r)
		f.refused(name, err, tt.want)
	}
	got, err := mark("alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"bob": {1000, 1001}, "carol": {1001}, "nobody": {1001}}})
	f.must(err)
	equal(f, "marked", got, []string{"bob", "carol"})
	carry := func(mark int) []string {
		page, _ := f.audience(group.AudienceRequest{GroupID: "room", Mark: mark})
		return page
	}
	equal(f, "1000", carry(1000), []string{"bob"})
	equal(f, "1001", carry(1001), []string{"bob", "carol"})
	_, err = mark("alice", group.MarkRequest{GroupID: "room", Delete: true, Marks: map[string][]int{"bob": {1001, 1002}}})
	f.must(err)
	equal(f, "1001 without bob", carry(1001), []string{"carol"})
	f.must(f.groups.Quit(f.Context(), f.client("carol"), "room"))
	f.must(f.tryVisit("room", "carol"))
	equal(f, "1001 when carol was away", carry(1001), []string{})

	for i := range 9 {
		_, err = mark("alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"carol": {2000 + i}}})
		f.must(err)
	}
	_, err = mark("alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"carol": {3000}}})
	f.refused("more marks than a room has", err, chat.ErrParameter)
	equal(f, "3000", carry(3000), []string{})
	equal(f, "2000", carry(2000), []string{"carol"})
	_, err = mark("alice", group.MarkRequest{GroupID: "room", Delete: true, Marks: map[string][]int{"carol": {2000, 3000}}})
	f.must(err)
	_, err = mark("alice", group.MarkRequest{GroupID: "room", Marks: map[string][]int{"carol": {3000}}})
	f.must(err)
}

// TestManyMarked: a mark is carried by 1,000 members and no more.
func TestManyMarked(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob")
	crowd := make([]chat.Member, 1001)
	for i := range crowd {
		crowd[i] = chat.Member{UserID: fmt.Sprintf("user%04d", i), Role: chat.RoleMember, JoinTime: f.clock.Now(), MsgFlag: chat.FlagNoPush}
	}
	conversation := f.group("room").Conversation
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		_, err := tx.AddMembers(f.Context(), f.app.SDKAppID, conversation, crowd)
		return err
	}))
	mark := func(members []chat.Member, marks ...int) error {
		r := group.MarkRequest{GroupID: "room", Marks: make(map[string][]int)}
		for i := range members {
			r.Marks[members[i].UserID] = marks
		}
		_, err := f.groups.Mark(f.Context(), f.client("alice"), r)
		return err
	}
	carry := func(mark int) int {
		page, _ := f.audience(group.AudienceRequest{GroupID: "room", Mark: mark})
		return len(page)
	}
	f.refused("more than one request marks", mark(crowd[:group.MaxMarked+1], 1000), chat.ErrTooManyAccounts)
	f.must(mark(crowd[:500], 1000))
	f.must(mark(crowd[499:999], 1000))
	f.refused("two more, and a new mark", mark(crowd[999:], 1000, 1001), chat.ErrParameter)
	equal(f, "members that carry it", carry(1000), 999)
	equal(f, "members that carry the new one", carry(1001), 0)
	f.must(mark(crowd[999:1000], 1000))
	f.must(mark(crowd[500:1000], 1000, 1001))
	f.refused("one more", mark(crowd[1000:], 1000), chat.ErrParameter)
	equal(f, "members that carry it in the end", carry(1000), 1000)
}

// TestRoomBesideSenders: joins do not make sends try again.
func TestRoomBesideSenders(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.room("room", "bob")
	f.sendBy("bob", f.say("room", "hello"))
	before := f.group("room").Revision
	f.must(f.tryVisit("room", "carol"))
	f.sendBy("bob", f.say("room", "hello again"))
	equal(f, "revision", f.group("room").Revision, before)
	f.view(func(ctx context.Context, tx store.Tx) error {
		m, err := tx.Member(ctx, f.group("room").Conversation, "carol")
		if err == nil {
			equal(f, "message option", m.MsgFlag, chat.FlagNoPush)
		}
		return err
	})
}

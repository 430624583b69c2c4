package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// login stores a session of a user that lasts an hour.
func (f *fixture) login(userID, key string) *chat.Session {
	f.Helper()
	now := f.clock.Now()
	s := &chat.Session{
		Key: key, UserID: userID, Platform: chat.PlatformWeb, ClientIP: "192.0.2.1", LoginTime: now, ExpireTime: now.Add(time.Hour),
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateSession(ctx, app, s) })
	return s
}

func (f *fixture) session(of chat.SDKAppID, key string) (*chat.Session, error) {
	return tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Session, error) { return tx.Session(ctx, of, key) })
}

// logins is the keys of a user's sessions that hold.
func (f *fixture) logins(userID string) []string {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		keys := []string{}
		held, err := tx.SessionsOf(ctx, app, userID)
		for _, s := range held {
			keys = append(keys, s.Key)
		}
		return keys, err
	})
}

func sessions(f *fixture) {
	first, second := f.login("alice", "a"), f.login("alice", "b")
	f.login("bob", "c")
	if second.Instance <= first.Instance || first.Instance < 1 {
		f.Errorf("instances %d and %d", first.Instance, second.Instance)
	}
	f.reopen()
	stored, err := f.session(app, "a")
	f.fails("a session", err, nil)
	equal(f, "a session", stored, first)
	_, err = f.session(otherApp, "a")
	f.fails("a session of another app", err, store.ErrNotFound)
	err = f.store.Update(f.Context(), func(tx store.Tx) error { return tx.CreateSession(f.Context(), app, &chat.Session{Key: "a"}) })
	f.fails("a second session with one key", err, store.ErrExists)
	equal(f, "logins", f.logins("alice"), []string{"a", "b"})

	online := func() map[string]bool {
		f.Helper()
		return get(f, func(ctx context.Context, tx store.Tx) (map[string]bool, error) {
			return tx.Online(ctx, app, []string{"alice", "bob", "nobody"})
		})
	}
	equal(f, "who is online", online(), map[string]bool{"alice": true, "bob": true})

	seen := f.clock.Now().Add(time.Minute)
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.SetSessionSeen(ctx, app, first.Instance, "", seen); err != nil {
			return err
		}
		if err := tx.SetSessionSeen(ctx, app, second.Instance, "", seen); err != nil {
			return err
		}
		if _, err := tx.SetSessionGone(ctx, app, second.Instance, ""); err != nil {
			return err
		}
		return tx.KickSession(ctx, otherApp, second.Instance, chat.KickedByREST) // not theirs
	})
	abandoned := set(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		list, err := tx.AbandonSessions(ctx, "", seen.Add(time.Second))
		keys := []string{}
		for _, s := range list[app] {
			keys = append(keys, fmt.Sprint(s.Key, " ", s.SeenTime.Sub(seen)))
		}
		return keys, err
	})
	equal(f, "who is online when all are abandoned", online(), map[string]bool{})
	equal(f, "those who are not known to be gone", abandoned, []string{"a 0s", "c 1s"})
	stored, err = f.session(app, "b")
	f.fails("a session", err, nil)
	equal(f, "when the one that is gone was seen", stored.SeenTime.Sub(seen), 0)

	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.KickSession(ctx, app, first.Instance, chat.KickedByDevice); err != nil {
			return err
		}
		return tx.DeleteSession(ctx, app, second.Instance)
	})
	equal(f, "logins that hold", f.logins("alice"), []string{})
	stored, err = f.session(app, "a")
	f.fails("a session that was ended", err, nil)
	equal(f, "why it was ended", stored.Kicked, chat.KickedByDevice)
	_, err = f.session(app, "b")
	f.fails("a session that was deleted", err, store.ErrNotFound)

	f.clock.advance(2 * time.Hour)
	equal(f, "logins that have not run out", f.logins("bob"), []string{})
	f.purge(10, func() int { return 0 })
	_, err = f.session(app, "c")
	f.fails("a session that has run out", err, store.ErrNotFound)
}

func notices(f *fixture) {
	listed := func(of chat.SDKAppID, user string, after int64, limit int) []string {
		f.Helper()
		return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
			texts := []string{}
			list, err := tx.ListNotices(ctx, of, user, after, limit)
			for _, n := range list {
				texts = append(texts, n.Remark)
			}
			return texts, err
		})
	}
	full := chat.Notice{
		UserID: "alice", Type: chat.NoticeApplied, GroupID: "g", GroupName: "name", GroupType: chat.Public, Operator: "bob", Random: 4294967295,
		Remark: "please", Authentication: "secret", Key: 1 << 52,
	}
	var ids []int64
	for i := range chat.MaxNotices + 2 {
		n := full
		n.Remark = fmt.Sprint("n", i)
		f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddNotice(ctx, app, &n) })
		ids = append(ids, n.ID)
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		n := full
		n.UserID = "bob"
		return tx.AddNotice(ctx, app, &n)
	})
	if !slices.IsSorted(ids) {
		f.Errorf("IDs are not in order: %v", ids)
	}
	equal(f, "the oldest notices that are kept", listed(app, "alice", 0, 2), []string{"n2", "n3"})
	equal(f, "the newest", listed(app, "alice", ids[len(ids)-2], 9), []string{fmt.Sprint("n", len(ids)-1)})
	equal(f, "of another app", listed(otherApp, "alice", 0, 9), []string{})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteNotices(ctx, app, "alice", ids[:3]) })
	equal(f, "after the first was deleted", listed(app, "alice", 0, 1), []string{"n3"})
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteNotices(ctx, app, "alice", ids) })
	got := get(f, func(ctx context.Context, tx store.Tx) ([]chat.Notice, error) {
		return tx.ListNotices(ctx, app, "bob", 0, 9)
	})
	full.UserID, full.ID, full.Time = "bob", got[0].ID, f.clock.Now()
	equal(f, "all fields", got, []chat.Notice{full})
}

// announcements are heard after the commit, in its order, and not of what failed.
func announcements(f *fixture) {
	g := f.group("g")
	var heard []string
	f.reopenHearing(func(events []event.Event) {
		for _, e := range events {
			n, ok := e.(event.Noticed)
			if !ok {
				f.Errorf("heard %T", e)
			}
			heard = append(heard, n.Notice.Remark)
		}
	})
	say := func(text string) event.Event { return event.Noticed{Notice: chat.Notice{Remark: text}} }
	f.update(func(_ context.Context, tx store.Tx) error {
		tx.Announce(say("one"), say("two"))
		return nil
	})
	err := f.store.Update(f.Context(), func(tx store.Tx) error {
		tx.Announce(say("failed"))
		return errWanted
	})
	f.fails("an update", err, errWanted)
	for _, sequence := range []store.Sequence{store.Stored, store.Online} {
		a := send(g, "hello")
		a.Sequence = sequence
		a.Announce = func() []event.Event { return []event.Event{say(fmt.Sprint("message ", a.Message.Seq))} }
		f.append(a)
	}
	a := send(g, "stale")
	a.Revision--
	a.Announce = func() []event.Event { return []event.Event{say("stale")} }
	_, err = f.store.Append(f.Context(), a)
	f.fails("a stale send", err, store.ErrStale)
	equal(f, "heard", heard, []string{"one", "two", "message 1", "message 1"})
}

// changes append their own messages to a conversation.
func messagesOfChanges(f *fixture) {
	g := f.group("g")
	f.append(send(g, "first"))
	tip := &chat.Message{Sender: chat.SystemAccount, Priority: chat.PriorityNormal, Tip: &chat.Tip{
		Type: chat.TipJoined, Operator: chat.Person{UserID: "bob", Nick: "Bob"}, Members: []chat.Person{{UserID: "bob"}}, MemberNum: 2,
	}}
	numbered := &chat.Message{Sender: chat.SystemAccount, Tip: &chat.Tip{Type: chat.TipQuit}}
	f.clock.advance(time.Second)
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.AppendMessage(ctx, app, g.Conversation, store.Stored, tip); err != nil {
			return err
		}
		return tx.AppendMessage(ctx, app, g.Conversation, store.Numbered, numbered)
	})
	equal(f, "numbers", []int64{tip.Seq, numbered.Seq, f.append(send(f.stored("g"), "last")).Seq}, []int64{2, 3, 4})
	stored := f.messagesAt(g.Conversation, 2, 3)
	equal(f, "the tip", stored[2], *tip)
	equal(f, "what is kept", len(stored), 1)
	newest := get(f, func(ctx context.Context, tx store.Tx) (time.Time, error) { return tx.NewestMessage(ctx) })
	equal(f, "the newest message of all", newest, f.clock.Now())
	err := f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.AppendMessage(f.Context(), app, g.Conversation+999, store.Stored, &chat.Message{})
	})
	f.fails("in no conversation", err, store.ErrNotFound)
}

func memberships(f *fixture) {
	g, other := f.group("g"), f.group("other")
	f.join(g, "alice", "bob")
	f.clock.advance(time.Second)
	f.join(other, "alice")
	f.append(send(f.stored("g"), "hello"))
	of := func(id chat.SDKAppID, user string) []store.Membership {
		f.Helper()
		return get(f, func(ctx context.Context, tx store.Tx) ([]store.Membership, error) {
			return tx.Memberships(ctx, id, user)
		})
	}
	equal(f, "groups of alice", of(app, "alice"), []store.Membership{
		{Conversation: g.Conversation, GroupID: "g", Type: chat.Public, MsgFlag: chat.FlagNotify, LastMsgTime: f.clock.Now(), NextMsgSeq: 2},
		{Conversation: other.Conversation, GroupID: "other", Type: chat.Public, MsgFlag: chat.FlagNotify, NextMsgSeq: 1},
	})
	equal(f, "in another app", of(otherApp, "alice"), nil)
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteGroup(ctx, g) })
	equal(f, "groups of bob when his is gone", of(app, "bob"), nil)
}

func persons(f *fixture) {
	nick, face := "Alice", "https://example.com/a.png"
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: "alice", Nick: &nick, FaceURL: &face}, {UserID: "bob"}})
	})
	got := get(f, func(ctx context.Context, tx store.Tx) (map[string]chat.Person, error) {
		return tx.Persons(ctx, app, []string{"alice", "bob", "nobody"})
	})
	equal(f, "persons", got, map[string]chat.Person{"alice": {UserID: "alice", Nick: nick, FaceURL: face}, "bob": {UserID: "bob"}})
}

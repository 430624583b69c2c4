package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// community makes a community with topics.
func (f *fixture) community(id string) *chat.Group {
	f.Helper()
	g := &chat.Group{ID: id, Type: chat.Community, Name: "name of " + id, SupportTopic: true, CreateTime: f.clock.Now()}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateGroup(ctx, app, g) })
	return f.stored(id)
}

// topic makes a topic.
func (f *fixture) topic(g *chat.Group, id string) *chat.Topic {
	f.Helper()
	t := &chat.Topic{ID: id, Name: "name of " + id, CreateTime: f.clock.Now()}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateTopic(ctx, app, g.Conversation, t) })
	return f.storedTopic(g, id)
}

func (f *fixture) storedTopic(g *chat.Group, id string) *chat.Topic {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) (*chat.Topic, error) { return tx.Topic(ctx, g.Conversation, id) })
}

// topicIDs are those of a community, oldest first.
func (f *fixture) topicIDs(g *chat.Group) []string {
	f.Helper()
	ids := []string{}
	for _, t := range get(f, func(ctx context.Context, tx store.Tx) ([]chat.Topic, error) {
		return tx.ListTopics(ctx, g.Conversation)
	}) {
		ids = append(ids, t.ID)
	}
	n := get(f, func(ctx context.Context, tx store.Tx) (int, error) { return tx.CountTopics(ctx, g.Conversation) })
	equal(f, "number of topics", n, len(ids))
	return ids
}

func (f *fixture) topicSender(groupID, topicID, userID string) (store.Sender, error) {
	return tryGet(f, func(ctx context.Context, tx store.Tx) (store.Sender, error) {
		return tx.TopicSender(ctx, app, groupID, topicID, userID)
	})
}

// sendTopic is a message of a member into a topic.
func (f *fixture) sendTopic(groupID, topicID, userID, text string) *store.Append {
	f.Helper()
	s, err := f.topicSender(groupID, topicID, userID)
	if err != nil {
		f.Fatalf("sender: %v", err)
	}
	m := message(text)
	m.Sender = userID
	return &store.Append{
		App: app, Conversation: s.Conversation, Community: s.Community, Revision: s.Revision, Sequence: store.Stored, Message: m,
		Member: s.Role != chat.RoleNone, Events: func() []event.Outgoing { return nil },
	}
}

func (f *fixture) topicState(g *chat.Group, t *chat.Topic, userID string) store.TopicState {
	f.Helper()
	one := get(f, func(ctx context.Context, tx store.Tx) (store.TopicState, error) {
		return tx.TopicState(ctx, g.Conversation, t.Conversation, userID)
	})
	all := get(f, func(ctx context.Context, tx store.Tx) (map[int64]store.TopicState, error) {
		return tx.TopicStates(ctx, g.Conversation, userID)
	})
	listed, ok := all[t.Conversation]
	if !ok {
		listed = store.TopicState{Topic: t.Conversation, ReadSeq: store.NotRead}
	}
	equal(f, "state among all", listed, one)
	return one
}

func topics(f *fixture) {
	g, other := f.community("@TGS#_1"), f.community("@TGS#_2")
	full := chat.Topic{
		ID: "@TGS#_1@TOPIC#_a", Name: "a", FaceURL: "http://face", Introduction: "intro", Notification: "note", CustomString: "custom",
		MuteAll: true, CreateTime: f.clock.Now(), NextMsgSeq: 1,
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.CreateTopic(ctx, app, g.Conversation, &full) })
	equal(f, "a topic", *f.storedTopic(g, full.ID), full)
	f.clock.advance(time.Minute)
	f.topic(g, "@TGS#_1@TOPIC#_b")
	equal(f, "topics of a community", f.topicIDs(g), []string{full.ID, "@TGS#_1@TOPIC#_b"})
	equal(f, "topics of another", f.topicIDs(other), []string{})

	again := full
	err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error { return tx.CreateTopic(ctx, app, g.Conversation, &again) })
	f.fails("an ID twice", err, store.ErrExists)
	for name, c := range map[string]struct {
		community int64
		id        string
	}{
		"unknown topic":           {g.Conversation, "@TGS#_1@TOPIC#_c"},
		"topic of another":        {other.Conversation, full.ID},
		"the ID of the community": {g.Conversation, g.ID},
	} {
		_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Topic, error) { return tx.Topic(ctx, c.community, c.id) })
		f.fails(name, err, store.ErrNotFound)
	}

	full.Name, full.MuteAll, full.CustomString = "renamed", false, ""
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateTopic(ctx, &full) })
	equal(f, "a changed topic", *f.storedTopic(g, full.ID), full)

	// The same names in another app are others.
	foreign := &chat.Group{ID: g.ID, Type: chat.Community, SupportTopic: true}
	f.update(func(ctx context.Context, tx store.Tx) error {
		if err := tx.CreateGroup(ctx, otherApp, foreign); err != nil {
			return err
		}
		return tx.CreateTopic(ctx, otherApp, foreign.Conversation, &chat.Topic{ID: full.ID})
	})
	equal(f, "a topic beside one of another app", *f.storedTopic(g, full.ID), full)

	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteTopic(ctx, &full) })
	equal(f, "topics left", f.topicIDs(g), []string{"@TGS#_1@TOPIC#_b"})
	f.topic(g, full.ID) // the ID is free
	f.destroy(g)
	equal(f, "topics of a community that is gone", f.topicIDs(g), []string{})
	f.topic(f.community(g.ID), full.ID)
}

func topicSends(f *fixture) {
	f.importAccounts(app, "alice", "bob")
	g := f.community("@TGS#_1")
	t := f.topic(g, "@TGS#_1@TOPIC#_a")
	f.join(g, "alice")

	s, err := f.topicSender(g.ID, t.ID, "alice")
	if err != nil {
		f.Fatal(err)
	}
	want := store.Sender{
		Conversation: t.Conversation, Community: g.Conversation, Revision: s.Revision, Type: chat.Community, MemberNum: 1,
		Role: chat.RoleMember, Imported: true,
	}
	equal(f, "a member", s, want)
	s, err = f.topicSender(g.ID, t.ID, "nobody")
	f.fails("a stranger", err, nil)
	want.Role, want.Imported = chat.RoleNone, false
	equal(f, "a stranger", s, want)
	for name, c := range map[string][2]string{"unknown topic": {g.ID, "@TGS#_1@TOPIC#_b"}, "another group": {"@TGS#_2", t.ID}} {
		_, err := f.topicSender(c[0], c[1], "alice")
		f.fails(name, err, store.ErrNotFound)
	}

	f.append(f.sendTopic(g.ID, t.ID, "alice", "first"))
	f.append(f.sendTopic(g.ID, t.ID, "alice", "second"))
	equal(f, "messages", f.said(t.Conversation), map[int64]string{1: "first", 2: "second"})
	equal(f, "messages of the community", f.said(g.Conversation), map[int64]string{})
	equal(f, "next number", f.storedTopic(g, t.ID).NextMsgSeq, int64(3))
	equal(f, "read by the sender", f.topicState(g, t, "alice").ReadSeq, int64(2))
	m := f.member(g, "alice")
	equal(f, "read in the community", m.ReadSeq, int64(0))
	equal(f, "last sending time", m.LastSendTime, f.clock.Now())

	for name, change := range map[string]func(context.Context, store.Tx) error{
		"a change of the community": func(ctx context.Context, tx store.Tx) error { return tx.Touch(ctx, g.Conversation) },
		"a change of the topic":     func(ctx context.Context, tx store.Tx) error { return tx.UpdateTopic(ctx, t) },
		"a mute in the community": func(ctx context.Context, tx store.Tx) error {
			return tx.SetMutes(ctx, g.Conversation, []string{"alice"}, 5)
		},
		"a mute in the topic": func(ctx context.Context, tx store.Tx) error {
			return tx.SetMutes(ctx, t.Conversation, []string{"alice"}, 7)
		},
	} {
		late := f.sendTopic(g.ID, t.ID, "alice", "late")
		f.update(change)
		_, err := f.store.Append(f.Context(), late)
		f.fails(name, err, store.ErrStale)
	}
	s, err = f.topicSender(g.ID, t.ID, "alice")
	f.fails("muted", err, nil)
	equal(f, "the later mute", s.MuteUntil, int64(7))
	t.MuteAll = true
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.UpdateTopic(ctx, t) })
	s, err = f.topicSender(g.ID, t.ID, "alice")
	f.fails("all muted", err, nil)
	equal(f, "all muted", s.MuteAll, true)

	late := f.sendTopic(g.ID, t.ID, "alice", "late")
	f.destroy(g)
	_, err = f.store.Append(f.Context(), late)
	f.fails("a community that is gone", err, store.ErrNotFound)
}

func topicStates(f *fixture) {
	f.importAccounts(app, "alice", "bob")
	g := f.community("@TGS#_1")
	t, other := f.topic(g, "@TGS#_1@TOPIC#_a"), f.topic(g, "@TGS#_1@TOPIC#_b")
	f.join(g, "alice", "bob")
	raise := func(userID string, seq int64) bool {
		return set(f, func(ctx context.Context, tx store.Tx) (bool, error) {
			return tx.RaiseTopicRead(ctx, app, g.Conversation, t.Conversation, userID, seq)
		})
	}
	flag := func(userID, flag string) {
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.SetTopicFlag(ctx, app, g.Conversation, t.Conversation, userID, flag)
		})
	}
	flags := func(userID string) []store.TopicFlag {
		return get(f, func(ctx context.Context, tx store.Tx) ([]store.TopicFlag, error) {
			return tx.TopicFlags(ctx, app, userID)
		})
	}
	none := store.TopicState{Topic: t.Conversation, ReadSeq: store.NotRead}
	equal(f, "nothing", f.topicState(g, t, "alice"), none)
	flag("alice", chat.FlagDiscard)
	equal(f, "a flag alone", f.topicState(g, t, "alice"), store.TopicState{Topic: t.Conversation, ReadSeq: store.NotRead, MsgFlag: chat.FlagDiscard})
	for _, c := range []struct {
		seq  int64
		want bool
	}{{0, true}, {5, true}, {5, false}, {3, false}, {6, true}} {
		equal(f, fmt.Sprint("reading up to ", c.seq), raise("alice", c.seq), c.want)
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.SetMutes(ctx, t.Conversation, []string{"alice", "bob"}, 9)
	})
	equal(f, "everything", f.topicState(g, t, "alice"), store.TopicState{Topic: t.Conversation, ReadSeq: 6, MsgFlag: chat.FlagDiscard, MuteUntil: 9})
	equal(f, "a mute alone", f.topicState(g, t, "bob"), store.TopicState{Topic: t.Conversation, ReadSeq: store.NotRead, MuteUntil: 9})
	equal(f, "another topic", f.topicState(g, other, "alice"), store.TopicState{Topic: other.Conversation, ReadSeq: store.NotRead})
	equal(f, "her flags", flags("alice"), []store.TopicFlag{{TopicID: t.ID, MsgFlag: chat.FlagDiscard}})
	equal(f, "his flags", flags("bob"), nil)

	raise("bob", 4)
	f.update(func(ctx context.Context, tx store.Tx) error {
		_, err := tx.RemoveMembers(ctx, g.Conversation, []string{"alice"})
		return err
	})
	left := none
	left.MuteUntil = 9 // which outlasts leaving
	equal(f, "who left", f.topicState(g, t, "alice"), left)
	equal(f, "who stayed", f.topicState(g, t, "bob").ReadSeq, int64(4))
	f.deleteAccounts("bob")
	equal(f, "whose account is gone", f.topicState(g, t, "bob"), none)
}

func uncountedMessages(f *fixture) {
	g := f.community("@TGS#_1")
	t := f.topic(g, "@TGS#_1@TOPIC#_a")
	for i := range 6 {
		a := f.sendTopic(g.ID, t.ID, "alice", "hello")
		a.Message.NoUnread = i%2 == 0
		f.append(a)
	}
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.RecallMessages(ctx, t.Conversation, []int64{4}, chat.Recall{Revoker: "alice", Time: f.clock.Now()})
	})
	behind := func(after int64, limit int) []int64 {
		return get(f, func(ctx context.Context, tx store.Tx) ([]int64, error) {
			return tx.Uncounted(ctx, t.Conversation, after, limit)
		})
	}
	equal(f, "all", behind(0, 10), []int64{1, 3, 4, 5})
	equal(f, "some", behind(1, 2), []int64{3, 4})
	equal(f, "none", behind(5, 10), nil)
}

func topicLeftovers(f *fixture) {
	g := f.community("@TGS#_1")
	t, stays := f.topic(g, "@TGS#_1@TOPIC#_a"), f.topic(g, "@TGS#_1@TOPIC#_b")
	users := names("user", 12)
	f.join(g, users...)
	for _, in := range []*chat.Topic{t, stays} {
		f.update(func(ctx context.Context, tx store.Tx) error {
			return tx.SetMutes(ctx, in.Conversation, users, chat.MuteForever)
		})
		for _, id := range users {
			f.append(f.sendTopic(g.ID, in.ID, id, "hello"))
		}
	}
	rows := func(in *chat.Topic) int {
		states := 0
		for _, id := range users {
			s := get(f, func(ctx context.Context, tx store.Tx) (store.TopicState, error) {
				return tx.TopicState(ctx, g.Conversation, in.Conversation, id)
			})
			if s.ReadSeq != store.NotRead {
				states++
			}
		}
		return states + len(f.said(in.Conversation)) + len(f.mutes(&chat.Group{Conversation: in.Conversation}))
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.DeleteTopic(ctx, t) })
	f.purge(5, func() int { return rows(t) })
	equal(f, "rows of a topic that is gone", rows(t), 0)
	equal(f, "rows of the other", rows(stays), 36)
	f.destroy(g)
	f.purge(5, func() int { return rows(stays) })
	equal(f, "rows of topics of a community that is gone", rows(stays), 0)
}

package group_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

const (
	town = "@TGS#_town"
	news = town + "@TOPIC#_news"
	chit = town + "@TOPIC#_chat"
)

// town makes a community that alice owns and bob is in, with two topics.
func (f *fixture) town() {
	f.Helper()
	_, err := f.groups.Create(f.Context(), f.rest(), &group.CreateRequest{
		GroupID: town, Type: "Community", Owner: "alice", Profile: group.Profile{Name: new("town")}, SupportTopic: true,
		Members: []group.NewMember{{UserID: "bob"}},
	})
	f.must(err)
	f.topic(news)
	f.topic(chit)
	f.hooks.take()
	f.hooks.listen()
}

func (f *fixture) topic(id string) {
	f.Helper()
	_, err := f.groups.CreateTopic(f.Context(), f.client("alice"), group.TopicRequest{GroupID: town, TopicID: id, Profile: group.TopicProfile{Name: new("a topic")}})
	f.must(err)
}

// sayIn is a send of text into a topic.
func (f *fixture) sayIn(topicID, text string) *group.SendRequest {
	r := f.say(town, text)
	r.TopicID = topicID
	return r
}

// seen is a topic as a user sees it.
func (f *fixture) seen(userID, topicID string) group.TopicInfo {
	f.Helper()
	infos, err := f.groups.Topics(f.Context(), f.client(userID), town, []string{topicID})
	f.must(err)
	return infos[0]
}

// unread is what clients compute.
func unread(i group.TopicInfo) int64 {
	return i.Topic.NextMsgSeq - 1 - i.ReadSeq - int64(len(i.Uncounted))
}

func TestCreateTopic(t *testing.T) {
	t.Parallel()
	long := func(n int) *string { return new(strings.Repeat("x", n)) }
	for _, tt := range []struct {
		name   string
		caller string
		set    func(*group.TopicRequest)
		want   *chat.Error
	}{
		{"owner", "alice", func(*group.TopicRequest) {}, nil},
		{"administrator of the group", "carol", func(*group.TopicRequest) {}, nil},
		{"administrator of the app", admin, func(*group.TopicRequest) {}, nil},
		{"with an ID", "alice", func(r *group.TopicRequest) { r.TopicID = town + "@TOPIC#_a" }, nil},
		{"member", "bob", func(*group.TopicRequest) {}, chat.ErrNotPermitted},
		{"stranger", "dora", func(*group.TopicRequest) {}, chat.ErrNotPermitted},
		{"unknown group", "alice", func(r *group.TopicRequest) { r.GroupID = "@TGS#_nowhere" }, chat.ErrGroupNotFound},
		{"malformed group", "alice", func(r *group.TopicRequest) { r.GroupID = "g\n" }, chat.ErrGroupID},
		{"group without topics", "alice", func(r *group.TopicRequest) { r.GroupID = "@TGS#_plain" }, chat.ErrNotPermitted},
		{"ID in use", "bob", func(r *group.TopicRequest) { r.TopicID = news }, chat.ErrNotPermitted},
		{"ID in use by the owner", "alice", func(r *group.TopicRequest) { r.TopicID = news }, chat.ErrGroupIDTakenByOwn},
		{"ID in use by somebody else", "carol", func(r *group.TopicRequest) { r.TopicID = news }, chat.ErrGroupIDTaken},
		{"ID of another community", "alice", func(r *group.TopicRequest) { r.TopicID = "@TGS#_x@TOPIC#_a" }, chat.ErrTopicID},
		{"ID without a name", "alice", func(r *group.TopicRequest) { r.TopicID = town + "@TOPIC#_" }, chat.ErrTopicID},
		{"ID like an assigned one", "alice", func(r *group.TopicRequest) { r.TopicID = town + "@TOPIC#_@TOPIC#a" }, chat.ErrTopicID},
		{"ID with a control character", "alice", func(r *group.TopicRequest) { r.TopicID = town + "@TOPIC#_a\n" }, chat.ErrTopicID},
		{"long ID", "alice", func(r *group.TopicRequest) { r.TopicID = town + "@TOPIC#_" + *long(96) }, chat.ErrTopicID},
		{"no name", "alice", func(r *group.TopicRequest) { r.Profile.Name = nil }, chat.ErrParameter},
		{"empty name", "alice", func(r *group.TopicRequest) { r.Profile.Name = new("") }, chat.ErrParameter},
		{"long name", "alice", func(r *group.TopicRequest) { r.Profile.Name = long(31) }, chat.ErrParameter},
		{"long custom string", "alice", func(r *group.TopicRequest) { r.Profile.CustomString = long(3001) }, chat.ErrParameter},
		{"blocked word", "alice", func(r *group.TopicRequest) { r.Profile.Introduction = new("damn") }, chat.ErrBlockedContent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.imports("dora")
			f.town()
			f.create("@TGS#_plain", chat.Community)
			f.enter(town, "carol")
			f.promote(town, "carol")
			f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
			f.hooks.listen()
			r := group.TopicRequest{GroupID: town, Profile: group.TopicProfile{Name: new("walks")}}
			tt.set(&r)
			id, err := f.groups.CreateTopic(f.Context(), f.client(tt.caller), r)
			if tt.want != nil {
				f.refused("create", err, tt.want)
				equal(f, "announced", len(f.hooks.listen()), 0)
				return
			}
			f.must(err)
			if r.TopicID != "" {
				equal(f, "ID", id, r.TopicID)
			} else if !strings.HasPrefix(id, town+"@TOPIC#_@TOPIC#c") {
				f.Errorf("got ID %s", id)
			}
			made := f.hooks.listen()[0].(event.TopicCreated)
			equal(f, "conversation of the event", made.Conversation().String(), "topic:"+id)
			equal(f, "notice", []any{made.Notice.Type, made.Notice.GroupID, made.Notice.TopicID}, []any{chat.NoticeTopicCreated, town, id})
			equal(f, "name", f.seen("bob", id).Topic.Name, "walks")
		})
	}
}

func TestTooManyTopics(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	for i := range chat.MaxTopics - 2 {
		f.topic(fmt.Sprint(town, "@TOPIC#_", i))
	}
	_, err := f.groups.CreateTopic(f.Context(), f.client("alice"), group.TopicRequest{GroupID: town, Profile: group.TopicProfile{Name: new("one more")}})
	f.refused("one more", err, chat.ErrTooManyTopics)
	infos, err := f.groups.Topics(f.Context(), f.client("bob"), town, nil)
	f.must(err)
	equal(f, "all topics", len(infos), chat.MaxTopics)
}

// TestTopicMessages: a topic is a conversation of its own.
func TestTopicMessages(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	for i, c := range []struct {
		userID, topicID string
		want            int64
	}{{"alice", news, 1}, {"bob", news, 2}, {"bob", chit, 1}, {"alice", news, 3}} {
		sent := f.sendBy(c.userID, f.sayIn(c.topicID, fmt.Sprint("message ", i)))
		equal(f, "number", sent.Seq, c.want)
	}
	heard := f.hooks.listen()
	equal(f, "announced", len(heard), 4)
	sent := heard[2].(event.GroupMessageSent)
	equal(f, "place", []string{sent.GroupID, sent.TopicID, sent.Conversation().String()}, []string{town, chit, "topic:" + chit})
	again := f.sayIn(news, "again")
	first, second := f.sendBy("bob", again), f.sendBy("bob", again)
	equal(f, "a repeated send", second, first)

	equal(f, "history", seqsOf(f.scroll("bob", group.ScrollRequest{GroupID: town, TopicID: news, Number: 20})), downTo(4, 1))
	equal(f, "history for a stranger", seqsOf(f.scroll("carol", group.ScrollRequest{GroupID: town, TopicID: chit, Number: 20})), downTo(1, 1))
	equal(f, "the community's own", f.said(town), nil)
	h, err := f.groups.History(f.Context(), f.rest(), group.HistoryRequest{GroupID: town, TopicID: news, Number: 2})
	f.must(err)
	equal(f, "history by REST", []any{len(h.Messages), h.Messages[0].Seq, h.Finished}, []any{2, int64(4), group.Complete})

	results, err := f.groups.Recall(f.Context(), f.client("alice"), group.RecallRequest{GroupID: town, TopicID: news, Seqs: []int64{2}})
	f.must(err)
	equal(f, "recall by the owner", codeOf(results[2]), 0)
	results, err = f.groups.Recall(f.Context(), f.client("bob"), group.RecallRequest{GroupID: town, TopicID: news, Seqs: []int64{1}})
	f.must(err)
	equal(f, "recall by a member", codeOf(results[1]), chat.ErrNotRecaller.Code)
	m, err := f.groups.Modify(f.Context(), f.client("bob"), group.ModifyRequest{GroupID: town, TopicID: chit, Seq: 1, MsgBody: body("changed")})
	f.must(err)
	equal(f, "modified", text(m.Body.JSON), "changed")
	f.must(f.groups.Hide(f.Context(), f.client("bob"), town, news, []int64{4}))
	equal(f, "history without what is hidden", seqsOf(f.scroll("bob", group.ScrollRequest{GroupID: town, TopicID: news, Number: 20})), downTo(3, 1))
	for what, err := range map[string]error{
		"send":    f.trySend(f.sayIn(town+"@TOPIC#_none", "lost")),
		"read":    f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{GroupID: town, TopicID: news + "x", Seq: 1}),
		"hide":    f.groups.Hide(f.Context(), f.client("bob"), town, "topic", []int64{1}),
		"another": f.trySend(&group.SendRequest{GroupID: "@TGS#_x", TopicID: news, Random: new(uint32(1)), MsgBody: body("lost")}),
	} {
		want := chat.ErrTopicNotFound
		if what == "another" {
			want = chat.ErrGroupNotFound
		}
		f.refused(what, err, want)
	}
}

func TestTopicUnread(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	f.clock.Advance(time.Second)
	for i := range 5 {
		f.sendBy("alice", f.sayIn(news, fmt.Sprint("early ", i)))
	}
	equal(f, "a member who never looked", unread(f.seen("bob", news)), int64(5))
	equal(f, "the sender", unread(f.seen("alice", news)), int64(0))
	equal(f, "a stranger", unread(f.seen("carol", news)), int64(0))
	f.clock.Advance(time.Second)
	f.enter(town, "carol")
	equal(f, "who has just joined", unread(f.seen("carol", news)), int64(0))
	f.clock.Advance(time.Second)
	quiet := f.sayIn(news, "quiet")
	quiet.NoUnread = true
	f.sendBy("alice", quiet)
	f.sendBy("alice", f.sayIn(news, "late"))
	equal(f, "said since he joined", unread(f.seen("carol", news)), int64(1))
	f.hooks.listen()
	f.must(f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{GroupID: town, TopicID: news, Seq: 3}))
	read := f.hooks.listen()[0].(event.GroupsRead)
	equal(f, "announced", read.Reads, []event.GroupRead{{GroupID: town, TopicID: news, Seq: 3}})
	equal(f, "after reading", unread(f.seen("bob", news)), int64(3))
	f.must(f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{GroupID: town, TopicID: news, Seq: 1}))
	f.must(f.groups.Read(f.Context(), f.client("carol"), event.GroupRead{GroupID: town, TopicID: news, Seq: 2}))
	equal(f, "it never falls", unread(f.seen("bob", news)), int64(3))
	equal(f, "nor below where one joined", unread(f.seen("carol", news)), int64(1))
	equal(f, "another topic", unread(f.seen("bob", chit)), int64(0))
	f.sendBy("bob", f.sayIn(news, "I am here"))
	equal(f, "after sending", unread(f.seen("bob", news)), int64(0))
	equal(f, "in the community", f.member(town, "bob").ReadSeq, int64(0))

	info := f.seen("bob", news)
	equal(f, "newest message", []string{info.Last.Sender, text(info.Last.Body.JSON)}, []string{"bob", "I am here"})
	f.must(f.groups.Hide(f.Context(), f.client("bob"), town, news, []int64{8}))
	equal(f, "newest message that he has hidden", f.seen("bob", news).Last, nil)
	f.leave(town, "bob")
	f.clock.Advance(time.Second)
	f.enter(town, "bob")
	equal(f, "who came back", f.seen("bob", news).ReadSeq, int64(8))
}

func TestTopicMutes(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	seconds, none := uint32(60), uint32(0)
	speak := func(userID, topicID string) error {
		_, err := f.groups.Send(f.Context(), f.client(userID), f.sayIn(topicID, "hello"))
		return err
	}
	f.must(speak("bob", news))
	f.must(speak("bob", chit))
	change := func(p group.TopicProfile) {
		f.must(f.groups.UpdateTopic(f.Context(), f.client("alice"), town, news, &p))
	}

	change(group.TopicProfile{MuteAll: new("On")})
	f.refused("all muted", speak("bob", news), chat.ErrMuted)
	f.must(speak("bob", chit))
	f.must(speak("alice", news))
	_, err := f.groups.Modify(f.Context(), f.client("bob"), group.ModifyRequest{GroupID: town, TopicID: news, Seq: 1, MsgBody: body("changed")})
	f.refused("modifying", err, chat.ErrMuted)
	change(group.TopicProfile{MuteAll: new("Off")})
	f.must(speak("bob", news))

	f.hooks.listen()
	f.must(f.groups.UpdateTopicMember(f.Context(), f.client("alice"), group.TopicMemberUpdate{GroupID: town, TopicID: news, UserID: "bob", MuteSeconds: &seconds}))
	tip := f.hooks.listen()[0].(event.GroupTipped)
	equal(f, "tip", []any{tip.TopicID, tip.Message.Tip.Type, tip.Message.Tip.MuteSeconds}, []any{news, chat.TipMemberChanged, int64(60)})
	f.refused("muted in the topic", speak("bob", news), chat.ErrMuted)
	f.must(speak("bob", chit))
	equal(f, "shown to him", f.seen("bob", news).MuteUntil, f.clock.Now().Unix()+60)
	mutes, err := f.groups.Mutes(f.Context(), f.rest(), town, news)
	f.must(err)
	equal(f, "mutes of the topic", mutes, []store.Mute{{UserID: "bob", Until: f.clock.Now().Unix() + 60}})
	f.must(f.groups.Mute(f.Context(), f.rest(), town, news, []string{"bob"}, &none))
	f.must(speak("bob", news))
	f.mute(town, 60, "bob")
	f.refused("muted in the community", speak("bob", news), chat.ErrMuted)

	for _, tt := range []struct {
		name, caller, user string
		set                func(*group.TopicMemberUpdate)
		want               *chat.Error
	}{
		{"by a member", "bob", "alice", func(r *group.TopicMemberUpdate) { r.MuteSeconds = &seconds }, chat.ErrNotPermitted},
		{"the owner", admin, "alice", func(r *group.TopicMemberUpdate) { r.MuteSeconds = &seconds }, chat.ErrNotPermitted},
		{"by a stranger", "carol", "carol", func(r *group.TopicMemberUpdate) { r.MsgFlag = new(chat.FlagDiscard) }, chat.ErrNotPermitted},
		{"unknown topic", "alice", "bob", func(r *group.TopicMemberUpdate) { r.TopicID, r.MuteSeconds = "x", &seconds }, chat.ErrTopicNotFound},
		{"no topic", "alice", "bob", func(r *group.TopicMemberUpdate) { r.TopicID, r.MuteSeconds = "", &seconds }, chat.ErrTopicNotFound},
		{"the option of somebody else", "alice", "bob", func(r *group.TopicMemberUpdate) { r.MsgFlag = new(chat.FlagDiscard) }, chat.ErrNotPermitted},
		{"an unknown option", "bob", "bob", func(r *group.TopicMemberUpdate) { r.MsgFlag = new("Never") }, chat.ErrParameter},
		{"nobody", "alice", "", func(*group.TopicMemberUpdate) {}, chat.ErrParameter},
	} {
		r := group.TopicMemberUpdate{GroupID: town, TopicID: news, UserID: tt.user}
		tt.set(&r)
		f.refused(tt.name, f.groups.UpdateTopicMember(f.Context(), f.client(tt.caller), r), tt.want)
	}
}

func TestTopicMsgFlag(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	equal(f, "that of the community", f.seen("bob", news).MsgFlag, chat.FlagNotify)
	f.must(f.groups.UpdateTopicMember(f.Context(), f.client("bob"), group.TopicMemberUpdate{GroupID: town, TopicID: news, UserID: "bob", MsgFlag: new(chat.FlagDiscard)}))
	equal(f, "his own", f.seen("bob", news).MsgFlag, chat.FlagDiscard)
	equal(f, "another topic", f.seen("bob", chit).MsgFlag, chat.FlagNotify)
	var notice *chat.Notice
	for _, e := range f.hooks.listen() {
		if n, ok := e.(event.Noticed); ok {
			notice = &n.Notice
		}
	}
	if notice == nil {
		t.Fatal("his other instances hear nothing")
	}
	equal(f, "notice", []string{notice.UserID, notice.TopicID, notice.MsgFlag}, []string{"bob", news, chat.FlagDiscard})
}

// TestTopicMention: a mention says in which topic it is.
func TestTopicMention(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	r := f.sayIn(news, "@bob")
	r.Mentions = []chat.Mention{{UserID: "bob"}}
	sent := f.sendBy("alice", r)
	list := f.notices("bob")
	equal(f, "notices", len(list), 1)
	equal(f, "where", []any{list[0].GroupID, list[0].TopicID, list[0].Seq}, []any{town, news, sent.Seq})
}

func TestUpdateTopic(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	update := func(userID, topicID string, p group.TopicProfile) error {
		return f.groups.UpdateTopic(f.Context(), f.client(userID), town, topicID, &p)
	}
	f.must(update("alice", news, group.TopicProfile{Name: new("hikes"), Notification: new("Sunday!"), CustomString: new("x"), MuteAll: new("On")}))
	heard := f.hooks.listen()
	changed := heard[0].(event.TopicInfoChanged)
	equal(f, "for the backend", changed.Change, chat.GroupChange{Name: new("hikes"), Notification: new("Sunday!")})
	tip := heard[1].(event.GroupTipped).Message
	equal(f, "for the members", *tip.Tip.Info, chat.GroupChange{Name: new("hikes"), Notification: new("Sunday!"), CustomString: new("x"), MuteAll: new(true)})
	equal(f, "a number of the topic", []any{tip.Seq, f.seen("bob", news).Topic.NextMsgSeq}, []any{int64(1), int64(2)})
	f.must(update("alice", news, group.TopicProfile{Name: new("hikes"), MuteAll: new("On")}))
	equal(f, "nothing new", len(f.hooks.listen()), 0)
	f.must(update("alice", news, group.TopicProfile{MuteAll: new("Off")}))
	heard = f.hooks.listen()
	equal(f, "not for the backend", len(heard), 1)
	equal(f, "not kept", []any{heard[0].(event.GroupTipped).Message.OnlineOnly, f.seen("bob", news).Topic.NextMsgSeq}, []any{true, int64(2)})
	f.refused("member", update("bob", news, group.TopicProfile{Name: new("mine")}), chat.ErrNotPermitted)
	f.refused("unknown topic", update("alice", town+"@TOPIC#_x", group.TopicProfile{}), chat.ErrTopicNotFound)
	f.refused("empty name", update("alice", news, group.TopicProfile{Name: new("")}), chat.ErrParameter)
	f.refused("neither on nor off", update("alice", news, group.TopicProfile{MuteAll: new("1")}), chat.ErrParameter)
}

func TestDestroyTopics(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	_, err := f.groups.DestroyTopics(f.Context(), f.client("bob"), town, []string{news})
	f.refused("member", err, chat.ErrNotPermitted)
	_, err = f.groups.DestroyTopics(f.Context(), f.client("alice"), town, nil)
	f.refused("none", err, chat.ErrParameter)
	_, err = f.groups.DestroyTopics(f.Context(), f.client("alice"), "g", []string{news})
	f.refused("unknown group", err, chat.ErrGroupNotFound)
	f.sendBy("bob", f.sayIn(news, "hello"))
	f.hooks.listen()
	results, err := f.groups.DestroyTopics(f.Context(), f.client("alice"), town, []string{news, "x", news})
	f.must(err)
	equal(f, "results", []int{codeOf(results[news]), codeOf(results["x"])}, []int{0, chat.ErrTopicNotFound.Code})
	heard := f.hooks.listen()
	equal(f, "announced", len(heard), 1)
	gone := heard[0].(event.TopicDestroyed)
	equal(f, "event", []any{gone.Conversation().String(), gone.Notice.Type, gone.Notice.Topics}, []any{"topic:" + news, chat.NoticeTopicDeleted, []string{news}})
	f.refused("a send afterwards", f.trySend(f.sayIn(news, "late")), chat.ErrTopicNotFound)
	infos, err := f.groups.Topics(f.Context(), f.client("bob"), town, []string{news, chit})
	f.must(err)
	equal(f, "shown", []int{codeOf(infos[0].Err), codeOf(infos[1].Err)}, []int{chat.ErrTopicNotFound.Code, 0})
	f.topic(news)
	equal(f, "the ID is free, the history empty", f.seen("bob", news).Topic.NextMsgSeq, int64(1))
	f.must(f.groups.Destroy(f.Context(), f.rest(), town))
	f.refused("a community that is gone", f.trySend(f.sayIn(chit, "late")), chat.ErrGroupNotFound)
}

// TestTopicWebhooks: the app's backend is asked before a topic is made, and what
// happens in one is told in the order of the topic.
func TestTopicWebhooks(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	hooks := &asking{Hooks: f.hooks}
	f.change(func(a *chat.App) { a.Webhook.On = append(a.Webhook.On, "Group.CallbackBeforeCreateTopic") })
	groups, err := group.New(group.Options{
		Store: f.store, Hooks: hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.must(err)
	r := group.TopicRequest{GroupID: town, Profile: group.TopicProfile{Name: new("walks")}}
	_, err = groups.CreateTopic(f.Context(), f.client("bob"), r)
	f.refused("who must not", err, chat.ErrNotPermitted)
	equal(f, "questions", hooks.asked, 0)
	hooks.answer.Refusal = chat.ErrRefusedByApp
	_, err = groups.CreateTopic(f.Context(), f.client("alice"), r)
	f.refused("refused by the backend", err, chat.ErrRefusedByApp)
	hooks.answer.Refusal = nil
	_, err = groups.CreateTopic(f.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "questions", hooks.asked, 2)

	f.sendBy("bob", f.sayIn(news, "hello"))
	f.must(f.groups.UpdateTopic(f.Context(), f.client("alice"), town, news, &group.TopicProfile{Name: new("hikes")}))
	_, err = f.groups.DestroyTopics(f.Context(), f.client("alice"), town, []string{news})
	f.must(err)
	var commands []string
	f.view(func(ctx context.Context, tx store.Tx) error {
		list, _, err := tx.ListEvents(ctx, store.EventQuery{App: f.app.SDKAppID, Conversation: "topic:" + news, Limit: 100})
		for i := range list {
			commands = append(commands, strings.TrimPrefix(list[len(list)-1-i].Command, "event."))
		}
		return err
	})
	equal(f, "events of a topic", commands, []string{"TopicCreated", "GroupMessageSent", "TopicInfoChanged", "TopicDestroyed"})
}

// asking answers questions about topics.
type asking struct {
	event.Hooks

	answer event.Answer
	asked  int
}

func (a *asking) Ask(_ context.Context, _ *chat.App, question event.Event) event.Answer {
	if q, ok := question.(event.BeforeTopicCreate); !ok || q.Name != "walks" || q.Operator != "alice" {
		return event.Answer{Refusal: chat.ErrInternal}
	}
	a.asked++
	return a.answer
}

// TestTopicRefusals: the backend hears of what could not be said in a topic.
func TestTopicRefusals(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.town()
	for name, c := range map[string]struct {
		topic string
		want  *chat.Error
		kind  chat.GroupType
	}{
		"muted":         {news, chat.ErrMuted, chat.Community},
		"unknown topic": {town + "@TOPIC#_x", chat.ErrTopicNotFound, chat.Community},
	} {
		f.mute(town, 60, "bob")
		f.hooks.take()
		_, err := f.groups.Send(f.Context(), f.client("bob"), f.sayIn(c.topic, "hello"))
		f.refused(name, err, c.want)
		heard, _ := f.hooks.take()
		refused, ok := heard[len(heard)-1].(event.GroupMessageRefused)
		if !ok || !errors.Is(refused.Err, c.want) {
			t.Fatalf("%s: the backend hears of %T", name, heard[len(heard)-1])
		}
		equal(f, name, []any{refused.Type, refused.TopicID}, []any{c.kind, c.topic})
	}
}

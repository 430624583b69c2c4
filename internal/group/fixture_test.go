package group_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

const admin = "administrator"

// body is the body of a message that says text.
var body = roomtest.MsgBody

// fixture is the operations on a database of their own, in an app without
// frequency limits where alice, bob and carol have accounts.
type fixture struct {
	testing.TB

	clock    *roomtest.Clock
	hooks    *hooks
	store    store.Store
	groups   *group.Service
	accounts *account.Service
	app      *chat.App
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: &hooks{}}
	db := roomtest.OpenStore(t, f.clock.Now)
	f.store = db
	db.OnAnnounce(f.hooks.announce)
	var err error
	f.groups, err = group.New(group.Options{
		Store: db, Hooks: f.hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	f.accounts = account.New(db)
	f.app = &chat.App{SDKAppID: 1400000001, Administrators: []string{admin}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.app.Settings.GroupRate = 0
	f.app.Webhook.URL = "http://receiver.test/"
	f.app.Webhook.On = []string{"Group.CallbackBeforeSendMsg", "Group.CallbackSendMsgException"}
	f.imports(admin, "alice", "bob", "carol")
	return f
}

// change makes the app another one, as a change of its settings does.
func (f *fixture) change(fn func(*chat.App)) {
	changed := *f.app
	fn(&changed)
	f.app = &changed
}

// rest is the administrator who calls the REST API.
func (f *fixture) rest() chat.Caller {
	return chat.Caller{App: f.app, UserID: admin, Admin: true, Platform: chat.PlatformREST, ClientIP: "192.0.2.1"}
}

// client is a user with a client.
func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, ClientIP: "192.0.2.2"}
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	roomtest.PutAccounts(f, f.store, f.app.SDKAppID, ids...)
}

// create makes a group that alice owns, with members.
func (f *fixture) create(id string, t chat.GroupType, members ...string) {
	f.Helper()
	name := "a group"
	r := &group.CreateRequest{GroupID: id, Type: string(t), Owner: "alice", Profile: group.Profile{Name: &name}}
	for _, m := range members {
		r.Members = append(r.Members, group.NewMember{UserID: m})
	}
	_, err := f.groups.Create(f.Context(), f.rest(), r)
	f.must(err)
}

// mute mutes users without a word in the conversation.
func (f *fixture) mute(id string, seconds uint32, users ...string) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		g, err := tx.Group(f.Context(), f.app.SDKAppID, id)
		if err != nil {
			return err
		}
		return tx.SetMutes(f.Context(), g.Conversation, users, chat.MuteEnd(seconds, tx.Now()))
	}))
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// refused checks that err is the refusal want.
func (f *fixture) refused(what string, err error, want *chat.Error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// view reads from the store.
func (f *fixture) view(fn func(ctx context.Context, tx store.Tx) error) {
	f.Helper()
	f.must(f.store.View(f.Context(), func(tx store.Tx) error { return fn(f.Context(), tx) }))
}

// group reads a profile.
func (f *fixture) group(id string) *chat.Group {
	f.Helper()
	var g *chat.Group
	f.view(func(ctx context.Context, tx store.Tx) (err error) {
		g, err = tx.Group(ctx, f.app.SDKAppID, id)
		return err
	})
	return g
}

// member reads one member, nil if he is none.
func (f *fixture) member(groupID, userID string) *chat.Member {
	f.Helper()
	conversation := f.group(groupID).Conversation
	var m *chat.Member
	f.view(func(ctx context.Context, tx store.Tx) (err error) {
		m, err = tx.Member(ctx, conversation, userID)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	})
	return m
}

// said returns what was said in a group, oldest first.
func (f *fixture) said(id string) []string {
	f.Helper()
	var texts []string
	for _, m := range f.stored(id) {
		if m.Tip == nil {
			texts = append(texts, m.Sender+": "+text(m.Body.JSON))
		}
	}
	return texts
}

// stored returns what a group has stored, oldest first, and checks its numbers.
func (f *fixture) stored(id string) []chat.Message {
	f.Helper()
	conversation := f.group(id).Conversation
	var list []chat.Message
	f.view(func(ctx context.Context, tx store.Tx) (err error) {
		list, err = tx.ListMessages(ctx, conversation, store.MessagePage{Limit: 1 << 20})
		return err
	})
	slices.Reverse(list)
	for i := range list {
		if want := int64(i + 1); list[i].Seq != want {
			f.Errorf("message %d of %s has number %d", want, id, list[i].Seq)
		}
	}
	return list
}

// text is the text of a message that text made.
func text(body []byte) string {
	var elements []struct {
		MsgContent struct {
			Text string `json:"Text"`
		} `json:"MsgContent"`
	}
	if json.Unmarshal(body, &elements) != nil || len(elements) != 1 {
		return string(body)
	}
	return elements[0].MsgContent.Text
}

// say is a send of text; every one has a nonce of its own.
func (f *fixture) say(id, text string) *group.SendRequest {
	return f.repeat(id, text, f.hooks.nonce())
}

// repeat is a send of text with a given nonce.
func (f *fixture) repeat(id, text string, random uint32) *group.SendRequest {
	return &group.SendRequest{GroupID: id, Random: &random, MsgBody: body(text)}
}

// send sends as the REST API does.
func (f *fixture) send(r *group.SendRequest) group.Sent {
	f.Helper()
	sent, err := f.groups.Send(f.Context(), f.rest(), r)
	f.must(err)
	return sent
}

func (f *fixture) trySend(r *group.SendRequest) error {
	_, err := f.groups.Send(f.Context(), f.rest(), r)
	return err
}

// equal compares what a test got with what it wants.
func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// hooks answers as the test wants and keeps what it hears.
type hooks struct {
	mu     sync.Mutex // guards all below
	answer func(event.BeforeGroupMessage) event.Answer
	asked  int
	heard  []event.Event
	// decide answers questions that are not about a message.
	decide func(event.Event) event.Answer
	// changes is what was heard of the groups themselves.
	changes []event.Event
	// announced is what those who are connected hear.
	announced []event.Event
	nonces    uint32
}

var _ event.Hooks = (*hooks)(nil)

func (h *hooks) Ask(_ context.Context, _ *chat.App, question event.Event) event.Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	message, ok := question.(event.BeforeGroupMessage)
	switch {
	case ok && h.answer != nil:
		return h.answer(message)
	case !ok && h.decide != nil:
		return h.decide(question)
	}
	return event.Answer{}
}

// Record makes a row for every event about messages, so that the store shows which
// transaction it came with.
func (h *hooks) Record(app *chat.App, happened event.Event) []event.Outgoing {
	h.mu.Lock()
	defer h.mu.Unlock()
	if isChange(happened) {
		h.changes = append(h.changes, happened)
		return nil
	}
	h.heard = append(h.heard, happened)
	return []event.Outgoing{{
		SDKAppID: app.SDKAppID, Command: fmt.Sprintf("%T", happened), Conversation: happened.Conversation().String(),
		Platform: happened.Origin().Platform, Body: []byte("{}"),
	}}
}

// isChange reports whether an event is about a group itself, and not about what is
// said in it.
func isChange(e event.Event) bool {
	switch e.(type) {
	case event.GroupCreated, event.GroupMembersJoined, event.GroupMembersLeft, event.GroupFull, event.GroupDestroyed,
		event.GroupInfoChanged, event.GroupMemberChanged, event.GroupMsgFlagChanged, event.GroupOwnerChanged:
		return true
	}
	return false
}

func (h *hooks) announce(batch []event.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.announced = append(h.announced, batch...)
}

// listen returns what was announced since it was last asked.
func (h *hooks) listen() []event.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	announced := h.announced
	h.announced = nil
	return announced
}

func (h *hooks) nonce() uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nonces++
	return h.nonces
}

// answers sets what the app's backend says.
func (h *hooks) answers(a event.Answer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = func(event.BeforeGroupMessage) event.Answer { return a }
}

// take returns what was heard since it was last asked, and how many questions
// were put.
func (h *hooks) take() (heard []event.Event, asked int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard, asked = h.heard, h.asked
	h.heard, h.asked = nil, 0
	return heard, asked
}

// recorded is the names of the events that the outbox holds, oldest first.
func (f *fixture) recorded() []string {
	f.Helper()
	names := []string{}
	f.view(func(ctx context.Context, tx store.Tx) error {
		list, _, err := tx.ListEvents(ctx, store.EventQuery{App: f.app.SDKAppID, Limit: 1000})
		for _, e := range slices.Backward(list) {
			names = append(names, e.Command)
		}
		return err
	})
	return names
}

// purge deletes the messages that are older than retention.
func (f *fixture) purge(retention time.Duration) {
	f.Helper()
	kept := *f.app
	kept.Settings.MessageRetention = retention
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error { return tx.CreateApp(f.Context(), &kept) }))
	for more := true; more; {
		var err error
		more, err = f.store.Purge(f.Context(), 1000)
		f.must(err)
	}
}

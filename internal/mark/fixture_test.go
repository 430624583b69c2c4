package mark_test

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
)

// body is the body of a message that says text.
var body = roomtest.MsgBody

// fixture is the operations on a database of their own, in an app where alice, bob,
// carol and dave have accounts. Alice, bob and carol are in group g.
type fixture struct {
	testing.TB

	clock  *roomtest.Clock
	hooks  *roomtest.Hooks
	store  store.Store
	marks  *mark.Service
	groups *group.Service
	pairs  *c2c.Service
	app    *chat.App
	nonces uint32
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), hooks: new(roomtest.Hooks)}
	db := roomtest.OpenStore(t, f.clock.Now)
	f.store = db
	guard, log := policy.NewGuard(f.clock.Now), slog.New(slog.DiscardHandler)
	f.marks = mark.New(db, f.hooks, guard)
	var err error
	f.groups, err = group.New(group.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.must(err)
	f.pairs = c2c.New(c2c.Options{Store: db, Hooks: f.hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.app = &chat.App{SDKAppID: 1400000001, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	f.app.Settings.GroupRate = 0
	f.imports("alice", "bob", "carol", "dave")
	f.create("g", chat.Public, "bob", "carol")
	return f
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	roomtest.PutAccounts(f, f.store, f.app.SDKAppID, ids...)
}

// rest is the administrator who calls the REST API.
func (f *fixture) rest() chat.Caller {
	return chat.Caller{App: f.app, UserID: "administrator", Admin: true, Platform: chat.PlatformREST}
}

// client is a user with a client.
func (f *fixture) client(userID string) chat.Caller {
	return chat.Caller{App: f.app, UserID: userID, Platform: chat.PlatformWeb, ClientIP: "192.0.2.2", Instance: 7}
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

// say sends a message of alice into a group.
func (f *fixture) say(groupID string, change func(*group.SendRequest)) mark.Target {
	f.Helper()
	f.nonces++
	random := f.nonces
	r := &group.SendRequest{GroupID: groupID, Random: &random, MsgBody: body("hello"), SupportExtension: true}
	if change != nil {
		change(r)
	}
	sent, err := f.groups.Send(f.Context(), f.client("alice"), r)
	f.must(err)
	return mark.Target{GroupID: groupID, TopicID: r.TopicID, Seq: sent.Seq}
}

// tell sends a message of alice to bob.
func (f *fixture) tell(support bool) mark.Target {
	f.Helper()
	f.nonces++
	random, seq := f.nonces, 2126350000+f.nonces
	sent, err := f.pairs.Send(f.Context(), f.client("alice"), &c2c.SendRequest{
		To: "bob", Random: &random, MsgSeq: &seq, MsgBody: body("hello"), SupportExtension: support,
	})
	f.must(err)
	return mark.Target{From: "alice", To: "bob", Key: sent.Key}
}

// targets is a message of each kind, on which everything works alike.
func (f *fixture) targets() map[string]mark.Target {
	f.Helper()
	return map[string]mark.Target{"group": f.say("g", nil), "pair": f.tell(true)}
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

// equal compares what a test got with what it wants.
func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/credential"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/profile"
	"github.com/parley-im/parley/internal/recent"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/testkit"
	"github.com/parley-im/parley/usersig"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// fixture is a gateway with all that is behind it, on a database of its own.
type fixture struct {
	testing.TB

	file string
	// database is the URL of a PostgreSQL database that takes the place of file.
	database string
	skew     atomic.Int64 // by how much the clock is ahead
	app      atomic.Pointer[chat.App]
	hooks    recorder
	store    store.Store
	gateway  *gateway.Gateway
	groups   *group.Service
	server   *httptest.Server
	stopRun  context.CancelFunc
	ran      chan struct{}
	change   func(*gateway.Options)
}

// start opens a gateway; change, if not nil, sets its options.
func start(t testing.TB, change func(*gateway.Options)) *fixture {
	t.Helper()
	f := newFixture(t, change)
	f.open()
	f.run()
	app := f.app.Load()
	f.must(f.store.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.CreateApp(t.Context(), app), tx.PutAccounts(t.Context(), app.SDKAppID, []chat.AccountUpdate{{UserID: testkit.Administrator}}))
	}))
	t.Cleanup(f.close)
	return f
}

// newFixture is one that is not open.
func newFixture(t testing.TB, change func(*gateway.Options)) *fixture {
	t.Helper()
	f := &fixture{TB: t, file: filepath.Join(t.TempDir(), "parley.db"), change: change}
	app := &chat.App{
		SDKAppID: testkit.SDKAppID, SecretKey: testkit.SecretKey, Administrators: []string{testkit.Administrator},
		Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook(),
	}
	f.app.Store(app)
	return f
}

func (f *fixture) now() time.Time { return time.Now().Add(time.Duration(f.skew.Load())) }

// set changes the settings of the app.
func (f *fixture) set(fn func(*chat.Settings)) {
	changed := *f.app.Load()
	fn(&changed.Settings)
	f.app.Store(&changed)
}

func (f *fixture) open() {
	f.Helper()
	db := f.openStore()
	f.store = db
	guard, log := policy.NewGuard(f.now), slog.New(slog.DiscardHandler)
	var err error
	f.groups, err = group.New(group.Options{Store: db, Hooks: &f.hooks, Guard: guard, Clock: f.now, Log: log})
	f.must(err)
	verifier, err := credential.NewVerifier(f.now)
	f.must(err)
	o := gateway.Options{
		Store: db, Verifier: verifier, MaxFrame: 64 << 10, Clock: f.now, Log: log,
		Apps: func(id chat.SDKAppID) *chat.App {
			if app := f.app.Load(); app.SDKAppID == id {
				return app
			}
			return nil
		},
		AppIDs: func() []chat.SDKAppID { return []chat.SDKAppID{testkit.SDKAppID} },
		Services: gateway.Services{
			Status: status.New(db, &f.hooks, nil), Groups: f.groups,
			Official: official.New(official.Options{Store: db, Hooks: &f.hooks, Guard: guard, Clock: f.now, Log: log}),
			Pairs:    c2c.New(c2c.Options{Store: db, Hooks: &f.hooks, Guard: guard, Clock: f.now, Log: log}),
			Profiles: profile.New(db, &f.hooks),
			Friends:  sns.New(db, &f.hooks, f.now),
			Recent:   recent.New(db),
			Marks:    mark.New(db, &f.hooks, guard),
		},
		TrustsProxy: func(netip.Addr) bool { return true },
	}
	if f.change != nil {
		f.change(&o)
	}
	f.gateway, err = gateway.New(context.Background(), o)
	f.must(err)
	f.server = httptest.NewServer(f.gateway)
}

// run lets the gateway tell clients what happens.
func (f *fixture) run() {
	ctx, cancel := context.WithCancel(context.Background())
	f.stopRun, f.ran = cancel, make(chan struct{})
	go func() {
		defer close(f.ran)
		_ = f.gateway.Run(ctx) // it ends with ctx
	}()
}

func (f *fixture) openStore() store.Store {
	f.Helper()
	if f.database != "" {
		db, err := postgres.Open(context.Background(), postgres.Options{URL: f.database, Clock: f.now})
		f.must(err)
		return db
	}
	db, err := sqlite.Open(context.Background(), f.file, sqlite.Options{Clock: f.now})
	f.must(err)
	return db
}

func (f *fixture) close() {
	f.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	f.server.Close()
	f.gateway.Stop(ctx)
	f.stopRun()
	<-f.ran
	f.must(f.store.Close())
}

// restart stops everything and starts it again on the same data, at another
// address.
func (f *fixture) restart() {
	f.Helper()
	f.close()
	f.open()
	f.run()
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) context() context.Context {
	ctx, cancel := context.WithTimeout(f.Context(), patience)
	f.Cleanup(cancel)
	return ctx
}

// options are those of a client of a user.
func (f *fixture) options(userID string, expire time.Duration) testkit.ClientOptions {
	f.Helper()
	sig, err := usersig.Generate(testkit.SecretKey, usersig.Claims{SDKAppID: testkit.SDKAppID, UserID: userID, IssuedAt: time.Now(), Expire: expire})
	f.must(err)
	return testkit.ClientOptions{
		URL: "ws" + strings.TrimPrefix(f.server.URL, "http"), SDKAppID: testkit.SDKAppID, UserID: userID, UserSig: sig,
	}
}

// connect makes a client of options, connects and logs in.
func (f *fixture) connect(o testkit.ClientOptions) *testkit.Client {
	f.Helper()
	c := testkit.NewClient(f, o)
	f.must(c.Dial(f.context()))
	f.must(c.Login(f.context()))
	return c
}

// login is a client of a user that is logged in.
func (f *fixture) login(userID string) *testkit.Client {
	f.Helper()
	return f.connect(f.options(userID, time.Hour))
}

// group makes a group of members by REST; alice owns it.
func (f *fixture) group(id string, members ...string) {
	f.Helper()
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		for _, m := range append(members, "alice") {
			if err := tx.PutAccounts(f.Context(), testkit.SDKAppID, []chat.AccountUpdate{{UserID: m}}); err != nil {
				return err
			}
		}
		return nil
	}))
	name := "a group"
	r := &group.CreateRequest{GroupID: id, Type: "Public", Owner: "alice", Profile: group.Profile{Name: &name}}
	for _, m := range members {
		r.Members = append(r.Members, group.NewMember{UserID: m})
	}
	_, err := f.groups.Create(f.Context(), f.rest(), r)
	f.must(err)
}

func (f *fixture) rest() chat.Caller {
	return chat.Caller{App: f.app.Load(), UserID: testkit.Administrator, Admin: true, Platform: chat.PlatformREST}
}

// say sends a text into a group as somebody, by REST.
func (f *fixture) say(groupID, from, text string) {
	f.Helper()
	_, err := f.groups.Send(f.Context(), f.rest(), &group.SendRequest{
		GroupID: groupID, From: from, Random: new(nonce.Add(1)), MsgBody: []byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + text + `"}}]`),
	})
	f.must(err)
}

var nonce atomic.Uint32

// refused checks that err is an answer with the code of want.
func (f *fixture) refused(what string, err error, want *chat.Error) {
	f.Helper()
	if answer, ok := errors.AsType[*testkit.AnswerError](err); !ok || answer.Code != want.Code {
		f.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// hears waits for texts of a group, in this order, and takes them.
func hears(f *fixture, c *testkit.Client, texts ...string) {
	f.Helper()
	var got []string
	for len(got) < len(texts) {
		e, err := c.WaitPush(f.context(), func(e *testkit.Event) bool { return len(e.GroupMsgArray()) > 0 })
		if err != nil {
			f.Fatalf("heard %q, want %q: %v", got, texts, err)
		}
		for _, item := range e.GroupMsgArray() {
			got = append(got, item.Text())
		}
	}
	equal(f, "what was heard", got, texts)
}

// equal compares what a test got with what it wants.
func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// recorder keeps the states that the app is told of.
type recorder struct {
	mu     sync.Mutex // guards states
	states []string
}

func (r *recorder) Ask(context.Context, *chat.App, event.Event) event.Answer { return event.Answer{} }

func (r *recorder) Record(_ *chat.App, happened event.Event) []event.Outgoing {
	e, ok := happened.(event.StateChanged)
	if !ok {
		return nil
	}
	text := e.Caller.UserID + " " + string(e.Action) + " " + e.Reason
	for _, p := range e.Kicked {
		text += " -" + string(p)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.states = append(r.states, text)
	return nil
}

// told waits until the app was told of states, and no others.
func (f *fixture) told(want ...string) {
	f.Helper()
	deadline := time.Now().Add(patience)
	for {
		f.hooks.mu.Lock()
		got := append([]string{}, f.hooks.states...)
		f.hooks.mu.Unlock()
		if cmp.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) || len(got) > len(want) {
			equal(f, "what the app was told", got, want)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

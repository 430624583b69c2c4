package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/credential"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/rest"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/testkit/roomtest"
	"github.com/parley-im/parley/internal/webhook"
	"github.com/parley-im/parley/usersig"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	appID   chat.SDKAppID = 1400000001
	admin                 = "administrator"
	secret                = "the key of the app"
	maxBody               = 1 << 20
)

// fixture is the REST edge on real operations, real webhooks and a database of
// its own, behind real HTTP.
type fixture struct {
	testing.TB

	clock      *roomtest.Clock
	store      store.Store
	dispatcher *webhook.Dispatcher
	handler    http.Handler
	server     *httptest.Server
	// client calls as the administrator.
	client *api.Client
	log    *buffer

	mu   sync.Mutex // guards apps and sigs
	apps map[chat.SDKAppID]*chat.App
	sigs map[string]string
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{TB: t, clock: roomtest.NewClock(), log: new(buffer)}
	f.apps, f.sigs = make(map[chat.SDKAppID]*chat.App), make(map[string]string)
	db := roomtest.OpenStore(t, f.clock.Now)
	f.store = db
	log := slog.New(slog.NewTextHandler(f.log, nil))
	hooks, dispatcher := webhook.New(webhook.Options{
		Store: db, Apps: f.app, Concurrency: 8, Reach: webhook.Anywhere, Clock: f.clock.Now, Log: log,
	})
	f.dispatcher = dispatcher
	guard := policy.NewGuard(f.clock.Now)
	groups, err := group.New(group.Options{Store: db, Hooks: hooks, Guard: guard, Clock: f.clock.Now, Log: log})
	f.must(err)
	verifier, err := credential.NewVerifier(f.clock.Now)
	f.must(err)
	edge := rest.New(rest.Options{
		Apps: f.app, Accounts: account.New(db), Groups: groups,
		Official: official.New(official.Options{Store: db, Hooks: hooks, Guard: guard, Clock: f.clock.Now, Log: log}),
		Guard:    guard, Verifier: verifier, MaxBody: maxBody, Clock: f.clock.Now, Log: log,
		TrustsProxy: func(a netip.Addr) bool { return netip.MustParsePrefix("10.0.0.0/8").Contains(a) },
	})
	mux := http.NewServeMux()
	edge.Routes(mux)
	f.handler = rest.Clean(mux)
	f.server = httptest.NewServer(f.handler)
	t.Cleanup(f.server.Close)

	a := &chat.App{
		SDKAppID: appID, SecretKey: secret, Administrators: []string{admin, "helper"}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook(),
	}
	// The time stands still, so a second never ends.
	a.Settings.GroupRate, a.Settings.OfficialRate, a.Settings.RESTRate = 0, 0, 0
	f.put(a)
	f.client = f.as(admin)
	f.imports(admin, "helper", "alice", "bob", "carol")
	return f
}

// app finds an app's present settings.
func (f *fixture) app(id chat.SDKAppID) *chat.App {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.apps[id]
}

func (f *fixture) put(a *chat.App) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.apps[a.SDKAppID] = a
}

// change makes the app another one, as a change of its settings does.
func (f *fixture) change(fn func(*chat.App)) {
	changed := *f.app(appID)
	fn(&changed)
	f.put(&changed)
}

// as is a client that calls as a user.
func (f *fixture) as(userID string) *api.Client {
	return &api.Client{
		BaseURL: f.server.URL, SDKAppID: int64(appID), Identifier: userID, UserSig: func() (string, error) { return f.sign(userID), nil },
	}
}

// sign makes a UserSig of the app that is valid for an hour.
func (f *fixture) sign(userID string) string {
	f.Helper()
	now := f.clock.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	key := userID + now.String()
	if f.sigs[key] == "" {
		sig, err := usersig.Generate(secret, usersig.Claims{SDKAppID: int64(appID), UserID: userID, IssuedAt: now, Expire: time.Hour})
		f.must(err)
		f.sigs[key] = sig
	}
	return f.sigs[key]
}

// query is the parameters of a call by the administrator.
func (f *fixture) query() url.Values {
	return url.Values{
		"sdkappid": {strconv.FormatInt(int64(appID), 10)}, "identifier": {admin}, "usersig": {f.sign(admin)},
		"random": {"99999999"}, "contenttype": {"json"},
	}
}

// answer is what came back from a call.
type answer struct {
	api.Response

	header http.Header
	raw    []byte
}

// post sends a request and checks what holds for every answer.
func (f *fixture) post(path string, query url.Values, body []byte) answer {
	f.Helper()
	request, err := http.NewRequestWithContext(f.Context(), http.MethodPost, f.server.URL+path+"?"+query.Encode(), bytes.NewReader(body))
	f.must(err)
	return f.do(request)
}

func (f *fixture) do(request *http.Request) answer {
	f.Helper()
	response, err := http.DefaultTransport.RoundTrip(request) // follows no redirects
	f.must(err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	f.must(err)
	return f.check(request.URL.Path, response.StatusCode, response.Header, raw)
}

// check holds what is true of every answer.
func (f *fixture) check(path string, status int, header http.Header, raw []byte) answer {
	f.Helper()
	return check(f, path, status, header, raw)
}

func check(t testing.TB, path string, status int, header http.Header, raw []byte) answer {
	t.Helper()
	a := answer{header: header, raw: raw}
	if status != http.StatusOK {
		t.Errorf("%s: HTTP status %d", path, status)
	}
	if got := header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: Content-Type %q", path, got)
	}
	var envelope struct {
		ActionStatus *string `json:"ActionStatus"`
		ErrorInfo    *string `json:"ErrorInfo"`
		ErrorCode    *int    `json:"ErrorCode"`
	}
	if err := json.Unmarshal(raw, &envelope); err != nil {
		t.Fatalf("%s: %v in %s", path, err, raw)
	}
	if envelope.ActionStatus == nil || envelope.ErrorInfo == nil || envelope.ErrorCode == nil {
		t.Fatalf("%s: no envelope in %s", path, raw)
	}
	a.ActionStatus, a.ErrorCode, a.ErrorInfo = *envelope.ActionStatus, *envelope.ErrorCode, *envelope.ErrorInfo
	if good := a.ErrorCode == 0; (a.ActionStatus == "OK") != good || (a.ActionStatus == "FAIL") == good || (a.ErrorInfo == "") != good {
		t.Errorf("%s: contradictory envelope in %s", path, raw)
	}
	return a
}

// call sends a request of the administrator as it stands.
func (f *fixture) call(command, body string) answer {
	f.Helper()
	return f.post("/v4/"+path(command), f.query(), []byte(body))
}

// path is a command's place, found by its name.
func path(command string) string {
	for _, c := range rest.Table(nil, nil, nil) {
		if c.Name == command {
			return c.Path()
		}
	}
	panic(command)
}

// code checks what a request is answered with.
func (f *fixture) code(name, command, body string, want int) answer {
	f.Helper()
	a := f.call(command, body)
	if a.ErrorCode != want {
		f.Errorf("%s: got %d %s, want %d", name, a.ErrorCode, a.ErrorInfo, want)
	}
	return a
}

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) imports(ids ...string) {
	f.Helper()
	_, err := f.client.MultiaccountImport(f.Context(), &api.MultiaccountImportRequest{Accounts: ids})
	f.must(err)
}

// create makes a group that alice owns, with members.
func (f *fixture) create(id, groupType string, members ...string) {
	f.Helper()
	r := &api.CreateGroupRequest{GroupID: id, Type: groupType, Name: "a group", OwnerAccount: "alice"}
	for _, m := range members {
		r.MemberList = append(r.MemberList, api.CreateGroupMember{MemberAccount: m})
	}
	_, err := f.client.CreateGroup(f.Context(), r)
	f.must(err)
}

// text is a message of one text.
func (f *fixture) text(text string) json.RawMessage {
	f.Helper()
	body, err := api.NewMsgBody(api.TextElem{Text: text})
	f.must(err)
	return body
}

// outbox returns the webhooks of a command, or of all, that wait or were
// delivered, oldest first.
func (f *fixture) outbox(command string) []store.Event {
	f.Helper()
	return f.events(store.EventQuery{Command: command})
}

// outboxOf is the outbox of one group.
func (f *fixture) outboxOf(groupID, command string) []store.Event {
	f.Helper()
	return f.events(store.EventQuery{Command: command, Conversation: chat.GroupConversation(groupID).String()})
}

func (f *fixture) events(q store.EventQuery) []store.Event {
	f.Helper()
	q.App, q.Limit = appID, 1000
	var events []store.Event
	f.must(f.store.View(f.Context(), func(tx store.Tx) error {
		for {
			page, next, err := tx.ListEvents(f.Context(), q)
			events = append(events, page...)
			if q.Before = next; err != nil || next == 0 {
				return err
			}
		}
	}))
	slices.Reverse(events)
	return events
}

// equal compares what a test got with what it wants.
func equal[T any](f *fixture, what string, got, want T) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// call is one webhook as the receiver got it.
type call struct {
	query url.Values
	body  string
}

// receiver is an app's backend. It acknowledges what is reported and answers
// questions as the test wants.
type receiver struct {
	calls chan call

	mu     sync.Mutex // guards status and reply
	status int
	reply  string
}

// receive makes a receiver and sends it the webhooks that are named.
func (f *fixture) receive(commands ...string) *receiver {
	f.Helper()
	r := &receiver{calls: make(chan call, 1000)}
	r.answers(http.StatusOK, allow)
	server := httptest.NewServer(r)
	f.Cleanup(server.Close)
	f.change(func(a *chat.App) { a.Webhook.URL, a.Webhook.On = server.URL, commands })
	return r
}

const allow = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`

// deliver starts the deliveries of after-webhooks.
func (f *fixture) deliver() {
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.dispatcher.Run(ctx, []chat.SDKAppID{appID}) }()
	f.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			f.Errorf("deliveries: %v", err)
		}
	})
}

func (r *receiver) answers(status int, reply string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status, r.reply = status, reply
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	r.calls <- call{request.URL.Query(), string(body)}
	status, reply := http.StatusOK, allow
	if strings.Contains(request.URL.Query().Get("CallbackCommand"), "CallbackBefore") {
		r.mu.Lock()
		status, reply = r.status, r.reply
		r.mu.Unlock()
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprint(w, reply)
}

// next waits for a webhook.
func (r *receiver) next(f *fixture, command string) call {
	f.Helper()
	select {
	case c := <-r.calls:
		if got := c.query.Get("CallbackCommand"); got != command {
			f.Fatalf("got the webhook %s, want %s", got, command)
		}
		return c
	case <-time.After(20 * time.Second):
		f.Fatalf("no webhook %s came", command)
	}
	return call{}
}

// none holds that no webhook came.
func (r *receiver) none(f *fixture) {
	f.Helper()
	select {
	case c := <-r.calls:
		f.Errorf("an unwanted webhook: %s", c.body)
	default:
	}
}

package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/webhook"
)

// theApp is the app of most tests.
const theApp = 1400000001

// token lets the tests in.
const token = "a token for tests"

// fixture is a console over real HTTP, with a real store and a real dispatcher
// that delivers once run is called.
type fixture struct {
	*testing.T

	clock      *clock
	store      *watchedStore
	apps       *app.Registry
	dispatcher *webhook.Dispatcher
	console    *Console
	url        string
	api        *client.Client
}

func start(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{T: t, clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Clock: f.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	f.store = &watchedStore{Store: db, changed: make(chan struct{})}
	if f.apps, err = app.Load(t.Context(), f.store, f.clock.Now); err != nil {
		t.Fatal(err)
	}
	if _, err := f.apps.Create(t.Context(), app.New{SDKAppID: theApp, SecretKey: "the secret key"}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	_, f.dispatcher = webhook.New(webhook.Options{
		Store: f.store, Apps: f.apps.Get, Concurrency: 4, Reach: webhook.Loopback, Clock: time.Now, Log: log, Metrics: prometheus.NewRegistry(),
	})
	f.apps.OnChange(f.dispatcher.Kick)
	f.console = New(Options{
		Apps: f.apps, Store: f.store, Webhooks: edge{f.dispatcher, db.InstallationID()}, Token: token, Clock: f.clock.Now, Log: log, Version: "v1.2.3",
	})
	server := httptest.NewServer(f.console.Handler())
	t.Cleanup(server.Close)
	f.url = server.URL
	f.api = &client.Client{BaseURL: server.URL, Token: token}
	return f
}

// run lets the dispatcher deliver until the test ends. From then on time is real.
func (f *fixture) run() {
	f.Helper()
	f.clock.real()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := f.dispatcher.Run(ctx, []chat.SDKAppID{theApp}); err != nil {
			f.Error(err)
		}
	})
	f.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// edge is the dispatcher as the server shows it to the console.
type edge struct {
	*webhook.Dispatcher

	installation string
}

func (edge) Commands() []callback.Command { return webhook.Commands() }
func (e edge) EventID(id int64) string    { return webhook.EventID(e.installation, id) }

func (e edge) Endpoint(app chat.SDKAppID) Endpoint {
	s := e.Status(app)
	return Endpoint{Failing: s.Failing, NextProbe: s.NextProbe, LastSuccess: s.LastSuccess, Conversations: s.Conversations}
}

func (e edge) ParseEventID(text string) (int64, bool) {
	return webhook.ParseEventID(e.installation, text)
}

func (e edge) Check(ctx context.Context, app *chat.App, url string) (Checked, error) {
	checked, err := e.Dispatcher.Check(ctx, app, url)
	return Checked(checked), err
}

// clock is a time that the test sets.
type clock struct {
	mu  sync.Mutex // guards now, which is zero when time is real
	now time.Time
}

// Now is the present time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) real() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = time.Time{}
}

// watchedStore tells when something was stored.
type watchedStore struct {
	store.Store

	mu      sync.Mutex // guards changed
	changed chan struct{}
}

// Update is that of the store.
func (s *watchedStore) Update(ctx context.Context, fn func(store.Tx) error) error {
	defer s.tell()
	return s.Store.Update(ctx, fn)
}

// UpdateOwn is that of the store.
func (s *watchedStore) UpdateOwn(ctx context.Context, fn func(store.Tx) error) error {
	defer s.tell()
	return s.Store.UpdateOwn(ctx, fn)
}

func (s *watchedStore) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *watchedStore) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// await returns when there is the wanted state in the store.
func (f *fixture) await(what string, there func() bool) {
	f.Helper()
	deadline := time.After(20 * time.Second)
	for {
		changed := f.store.next()
		if there() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			f.Fatalf("%s: not within 20 s", what)
		}
	}
}

// record puts events into the outbox, one a transaction, and returns their IDs.
func (f *fixture) record(events ...event.Outgoing) []int64 {
	f.Helper()
	var ids []int64
	for _, e := range events {
		e.SDKAppID = theApp
		if e.Command == "" {
			e.Command = string(callback.CommandGroupAfterSendMsg)
		}
		if e.Body == nil {
			e.Body = []byte(`{"CallbackCommand":"` + e.Command + `"}`)
		}
		f.update(func(tx store.Tx) error { return tx.AddEvents(f.Context(), []event.Outgoing{e}) })
		ids = append(ids, f.newest())
	}
	return ids
}

// newest is the ID of the last event.
func (f *fixture) newest() int64 {
	f.Helper()
	var id int64
	err := f.store.View(f.Context(), func(tx store.Tx) error {
		found, _, err := tx.ListEvents(f.Context(), store.EventQuery{App: theApp, Limit: 1})
		if len(found) > 0 {
			id = found[0].ID
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	return id
}

// settle stores the outcome of the next attempt to deliver an event.
func (f *fixture) settle(id int64, state store.EventState, reason string) {
	f.Helper()
	f.update(func(tx store.Tx) error {
		e, err := tx.Event(f.Context(), theApp, id)
		if err != nil {
			return err
		}
		o := store.Settlement{
			EventID: id, State: state, FirstAttempt: e.FirstAttempt,
			Attempt: store.Attempt{Number: e.Attempts + 1, Time: f.clock.Now(), Duration: 30 * time.Millisecond, Reason: reason, Status: 200},
		}
		if o.FirstAttempt.IsZero() {
			o.FirstAttempt = o.Attempt.Time
		}
		if state == store.Pending || state == store.Parked {
			o.NextAttempt = o.Attempt.Time.Add(4 * time.Second)
		}
		return tx.Settle(f.Context(), []store.Settlement{o})
	})
}

func (f *fixture) update(fn func(store.Tx) error) {
	f.Helper()
	if err := f.store.Update(f.Context(), fn); err != nil {
		f.Fatal(err)
	}
}

// name is the public name of an event.
func (f *fixture) name(id int64) string { return f.console.Webhooks.EventID(id) }

// names are the public names of events.
func names(events []client.Event) []string {
	list := []string{}
	for _, e := range events {
		list = append(list, e.EventID)
	}
	return list
}

// request makes a request of the API as it is and returns status and body.
func (f *fixture) request(method, path, body string) (int, string) {
	f.Helper()
	r, err := http.NewRequestWithContext(f.Context(), method, f.url+"/admin/v1"+path, strings.NewReader(body))
	if err != nil {
		f.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		f.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// refusedWith checks that a request is refused, with these words in the reason.
func (f *fixture) refusedWith(method, path, body string, status int, setting, words string) {
	f.Helper()
	got, text := f.request(method, path, body)
	var fault client.Fault
	if err := json.Unmarshal([]byte(text), &fault); err != nil {
		f.Fatalf("%s %s: %d %s: %v", method, path, got, text, err)
	}
	if got != status || fault.Setting != setting || !strings.Contains(fault.Text, words) {
		f.Errorf("%s %s %.80s: got %d %+v, want %d, setting %q and %q", method, path, body, got, fault, status, setting, words)
	}
}

// appPath is the path of something of the app.
func appPath(rest string) string { return fmt.Sprintf("/apps/%d%s", theApp, rest) }

// receiver is an app backend that keeps what it gets and can be told to fail.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex // guards the fields below
	status int
	events []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP takes one webhook.
func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status == http.StatusOK {
		r.events = append(r.events, q.Header.Get("X-Parley-Event-Id"))
	}
	w.WriteHeader(r.status)
	_, _ = w.Write([]byte(`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`))
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.events...)
}

// ok fails the test on an error.
func ok[T any](value T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlite"
)

const (
	testApp     chat.SDKAppID = 1400000001
	otherApp    chat.SDKAppID = 1400000002
	testCommand               = callback.CommandGroupAfterSendMsg

	testToken  = "token-that-nobody-may-see"
	testSecret = "whsec_c2VjcmV0LXRoYXQtbm9ib2R5LW1heS1zZWUtYW55d2hlcmU="
)

// newApp is an app whose events go to url.
func newApp(id chat.SDKAppID, url string) *chat.App {
	a := &chat.App{SDKAppID: id, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	a.Webhook.URL, a.Webhook.Token, a.Webhook.SigningSecret = url, testToken, testSecret
	a.Webhook.On = []string{string(testCommand)}
	return a
}

// world is a store, a dispatcher and a receiver for the events of its app.
type world struct {
	testing.TB

	file  string
	store store.Store
	// wrap, if not nil, stands between the dispatcher and the store.
	wrap func(store.Store) store.Store
	// limits are those of the dispatcher.
	limits limits
	// clock is ahead of the true one by skew.
	skew atomic.Int64

	mu   sync.Mutex // guards apps and next
	apps map[chat.SDKAppID]*chat.App
	next map[string]int // how many events a conversation has

	receiver *receiver
	pipes    *pipes // nil with real sockets

	hooks      *Hooks
	dispatcher *Dispatcher
	end        func() // of the dispatcher
	ended      chan struct{}
	logged     logged
}

// newWorld makes a world whose receiver listens on a real socket.
func newWorld(tb testing.TB) *world {
	tb.Helper()
	w := emptyWorld(tb)
	server := httptest.NewServer(w.receiver)
	tb.Cleanup(server.Close)
	w.apps[testApp] = newApp(testApp, server.URL+"/callback")
	w.open()
	return w
}

// newBubble makes a world for a synctest bubble.
func newBubble(tb testing.TB) *world {
	tb.Helper()
	w := emptyWorld(tb)
	w.pipes = newPipes()
	w.receiver.moment = 0
	server := &http.Server{Handler: w.receiver} // talks to nobody but us
	done := make(chan error)
	go func() { done <- server.Serve(w.pipes) }()
	tb.Cleanup(func() {
		_ = server.Close() // pipes have no errors
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("serve: %v", err)
		}
	})
	w.apps[testApp] = newApp(testApp, "http://receiver.example/callback")
	w.open()
	return w
}

func emptyWorld(tb testing.TB) *world {
	tb.Helper()
	w := &world{
		TB: tb, file: filepath.Join(tb.TempDir(), "parley.db"), receiver: newReceiver(),
		apps: make(map[chat.SDKAppID]*chat.App), next: make(map[string]int), limits: defaultLimits,
	}
	tb.Cleanup(func() {
		w.stop()
		if w.store != nil {
			if err := w.store.Close(); err != nil {
				tb.Errorf("close the store: %v", err)
			}
		}
		if faults := w.receiver.broke(); faults != "" {
			tb.Errorf("the receiver saw:\n%s", faults)
		}
		w.logged.check(tb)
	})
	return w
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }

// open opens the store and makes a dispatcher for it, which run starts.
func (w *world) open() {
	w.Helper()
	s, err := sqlite.Open(w.Context(), w.file, sqlite.Options{Clock: w.now})
	if err != nil {
		w.Fatalf("open the store: %v", err)
	}
	w.store = s
	var seen store.Store = s
	if w.wrap != nil {
		seen = w.wrap(s)
	}
	w.hooks, w.dispatcher = newLimited(Options{
		Store: seen, Apps: w.app, Concurrency: 64, Reach: Loopback, Clock: w.now,
		Log: slog.New(slog.NewTextHandler(&w.logged, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}, w.limits)
	if w.pipes == nil {
		return
	}
	w.dispatcher.parkedEvery = 30 * time.Second // reading takes true time, also in a bubble
	for _, c := range []*client{w.dispatcher.client, w.hooks.client} {
		for _, t := range c.transports {
			t.DialContext = w.pipes.dial
		}
	}
}

// run starts deliveries.
func (w *world) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	w.end, w.ended = cancel, ended
	var ids []chat.SDKAppID
	w.mu.Lock()
	for id := range w.apps {
		ids = append(ids, id)
	}
	w.mu.Unlock()
	d := w.dispatcher
	go func() {
		defer close(ended)
		if err := d.Run(ctx, ids); err != nil {
			w.Errorf("run: %v", err)
		}
	}()
}

// stop ends deliveries if they run.
func (w *world) stop() {
	if w.end == nil {
		return
	}
	w.end()
	<-w.ended
	w.end = nil
}

// restart ends the program and starts it again on the same data.
func (w *world) restart() {
	w.Helper()
	w.stop()
	if err := w.store.Close(); err != nil {
		w.Errorf("close the store: %v", err)
	}
	w.open()
	w.run()
}

func (w *world) app(id chat.SDKAppID) *chat.App {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.apps[id]
}

// change changes an app's settings, as the registry does.
func (w *world) change(id chat.SDKAppID, change func(*chat.App)) {
	w.mu.Lock()
	a := *w.apps[id]
	change(&a)
	w.apps[id] = &a
	w.mu.Unlock()
	w.dispatcher.Kick(id)
}

// record stores the next event of each conversation, in one transaction.
func (w *world) record(conversations ...string) {
	w.Helper()
	w.recordFor(testApp, conversations...)
}

func (w *world) recordFor(app chat.SDKAppID, conversations ...string) {
	w.Helper()
	rows := make([]event.Outgoing, 0, len(conversations))
	w.mu.Lock()
	for _, c := range conversations {
		n := note{Conversation: c, N: w.next[c]}
		w.next[c]++
		rows = append(rows, outgoing(app, n))
	}
	w.mu.Unlock()
	w.add(rows)
}

func (w *world) add(rows []event.Outgoing) {
	w.Helper()
	ctx := context.WithoutCancel(w.Context())
	if err := w.store.Update(ctx, func(tx store.Tx) error { return tx.AddEvents(ctx, rows) }); err != nil {
		w.Errorf("record: %v", err)
	}
}

func outgoing(app chat.SDKAppID, n note) event.Outgoing {
	body, err := json.Marshal(n)
	if err != nil {
		panic(err) // it has only text and numbers
	}
	return event.Outgoing{
		SDKAppID: app, Command: string(testCommand), Conversation: "group:" + n.Conversation,
		ClientIP: "192.0.2.1", Platform: chat.PlatformREST, Body: body,
	}
}

// events returns those of the app, first one first.
func (w *world) events() []store.Event {
	w.Helper()
	var list []store.Event
	w.view(func(ctx context.Context, tx store.Tx) error {
		list = nil
		q := store.EventQuery{App: testApp, Limit: 1000}
		for {
			page, next, err := tx.ListEvents(ctx, q)
			list = append(list, page...)
			if err != nil || next == 0 {
				return err
			}
			q.Before = next
		}
	})
	slices.Reverse(list)
	return list
}

// event returns the nth one that was recorded.
func (w *world) event(n int) store.Event {
	w.Helper()
	var found *store.Event
	w.view(func(ctx context.Context, tx store.Tx) (err error) {
		found, err = tx.Event(ctx, testApp, int64(n)+1)
		return err
	})
	return *found
}

func (w *world) attempts(id int64) []store.Attempt {
	w.Helper()
	var list []store.Attempt
	w.view(func(ctx context.Context, tx store.Tx) (err error) {
		list, err = tx.Attempts(ctx, id)
		return err
	})
	return list
}

// states counts the app's events by their state.
func (w *world) states() map[store.EventState]int {
	w.Helper()
	counts := make(map[store.EventState]int)
	for _, e := range w.events() {
		counts[e.State]++
	}
	return counts
}

func (w *world) view(fn func(ctx context.Context, tx store.Tx) error) {
	w.Helper()
	ctx := context.WithoutCancel(w.Context())
	if err := w.store.View(ctx, func(tx store.Tx) error { return fn(ctx, tx) }); err != nil {
		w.Fatalf("view: %v", err)
	}
}

// replay makes events pending again, as the console does.
func (w *world) replay(r store.Replay) int {
	w.Helper()
	r.App, r.Limit = testApp, 1000
	ctx := context.WithoutCancel(w.Context())
	var replayed []store.Event
	if err := w.store.Update(ctx, func(tx store.Tx) (err error) {
		replayed, err = tx.Replay(ctx, r)
		return err
	}); err != nil {
		w.Fatalf("replay: %v", err)
	}
	w.dispatcher.Replayed(testApp)
	return len(replayed)
}

// patience is how long tests wait for what is to happen, in a bubble of time
// that costs nothing.
func (w *world) patience() time.Duration {
	if w.pipes != nil {
		return 24 * time.Hour
	}
	return 20 * time.Second
}

// until waits until ok, asking every moment.
func (w *world) until(what string, ok func() bool) {
	w.Helper()
	w.within(w.patience(), what, ok)
}

func (w *world) within(limit time.Duration, what string, ok func() bool) {
	w.Helper()
	const moment = 3 * time.Millisecond
	end := time.Now().Add(limit)
	for pause := moment; !ok(); {
		if time.Now().After(end) {
			w.Fatalf("%s: not within %s; the receiver has accepted %d events and seen: %s", what, limit, w.receiver.got(""), w.receiver.broke())
		}
		time.Sleep(pause)
		if w.pipes != nil && pause < time.Second {
			pause += moment // the longer it takes, the less it matters when exactly
		}
	}
}

// allStored waits until no event is pending.
func (w *world) allStored() {
	w.Helper()
	w.until("all outcomes stored", func() bool { return pending(w, w.store, testApp) == 0 })
}

// forgotten waits until nothing of the app is held in memory.
func (w *world) forgotten() {
	w.Helper()
	q := w.dispatcher.queue(testApp)
	w.until("no lane left", func() bool {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.lanes) == 0 && q.held == 0 && len(q.waiting) == 0 && len(q.line) == 0 && q.workers == 0
	})
}

// names makes n names.
func names(prefix string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("%s%03d", prefix, i)
	}
	return list
}

// logged is what was logged.
type logged struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write is for slog.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// count is how many lines contain a text.
func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// check looks for secrets.
func (l *logged) check(tb testing.TB) {
	tb.Helper()
	for _, secret := range secrets() {
		if l.count(secret) > 0 {
			tb.Errorf("the log contains the secret %q", secret)
		}
	}
}

// secrets are texts that nobody may see.
func secrets() []string {
	return []string{testToken, strings.TrimPrefix(testSecret, "whsec_"), "Sign="}
}

// noGoroutines waits until none is left of this package but the tests' own.
func noGoroutines(tb testing.TB) {
	tb.Helper()
	var stacks string
	for range 500 {
		b := make([]byte, 1<<20)
		stacks = string(b[:runtime.Stack(b, true)])
		if !strings.Contains(stacks, "webhook.(*queue)") && !strings.Contains(stacks, "webhook.(*Dispatcher)") &&
			!strings.Contains(stacks, "webhook.(*settler)") && !strings.Contains(stacks, "net/http.(*persistConn)") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	tb.Errorf("goroutines are left:\n%s", stacks)
}

package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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
)

const benchGroups = 100

// BenchmarkSend takes messages of some 600 bytes through the whole edge, without
// a network: 64 callers, each message with one webhook for the outbox.
func BenchmarkSend(b *testing.B) {
	b.Run("store=sqlite", func(b *testing.B) {
		f := start(b)
		f.receive("Group.CallbackAfterSendMsg")
		for i := range benchGroups {
			f.create(fmt.Sprintf("g%d", i), "Public", "bob")
		}
		benchmarkSend(b, f.handler, f.query())
	})
	// What remains without the database is what this program itself does.
	b.Run("store=none", func(b *testing.B) {
		handler, query := withoutStore(b)
		benchmarkSend(b, handler, query)
	})
}

func benchmarkSend(b *testing.B, handler http.Handler, query url.Values) {
	b.Helper()
	const callers = 64
	address := &url.URL{Path: "/v4/group_open_http_svc/send_group_msg", RawQuery: query.Encode()}
	text := strings.Repeat("All animals are equal. ", 17)
	var n atomic.Uint32
	b.ReportAllocs()
	b.SetParallelism(callers / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var body bytes.Buffer
		w := &discard{header: make(http.Header)}
		for pb.Next() {
			i := n.Add(1)
			body.Reset()
			body.WriteString(`{"GroupId":"g`)
			body.WriteString(strconv.Itoa(int(i % benchGroups)))
			body.WriteString(`","From_Account":"bob","Random":`)
			body.WriteString(strconv.Itoa(int(i)))
			body.WriteString(`,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"`)
			body.WriteString(text)
			body.WriteString(`"}}],"CloudCustomData":"{\"trace\":\"0123456789abcdef\"}","OfflinePushInfo":{"PushFlag":0,"Title":"title","Desc":"what is shown"}}`)
			request := &http.Request{Method: http.MethodPost, URL: address, Header: http.Header{}, RemoteAddr: "127.0.0.1:1234", Body: io.NopCloser(&body)}
			w.n = 0
			handler.ServeHTTP(w, request)
			if !bytes.Contains(w.answer[:w.n], []byte(`"ErrorCode":0,`)) {
				b.Errorf("%s", w.answer[:w.n])
			}
		}
	})
}

// discard keeps the beginning of an answer.
type discard struct {
	header http.Header
	answer [256]byte
	n      int // how much of answer there is
}

func (d *discard) Header() http.Header { return d.header }
func (d *discard) WriteHeader(int)     {}

func (d *discard) Write(p []byte) (int, error) {
	d.n = copy(d.answer[:], p)
	return len(p), nil
}

// withoutStore is the edge on a store that keeps nothing.
func withoutStore(b *testing.B) (http.Handler, url.Values) {
	b.Helper()
	app := &chat.App{SDKAppID: appID, SecretKey: secret, Administrators: []string{admin}, Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
	app.Settings.GroupRate, app.Settings.RESTRate = 0, 0
	app.Webhook.URL, app.Webhook.On = "http://127.0.0.1/", []string{"Group.CallbackAfterSendMsg"}
	apps := func(chat.SDKAppID) *chat.App { return app }
	nothing := &noStore{}
	log := slog.New(slog.DiscardHandler)
	hooks, _ := webhook.New(webhook.Options{Store: nothing, Apps: apps, Concurrency: 1, Clock: time.Now, Log: log})
	guard := policy.NewGuard(time.Now)
	groups, err := group.New(group.Options{Store: nothing, Hooks: hooks, Guard: guard, Clock: time.Now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	verifier, err := credential.NewVerifier(time.Now)
	if err != nil {
		b.Fatal(err)
	}
	edge := rest.New(rest.Options{
		Apps: apps, Accounts: account.New(nothing), Groups: groups, Guard: guard, Verifier: verifier, MaxBody: maxBody, Clock: time.Now, Log: log,
		Official:    official.New(official.Options{Store: nothing, Hooks: hooks, Guard: guard, Clock: time.Now, Log: log}),
		TrustsProxy: func(netip.Addr) bool { return false },
	})
	mux := http.NewServeMux()
	edge.Routes(mux)
	clock := roomtest.NewClock()
	clock.Advance(time.Since(clock.Now()))
	f := &fixture{TB: b, clock: clock, sigs: make(map[string]string)}
	return mux, f.query()
}

// noStore knows one group and forgets every message.
type noStore struct {
	store.Store

	seq atomic.Int64
}

func (*noStore) OnEvents(func([]store.Event)) {}

func (*noStore) View(_ context.Context, fn func(store.Tx) error) error { return fn(noTx{}) }

func (s *noStore) Append(_ context.Context, a *store.Append) (store.Appended, error) {
	a.Message.Seq, a.Message.Time = s.seq.Add(1), time.Unix(1772366400, 0)
	a.Events()
	return store.Appended{Seq: a.Message.Seq, Time: a.Message.Time}, nil
}

type noTx struct{ store.Tx }

func (noTx) Sender(context.Context, chat.SDKAppID, string, string) (store.Sender, error) {
	return store.Sender{Conversation: 1, Revision: 1, Type: chat.Public, MemberNum: 2, Role: chat.RoleMember, Imported: true}, nil
}

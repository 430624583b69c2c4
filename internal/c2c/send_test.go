package c2c_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

func TestSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := f.text("bob", "hello")
	sent, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "the key", sent.Key, chat.PairKey{MsgSeq: 2_000_000_001, Random: 1, Time: f.clock.Now().Unix()})
	told, names := f.hear()
	equal(f, "announced", names, []string{"PairMessageSent"})
	e := told[0].(event.PairMessageSent)
	equal(f, "receiver", e.To, "bob")
	equal(f, "as the client made it", []int64{e.Message.ClientSeq, e.Message.ClientTime}, []int64{2_000_000_001, 7})
	heard, asked := f.hooks.Take()
	equal(f, "asked before, recorded after", []int{len(asked), len(heard)}, []int{1, 1})
	equal(f, "what the receiver has not read", heard[0].(event.PairMessageSent).Unread, 1)
	lines, h := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "the receiver's history", lines, []string{"alice: hello"})
	equal(f, "whom it was for", h.Messages[0].To, "bob")

	f.say("carol", "bob", "me too")
	heard, _ = f.hooks.Take()
	equal(f, "unread of all peers", heard[0].(event.PairMessageSent).Unread, 2)
}

func TestSendRepeated(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := f.text("bob", "hello")
	first, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	f.hear()
	f.hooks.Take()
	f.clock.Advance(3 * time.Second)
	again, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "the answer", again, first)
	_, names := f.hear()
	equal(f, "announced", names, nil)
	heard, asked := f.hooks.Take()
	equal(f, "webhooks", len(heard)+len(asked), 0)
	f.block("bob", "alice")
	blocked, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "the answer to one who is blocked meanwhile", blocked, first)
	lines, _ := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "stored", len(lines), 1)
}

func TestSendRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*fixture)
		request func(*c2c.SendRequest)
		want    *chat.Error
	}{
		"fault of the edge":   {request: func(r *c2c.SendRequest) { r.Fault = chat.ErrPairRequest.Because("x") }, want: chat.ErrPairRequest},
		"no receiver":         {request: func(r *c2c.SendRequest) { r.To = "" }, want: chat.ErrPairRequest},
		"no nonce":            {request: func(r *c2c.SendRequest) { r.Random = nil }, want: chat.ErrPairRequest},
		"no body":             {request: func(r *c2c.SendRequest) { r.MsgBody = nil }, want: chat.ErrPairRequest},
		"too long":            {request: func(r *c2c.SendRequest) { r.MsgBody = body(strings.Repeat("x", 12<<10)) }, want: chat.ErrMessageTooLong},
		"unknown receiver":    {request: func(r *c2c.SendRequest) { r.To = "nobody" }, want: chat.ErrPairAccount},
		"blocked word":        {request: func(r *c2c.SendRequest) { r.MsgBody = body("casino") }, want: chat.ErrBlockedContent},
		"refused by the app":  {prepare: func(f *fixture) { f.hooks.Answer(event.Answer{Refusal: chat.ErrPairRefusedByApp, ByApp: true}) }, want: chat.ErrPairRefusedByApp},
		"blocked by receiver": {prepare: func(f *fixture) { f.block("bob", "alice") }, want: chat.ErrBlocked},
		"receiver is blocked": {prepare: func(f *fixture) { f.block("alice", "bob") }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"casino"} })
			if test.prepare != nil {
				test.prepare(f)
			}
			r := f.text("bob", "hello")
			if test.request != nil {
				test.request(r)
			}
			f.refused("send", f.trySend("alice", r), test.want)
			heard, _ := f.hooks.Take()
			if len(heard) != 1 {
				t.Fatalf("recorded %d events, want 1", len(heard))
			}
			e := heard[0].(event.PairMessageSent)
			if got := e.Err; fmt.Sprint(got != nil) != fmt.Sprint(test.want != nil) {
				t.Errorf("recorded refusal %v, want %v", got, test.want)
			}
			_, names := f.hear()
			equal(f, "announced", len(names), map[bool]int{true: 0, false: 1}[test.want != nil])
		})
	}
}

func (f *fixture) block(owner, other string) {
	f.Helper()
	f.update(func(ctx context.Context, tx store.Tx) error {
		return tx.AddBlocked(ctx, f.app.SDKAppID, owner, []string{other})
	})
}

// unreachable is a store whose database is away when something is appended.
type unreachable struct{ store.Store }

func (unreachable) Append(context.Context, *store.Append) (store.Appended, error) {
	return store.Appended{}, fmt.Errorf("append: %w", store.ErrUnreachable)
}

// TestSendWhileDatabaseIsAway: the app is not told that a message could not be sent when
// nobody knows that, and a sender is not told of a refusal that the app may never hear of.
func TestSendWhileDatabaseIsAway(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"casino"} })
	f.pairs = c2c.New(c2c.Options{
		Store: unreachable{f.store}, Hooks: f.hooks, Guard: policy.NewGuard(f.clock.Now), Clock: f.clock.Now, Log: slog.New(slog.DiscardHandler),
	})
	f.refused("send", f.trySend("alice", f.text("bob", "hello")), chat.ErrInternal)
	heard, _ := f.hooks.Take()
	equal(f, "recorded of a message that may be stored", len(heard), 0)

	err := f.trySend("alice", f.text("bob", "casino"))
	f.refused("a refusal", err, chat.ErrInternal)
	if !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("the sender is told %q", err)
	}
}

func TestSendUnreported(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.hooks.Answer(event.Answer{Refusal: chat.ErrPairRefusedByApp, ByApp: true})
	f.change(func(a *chat.App) { a.Settings.ReportRefusals = false })
	f.refused("by the app", f.trySend("alice", f.text("bob", "x")), chat.ErrPairRefusedByApp)
	r := f.text("nobody", "x")
	r.SkipAfter = true
	f.refused("forbidden after", f.trySend("alice", r), chat.ErrPairAccount)
	heard, _ := f.hooks.Take()
	equal(f, "recorded", len(heard), 0)
}

func TestSendAnswers(t *testing.T) {
	t.Parallel()
	f := start(t)
	rewritten, why := chat.ParseBody(body("rewritten"))
	equal(f, "the body", why, "")
	f.hooks.Answer(event.Answer{Body: &rewritten, CloudCustomData: new("data")})
	f.say("alice", "bob", "given")
	f.hooks.Answer(event.Answer{Discard: true})
	r := f.text("bob", "discarded")
	sent, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	f.clock.Advance(time.Second)
	again, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "a discarded message that is repeated", again, sent)
	lines, h := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "stored", lines, []string{"alice: rewritten"})
	equal(f, "its data", h.Messages[0].CloudCustomData, "data")
	_, names := f.hear()
	equal(f, "announced", names, []string{"PairMessageSent"})
}

func TestSendOnlineOnly(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := f.text("bob", "typing")
	r.OnlineOnly = true
	f.must(f.trySend("alice", r))
	_, names := f.hear()
	equal(f, "announced", names, []string{"PairMessageSent"})
	lines, _ := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "stored", lines, []string{})
	equal(f, "unread", f.unread("bob"), map[string]int{})
}

func TestSendNumbers(t *testing.T) {
	t.Parallel()
	f := start(t)
	r := &c2c.SendRequest{To: "bob", Random: new(uint32(9)), ClientTime: -5, MsgBody: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}]`)}
	sent, err := f.pairs.Send(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "the key of a message without MsgSeq", sent.Key.MsgSeq, int64(9))
	_, h := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "the time of a client that has none", h.Messages[0].ClientTime, f.clock.Now().Unix())
	equal(f, "to oneself", f.trySend("alice", f.text("alice", "note")), nil)
}

package c2c_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	f := start(t)
	old := f.say("alice", "bob", "old")
	f.clock.Advance(chat.PairRecallWindow + time.Second)
	key := f.say("alice", "bob", "oops")
	theirs := f.say("bob", "alice", "theirs")
	f.hear()
	f.hooks.Take()
	recall := func(user, from, to string, k chat.PairKey) error {
		return f.pairs.Recall(t.Context(), f.client(user), from, to, k)
	}
	f.must(recall("alice", "alice", "bob", key))
	told, names := f.hear()
	equal(f, "told", names, []string{"PairMessageRecalled"})
	e := told[0].(event.PairMessageRecalled)
	equal(f, "what", []any{chat.PairKeyOf(e.Message), e.To, e.Message.Recall.Revoker}, []any{key, "bob", "alice"})
	heard, _ := f.hooks.Take()
	equal(f, "unread of the receiver", heard[0].(event.PairMessageRecalled).Unread, 1)
	lines, _ := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "history", lines, []string{"alice: old", "alice: oops (recalled)", "bob: theirs"})
	h, err := f.pairs.History(t.Context(), f.client("bob"), c2c.HistoryRequest{Peer: "alice", Limit: 10})
	f.must(err)
	equal(f, "history without recalled messages", said(f, h.Messages), []string{"alice: old", "bob: theirs"})

	f.refused("twice", recall("alice", "alice", "bob", key), chat.ErrAlreadyRecalled)
	f.refused("too late", recall("alice", "alice", "bob", old), chat.ErrRecallTooLate)
	f.refused("somebody else's", recall("alice", "bob", "alice", theirs), chat.ErrNotSender)
	f.refused("somebody else's as one's own", recall("alice", "alice", "bob", theirs), chat.ErrNotSender)
	f.refused("one that never was", recall("alice", "alice", "bob", chat.PairKey{MsgSeq: 1}), chat.ErrPairMessageUnknown)
	f.refused("to a stranger", recall("alice", "alice", "carol", key), chat.ErrPairMessageUnknown)
	_, names = f.hear()
	equal(f, "told of refusals", names, nil)
}

func TestModify(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"casino"} })
	key := f.say("alice", "bob", "before")
	f.hear()
	r := c2c.ModifyRequest{From: "alice", To: "bob", Key: key, MsgBody: body("after")}
	m, err := f.pairs.Modify(t.Context(), f.client("alice"), r)
	f.must(err)
	equal(f, "the version", m.Version, int64(1))
	told, names := f.hear()
	equal(f, "told", names, []string{"PairMessageModified"})
	equal(f, "the receiver", told[0].(event.PairMessageModified).To, "bob")

	r.CloudCustomData = new("data")
	m, err = f.pairs.Modify(t.Context(), f.client("bob"), r)
	f.refused("with an outdated version", err, chat.ErrModifyConflict)
	equal(f, "what it is", []any{m.Version, m.CloudCustomData, string(m.Body.JSON)}, []any{int64(1), "", string(body("after"))})
	r.Version, r.MsgBody = 1, nil
	m, err = f.pairs.Modify(t.Context(), f.client("bob"), r)
	f.must(err)
	equal(f, "modified by the receiver", []any{m.Version, m.CloudCustomData, string(m.Body.JSON)}, []any{int64(2), "data", string(body("after"))})
	told, _ = f.hear()
	equal(f, "the receiver stays the same", told[0].(event.PairMessageModified).To, "bob")

	for name, c := range map[string]struct {
		user   string
		change func(*c2c.ModifyRequest)
		want   *chat.Error
	}{
		"a stranger":       {"carol", func(*c2c.ModifyRequest) {}, chat.ErrPairMessageUnknown},
		"a blocked word":   {"alice", func(r *c2c.ModifyRequest) { r.MsgBody = body("casino") }, chat.ErrBlockedContent},
		"no body":          {"alice", func(r *c2c.ModifyRequest) { r.MsgBody = []byte("[]") }, chat.ErrPairRequest},
		"too long":         {"alice", func(r *c2c.ModifyRequest) { r.MsgBody = body(strings.Repeat("x", 12<<10)) }, chat.ErrMessageTooLong},
		"an unknown key":   {"alice", func(r *c2c.ModifyRequest) { r.Key.MsgSeq++ }, chat.ErrPairMessageUnknown},
		"no such receiver": {"alice", func(r *c2c.ModifyRequest) { r.To = "carol" }, chat.ErrPairMessageUnknown},
	} {
		wrong := r
		wrong.Version = 2
		c.change(&wrong)
		_, err := f.pairs.Modify(t.Context(), f.client(c.user), wrong)
		f.refused(name, err, c.want)
	}
	f.must(f.pairs.Recall(t.Context(), f.client("alice"), "alice", "bob", key))
	r.Version = 2
	_, err = f.pairs.Modify(t.Context(), f.client("alice"), r)
	f.refused("a recalled one", err, chat.ErrAlreadyRecalled)
}

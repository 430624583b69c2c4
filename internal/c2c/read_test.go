package c2c_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func TestRead(t *testing.T) {
	t.Parallel()
	f := start(t)
	begin := f.clock.Now().Unix()
	for i := range 4 {
		f.say("alice", "bob", fmt.Sprint(i))
		f.clock.Advance(time.Second)
	}
	f.say("carol", "bob", "hi")
	equal(f, "before", f.unread("bob"), map[string]int{"alice": 4, "carol": 1})
	f.hear()
	f.hooks.Take()
	read := func(until int64) {
		f.must(f.pairs.Read(t.Context(), f.client("bob"), []c2c.ReadRequest{{Peer: "alice", Until: until}}))
	}
	read(begin + 1)
	equal(f, "after two", f.unread("bob"), map[string]int{"alice": 2, "carol": 1})
	told, _ := f.hear()
	e := told[0].(event.PairRead)
	equal(f, "told", []any{e.UserID, e.Peer, e.Until, e.Unread}, []any{"bob", "alice", begin + 1, 3})
	heard, _ := f.hooks.Take()
	equal(f, "recorded", len(heard), 1)
	read(begin)
	read(begin + 1)
	_, names := f.hear()
	equal(f, "told of no news", names, nil)
	read(begin + 1000)
	times, err := f.pairs.PeerReadTimes(t.Context(), f.client("alice"), []string{"carol", "bob"})
	f.must(err)
	equal(f, "up to when the peers have read", times, []int64{0, f.clock.Now().Unix()})
	f.must(f.pairs.Read(t.Context(), f.client("bob"), []c2c.ReadRequest{{Peer: "nobody", Until: begin}}))
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.account("@TOA#_news", "bob")
	f.say("alice", "bob", "hi")
	f.say("carol", "bob", "hi")
	f.broadcast("@TOA#_news", "hi")
	f.say("bob", "alice", "hi")
	f.hear()
	f.must(f.pairs.ReadAll(t.Context(), f.client("bob")))
	equal(f, "of bob", f.unread("bob"), map[string]int{})
	equal(f, "of alice", f.unread("alice"), map[string]int{"bob": 1})
	_, names := f.hear()
	equal(f, "told", names, []string{"PairRead", "PairRead", "PairRead", "AllPairsRead"})
}

func TestReadManyPeers(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i := range 130 {
		id := fmt.Sprintf("user%03d", i)
		f.imports(id)
		f.say(id, "bob", "hi")
	}
	f.must(f.pairs.ReadAll(t.Context(), f.client("bob")))
	equal(f, "of bob", f.unread("bob"), map[string]int{})
}

func TestAcknowledge(t *testing.T) {
	t.Parallel()
	f := start(t)
	wanted := f.text("bob", "important")
	wanted.NeedReadReceipt = true
	sent, err := f.pairs.Send(t.Context(), f.client("alice"), wanted)
	f.must(err)
	other := f.say("alice", "bob", "unimportant")
	own := f.say("bob", "alice", "mine")
	f.hear()
	keys := []chat.PairKey{sent.Key, other, own, {MsgSeq: 1}}
	f.must(f.pairs.Acknowledge(t.Context(), f.client("bob"), "alice", keys))
	told, names := f.hear()
	equal(f, "told", names, []string{"PairReceipts"})
	e := told[0].(event.PairReceipts)
	equal(f, "the messages", []any{len(e.Messages), chat.PairKeyOf(&e.Messages[0])}, []any{1, sent.Key})
	f.must(f.pairs.Acknowledge(t.Context(), f.client("bob"), "alice", keys))
	_, names = f.hear()
	equal(f, "told twice", names, nil)
	_, h := f.history("alice", c2c.HistoryRequest{Peer: "bob"})
	equal(f, "in the sender's history", []bool{h.Messages[0].PeerRead, h.Messages[1].PeerRead}, []bool{true, false})
	f.refused("of a stranger", f.pairs.Acknowledge(t.Context(), f.client("bob"), "carol", keys), chat.ErrPairMessageUnknown)
}

func TestRecvOption(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.account("@TOA#_news", "bob")
	f.say("alice", "bob", "1")
	f.hear()
	peers := []string{"alice", "@TOA#_news", "carol", "nobody"}
	f.must(f.pairs.SetRecvOption(t.Context(), f.client("bob"), peers, chat.RecvDiscard))
	_, names := f.hear()
	equal(f, "told", names, []string{"OfficialSubscribed", "RecvOptionChanged"})
	options, err := f.pairs.RecvOptions(t.Context(), f.client("bob"), peers)
	f.must(err)
	equal(f, "options", options, []chat.RecvOption{chat.RecvDiscard, chat.RecvDiscard, chat.RecvDiscard, chat.RecvNotify})
	f.say("alice", "bob", "2")
	f.broadcast("@TOA#_news", "3")
	told, _ := f.hear()
	equal(f, "the receiver wants no pushes", told[0].(event.PairMessageSent).Hushed, true)
	equal(f, "unread", f.unread("bob"), map[string]int{})
	lines, _ := f.history("bob", c2c.HistoryRequest{Peer: "alice"})
	equal(f, "but in the history", lines, []string{"alice: 1", "alice: 2"})
	f.refused("an option that is none", f.pairs.SetRecvOption(t.Context(), f.client("bob"), peers, 4), chat.ErrPairRequest)
	f.refused("nobody named", f.pairs.SetRecvOption(t.Context(), f.client("bob"), nil, 0), chat.ErrPairRequest)
}

func TestDoNotDisturb(t *testing.T) {
	t.Parallel()
	f := start(t)
	want := chat.DoNotDisturb{Start: 79200, End: 21600, Repeated: 1, Level: 1}
	f.must(f.pairs.SetDoNotDisturb(t.Context(), f.client("bob"), want))
	got, err := f.pairs.DoNotDisturb(t.Context(), f.client("bob"))
	f.must(err)
	equal(f, "quiet hours", got, want)
	_, names := f.hear()
	equal(f, "told", names, []string{"DoNotDisturbChanged"})
	want.Level = 3
	f.refused("a level that is none", f.pairs.SetDoNotDisturb(t.Context(), f.client("bob"), want), chat.ErrPairRequest)
}

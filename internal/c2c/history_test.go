package c2c_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
)

// pages reads a whole history page by page.
func (f *fixture) pages(userID string, r c2c.HistoryRequest) []string {
	f.Helper()
	var all []string
	for range 100 {
		lines, h := f.history(userID, r)
		if r.Newer {
			all = append(all, lines...)
		} else {
			all = append(slices.Clone(lines), all...)
		}
		if h.Complete {
			return all
		}
		end := h.Messages[0]
		if r.Newer {
			end = h.Messages[len(h.Messages)-1]
		}
		r.Key, r.Time = chat.PairKeyOf(&end.Message).String(), end.Time.Unix()
	}
	f.Fatal("a history has no end")
	return nil
}

func TestHistory(t *testing.T) {
	t.Parallel()
	f := start(t)
	var want []string
	var keys []chat.PairKey
	begin := f.clock.Now().Unix()
	for i := range 20 { // three within each second
		from, to := "alice", "bob"
		if i%4 == 3 {
			from, to = to, from
		}
		keys = append(keys, f.say(from, to, fmt.Sprint(i)))
		want = append(want, fmt.Sprintf("%s: %d", from, i))
		if i%3 == 2 {
			f.clock.Advance(time.Second)
		}
	}
	for _, limit := range []int{1, 3, 7, 20, 100} {
		equal(f, fmt.Sprintf("backwards in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: "alice", Limit: limit}), want)
		equal(f, fmt.Sprintf("forwards in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: "alice", Limit: limit, Newer: true, Time: begin}), want)
	}
	for _, c := range []struct {
		name    string
		request c2c.HistoryRequest
		want    []string
	}{
		{"up to a time", c2c.HistoryRequest{Time: begin + 1}, want[:6]},
		{"before a message", c2c.HistoryRequest{Key: keys[4].String()}, want[:4]},
		{"from a time", c2c.HistoryRequest{Newer: true, Time: begin + 5}, want[15:]},
		{"behind a message", c2c.HistoryRequest{Newer: true, Key: keys[16].String()}, want[17:]},
		{"before a message that is gone", c2c.HistoryRequest{Key: fmt.Sprintf("1_2_%d", begin+2)}, want[:6]},
		{"behind a message that is gone", c2c.HistoryRequest{Newer: true, Key: fmt.Sprintf("1_2_%d", begin+4)}, want[15:]},
	} {
		c.request.Peer = "alice"
		lines, _ := f.history("bob", c.request)
		equal(f, c.name, lines, c.want)
	}
	_, err := f.pairs.History(t.Context(), f.client("bob"), c2c.HistoryRequest{Peer: "alice", Limit: 1, Key: "x"})
	f.refused("a key that is none", err, chat.ErrMsgKey)
	_, err = f.pairs.History(t.Context(), f.client("bob"), c2c.HistoryRequest{})
	f.refused("no peer", err, chat.ErrPairRequest)
	lines, h := f.history("bob", c2c.HistoryRequest{Peer: "carol"})
	equal(f, "of two who never spoke", lines, []string{})
	equal(f, "it is complete", h.Complete, true)
}

func TestHistoryHidden(t *testing.T) {
	t.Parallel()
	f := start(t)
	var keys []string
	for i := range 10 {
		keys = append(keys, f.say("alice", "bob", fmt.Sprint(i)).String())
	}
	f.must(f.pairs.Hide(t.Context(), f.client("bob"), "alice", append(slices.Clone(keys[2:9]), "1_2_3")))
	want := []string{"alice: 0", "alice: 1", "alice: 9"}
	for _, limit := range []int{1, 2, 100} {
		equal(f, fmt.Sprintf("in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: "alice", Limit: limit}), want)
		equal(f, fmt.Sprintf("forwards in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: "alice", Limit: limit, Newer: true}), want)
	}
	equal(f, "of the other", len(f.pages("alice", c2c.HistoryRequest{Peer: "bob"})), 10)
	f.refused("a key that is none", f.pairs.Hide(t.Context(), f.client("bob"), "alice", []string{"x"}), chat.ErrMsgKey)
	f.refused("no keys", f.pairs.Hide(t.Context(), f.client("bob"), "alice", nil), chat.ErrPairRequest)
	f.must(f.pairs.Hide(t.Context(), f.client("bob"), "carol", keys[:1]))
}

func TestHistoryOfOfficialAccount(t *testing.T) {
	t.Parallel()
	f := start(t)
	const id = "@TOA#_news"
	f.account(id, "bob")
	var want []string
	for i := range 9 { // both kinds within the same moments
		if i%3 == 0 {
			f.say("bob", id, fmt.Sprint(i))
			want = append(want, fmt.Sprintf("bob: %d", i))
		} else {
			f.broadcast(id, fmt.Sprint(i))
			want = append(want, fmt.Sprintf("%s: %d", id, i))
		}
		f.clock.Advance(700 * time.Millisecond)
	}
	for _, limit := range []int{1, 2, 4, 100} {
		equal(f, fmt.Sprintf("in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: id, Limit: limit}), want)
		equal(f, fmt.Sprintf("forwards in pages of %d", limit), f.pages("bob", c2c.HistoryRequest{Peer: id, Limit: limit, Newer: true}), want)
	}
	equal(f, "of who does not subscribe", len(f.pages("carol", c2c.HistoryRequest{Peer: id})), 0)
	equal(f, "of the owner", len(f.pages("alice", c2c.HistoryRequest{Peer: id})), 6)
	equal(f, "of an account that is none", len(f.pages("bob", c2c.HistoryRequest{Peer: "@TOA#_none"})), 0)
	_, h := f.history("bob", c2c.HistoryRequest{Peer: id})
	equal(f, "how the account is shown", h.Persons[id].Nick, "news")
}

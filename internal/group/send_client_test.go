package group_test

import (
	"math"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// TestAnnouncedSends: clients hear of what was sent, whatever webhooks are on.
func TestAnnouncedSends(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("av", chat.AVChatRoom)
	for _, tt := range []struct {
		name string
		id   string
		set  func(*group.SendRequest)
		want bool
	}{
		{"a message", "g", func(*group.SendRequest) {}, true},
		{"an online-only message", "g", func(r *group.SendRequest) { r.OnlineOnly = true }, true},
		{"a message without webhooks", "g", func(r *group.SendRequest) { r.SkipAfter, r.SkipBefore = true, true }, true},
		{"a message of an AVChatRoom", "av", func(*group.SendRequest) {}, true},
		{"one that the app's backend discards", "g", func(*group.SendRequest) { f.hooks.answers(event.Answer{Discard: true}) }, false},
		{"one that it refuses", "g", func(*group.SendRequest) { f.hooks.answers(event.Answer{Refusal: chat.ErrRefusedByApp}) }, false},
	} {
		f.hooks.answers(event.Answer{})
		r := f.say(tt.id, tt.name)
		tt.set(r)
		f.hooks.listen()
		sent, err := f.groups.Send(f.Context(), f.rest(), r)
		heard := f.hooks.listen()
		equal(f, tt.name+": announced", len(heard), map[bool]int{true: 1}[tt.want])
		if !tt.want {
			continue
		}
		f.must(err)
		m := heard[0].(event.GroupMessageSent).Message
		equal(f, tt.name+": number", m.Seq, sent.Seq)
		equal(f, tt.name+": time", m.Time, sent.Time)
	}
}

// TestClientNumbers: what a sender's client says of a message comes back to all.
func TestClientNumbers(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	for _, tt := range []struct {
		name                string
		time, seq           int64
		wantTime, wantNumer int64
	}{
		{"given", 1795296395, 2126350001, 1795296395, 2126350001},
		{"not given", 0, 0, f.clock.Now().Unix(), 0},
		{"negative", -1, -1, f.clock.Now().Unix(), 0},
		{"too large", math.MaxUint32 + 1, math.MaxInt64, f.clock.Now().Unix(), 0},
	} {
		r := f.say("g", tt.name)
		r.ClientTime, r.ClientSeq = tt.time, tt.seq
		f.sendBy("alice", r)
		m := f.scroll("alice", group.ScrollRequest{GroupID: "g", Number: 1}).Messages[0]
		equal(f, tt.name, []int64{m.ClientTime, m.ClientSeq}, []int64{tt.wantTime, tt.wantNumer})
	}
}

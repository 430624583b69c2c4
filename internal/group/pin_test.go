package group_test

import (
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// pinned is the numbers of the pinned messages, as a member sees them.
func (f *fixture) pinned(groupID, userID string) []int64 {
	f.Helper()
	pins, err := f.groups.Pins(f.Context(), f.client(userID), groupID, "")
	f.must(err)
	seqs := []int64{}
	for _, p := range pins {
		seqs = append(seqs, p.Seq)
	}
	return seqs
}

func (f *fixture) pin(userID, groupID string, seq int64) error {
	return f.groups.Pin(f.Context(), f.client(userID), groupID, "", seq)
}

func (f *fixture) unpin(userID, groupID string, seq int64) error {
	return f.groups.Unpin(f.Context(), f.client(userID), groupID, "", seq)
}

func TestPins(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	var seqs []int64
	for range chat.MaxPins + 1 {
		seqs = append(seqs, f.send(f.say("g", "hello")).Seq)
	}
	f.hooks.take()
	for _, seq := range seqs[1:] {
		f.must(f.pin("alice", "g", seq))
	}
	f.refused("one too many", f.pin("alice", "g", seqs[0]), chat.ErrTooManyPins)
	f.must(f.pin("alice", "g", seqs[1])) // again
	f.must(f.unpin("alice", "g", seqs[1]))
	f.must(f.unpin("alice", "g", seqs[1]))
	f.must(f.pin("alice", "g", seqs[0]))
	equal(f, "pins", f.pinned("g", "bob"), append(append([]int64{}, seqs[2:]...), seqs[0]))
	heard, _ := f.hooks.take()
	equal(f, "number of events", len(heard), chat.MaxPins+2)
	e := heard[chat.MaxPins].(event.GroupMessagePinned)
	equal(f, "the end of a pin", []any{e.Pinned, e.Message.Seq, e.LastSeq}, []any{false, seqs[1], seqs[chat.MaxPins]})

	_, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: seqs[2:3]})
	f.must(err)
	f.must(f.pin("alice", "g", seqs[1])) // there is room again
	equal(f, "pins without the recalled one", len(f.pinned("g", "bob")), chat.MaxPins)
}

func TestPinsRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	for id, groupType := range map[string]chat.GroupType{"public": chat.Public, "private": chat.Private, "room": chat.ChatRoom} {
		f.create(id, groupType, "bob")
	}
	f.create("live", chat.AVChatRoom)
	seqs := make(map[string]int64)
	for _, id := range []string{"public", "private", "room", "live"} {
		seqs[id] = f.send(f.say(id, "hello")).Seq
	}
	whisper := f.say("public", "for bob")
	whisper.To = []string{"bob"}
	directed := f.send(whisper).Seq

	f.refused("a member", f.pin("bob", "public", seqs["public"]), chat.ErrNotPermitted)
	f.refused("a member of a ChatRoom", f.pin("bob", "room", seqs["room"]), chat.ErrNotPermitted)
	f.must(f.pin("bob", "private", seqs["private"]))
	f.refused("a stranger", f.pin("carol", "private", seqs["private"]), chat.ErrNotPermitted)
	f.refused("an AVChatRoom", f.groups.Pin(f.Context(), f.rest(), "live", "", seqs["live"]), chat.ErrNoHistory)
	f.refused("no such message", f.pin("alice", "public", 1000), chat.ErrMessageNotFound)
	f.refused("not for all", f.pin("alice", "public", directed), chat.ErrNotPermitted)
	f.refused("no such group", f.pin("alice", "none", 1), chat.ErrGroupNotFound)
	_, err := f.groups.Pins(f.Context(), f.client("carol"), "public", "")
	f.refused("reading by a stranger", err, chat.ErrNotPermitted)
	f.must(f.pin("alice", "public", seqs["public"]))
	f.refused("the end of a pin by a member", f.unpin("bob", "public", seqs["public"]), chat.ErrNotPermitted)
	equal(f, "pins", f.pinned("public", "bob"), []int64{seqs["public"]})
}

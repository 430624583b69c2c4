package group_test

import (
	"fmt"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// TestRead: the read position rises, and the user's other instances hear of it.
func TestRead(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	for range 5 {
		f.send(f.say("g", "hello"))
	}
	newest := f.group("g").NextMsgSeq - 1
	revision := f.group("g").Revision
	read := func(name string, seq, want int64, told bool) {
		t.Helper()
		f.hooks.listen()
		f.must(f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{GroupID: "g", Seq: seq}))
		equal(f, name, f.member("g", "bob").ReadSeq, want)
		heard := f.hooks.listen()
		equal(f, name+": told", len(heard) == 1, told)
		if told {
			equal(f, name+": told what", heard[0].(event.GroupsRead).Reads, []event.GroupRead{{GroupID: "g", Seq: want}})
		}
	}
	read("up to the last but one", newest-1, newest-1, true)
	read("back", 1, newest-1, false)
	read("further than there is", newest+100, newest, true)
	equal(f, "revision", f.group("g").Revision, revision)

	f.refused("no group", f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{Seq: 1}), chat.ErrParameter)
	f.refused("unknown group", f.groups.Read(f.Context(), f.client("bob"), event.GroupRead{GroupID: "unknown", Seq: 1}), chat.ErrGroupNotFound)
	f.refused("no member", f.groups.Read(f.Context(), f.client("carol"), event.GroupRead{GroupID: "g", Seq: 1}), chat.ErrNotPermitted)
}

// TestReadBySending: who says something has read what was said before, unless it is
// said to those only who are there.
func TestReadBySending(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	for range 3 {
		f.send(f.say("g", "hello"))
	}
	before := f.member("g", "bob").ReadSeq
	online := f.say("g", "psst")
	online.OnlineOnly = true
	f.sendBy("bob", online)
	equal(f, "after an online-only message", f.member("g", "bob").ReadSeq, before)
	sent := f.sendBy("bob", f.say("g", "I have read that"))
	equal(f, "after a message", f.member("g", "bob").ReadSeq, sent.Seq)
	f.send(f.say("g", "have you?"))
	equal(f, "after somebody else's", f.member("g", "bob").ReadSeq, sent.Seq)
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("h", chat.Public, "bob")
	f.create("other", chat.Public)
	for _, id := range []string{"g", "h", "other"} {
		f.send(f.say(id, "hello"))
	}
	newest := f.group("g").NextMsgSeq - 1
	f.hooks.listen()
	f.must(f.groups.ReadAll(f.Context(), f.client("bob"), map[string]int64{"g": newest, "other": newest, "unknown": 1, "h": newest}))
	equal(f, "read", f.member("h", "bob").ReadSeq, newest)
	heard := f.hooks.listen()
	equal(f, "told", len(heard), 1)
	equal(f, "told of", heard[0].(event.GroupsRead).Reads, []event.GroupRead{{GroupID: "g", Seq: newest}, {GroupID: "h", Seq: newest}})
	many := make(map[string]int64)
	for i := range 1001 {
		many[fmt.Sprint(i)] = 1
	}
	f.refused("1001 groups", f.groups.ReadAll(f.Context(), f.client("bob"), many), chat.ErrParameter)
	f.must(f.groups.ReadAll(f.Context(), f.client("bob"), nil))
}

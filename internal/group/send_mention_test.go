package group_test

import (
	"fmt"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

// TestMention: who is mentioned gets a notice, whether he is there or not.
func TestMention(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol", "erin")
	f.imports("dave", "erin")
	f.enter("g", "erin")
	f.edit("g", []string{"erin"}, func(m *chat.Member) { m.MsgFlag = chat.FlagDiscard })
	mention := func(change func(*group.SendRequest)) int64 {
		t.Helper()
		r := f.say("g", "look")
		change(r)
		f.hooks.listen()
		return f.sendBy("alice", r).Seq
	}
	kinds := func(userID string) []string {
		list := []string{}
		for _, n := range f.notices(userID) {
			list = append(list, fmt.Sprintf("%d %t %t", n.Seq, n.ByName, n.Everyone))
		}
		return list
	}
	by := func(names ...string) []chat.Mention {
		var list []chat.Mention
		for _, n := range names {
			list = append(list, chat.Mention{UserID: n, All: n == ""})
		}
		return list
	}
	var bob, carol []string
	seq := mention(func(r *group.SendRequest) { r.Mentions = by("bob", "dave", "alice", "erin", "bob") })
	bob = append(bob, fmt.Sprintf("%d true false", seq))
	equal(f, "pushed: message and notice", len(f.hooks.listen()), 2)

	seq = mention(func(r *group.SendRequest) { r.Mentions = by("", "bob") })
	bob, carol = append(bob, fmt.Sprintf("%d true true", seq)), append(carol, fmt.Sprintf("%d false true", seq))

	seq = mention(func(r *group.SendRequest) { r.Mentions, r.To = by("", "carol"), []string{"bob"} })
	bob = append(bob, fmt.Sprintf("%d false true", seq))

	mention(func(r *group.SendRequest) { r.Mentions, r.OnlineOnly = by("bob"), true })
	equal(f, "bob", kinds("bob"), bob)
	equal(f, "carol", kinds("carol"), carol)
	for _, nobody := range []string{"alice", "dave", "erin"} {
		equal(f, nobody, kinds(nobody), []string{})
	}
	n := f.notices("bob")[0]
	equal(f, "notice", []string{n.GroupID, n.GroupName, string(n.GroupType), n.Operator}, []string{"g", "a group", "Public", "alice"})
}

// TestMentionEverybodyInLargeGroup: nobody gets a notice that stays, for there would
// be too many.
func TestMentionEverybodyInLargeGroup(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	var ids []string
	for i := range chat.MaxMentions {
		ids = append(ids, fmt.Sprintf("u%d", i))
	}
	f.imports(ids...)
	f.enter("g", ids...)
	r := f.say("g", "look")
	r.Mentions = []chat.Mention{{All: true}, {UserID: "bob"}}
	f.hooks.listen()
	f.sendBy("alice", r)
	equal(f, "notices of all", len(f.notices("u0")), 0)
	equal(f, "notices of one who is named too", len(f.notices("bob")), 1)
	heard := f.hooks.listen()
	equal(f, "pushes", len(heard), 3)
	if _, ok := heard[1].(event.GroupMentioned); !ok {
		t.Errorf("pushed was %T", heard[1])
	}
}

// TestRepeatedMention: repeating a message tells nobody again.
func TestRepeatedMention(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	r := f.say("g", "look")
	r.Mentions = []chat.Mention{{UserID: "bob"}}
	f.sendBy("alice", r)
	f.hooks.listen()
	f.sendBy("alice", r)
	equal(f, "pushes", len(f.hooks.listen()), 0)
	equal(f, "notices", len(f.notices("bob")), 1)
}

package mark_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/store"
)

func (f *fixture) react(userID string, t mark.Target, reaction string) error {
	return f.marks.AddReaction(f.Context(), f.client(userID), t, reaction)
}

// reactions is what a user sees below a message.
func (f *fixture) reactions(userID string, t mark.Target) []chat.Reaction {
	f.Helper()
	all, err := f.marks.Reactions(f.Context(), f.client(userID), []mark.Target{t})
	f.must(err)
	return all[0]
}

func TestReactions(t *testing.T) {
	t.Parallel()
	f := start(t)
	for name, target := range f.targets() {
		f.must(f.react("bob", target, "smile"))
		f.must(f.react("alice", target, "smile"))
		f.must(f.react("alice", target, "heart"))
		equal(f, name, f.reactions("alice", target), []chat.Reaction{
			{ID: "smile", Users: []string{"bob", "alice"}}, {ID: "heart", Users: []string{"alice"}},
		})
		users, err := f.marks.ReactionUsers(f.Context(), f.client("bob"), target, "smile")
		f.must(err)
		equal(f, name+": who smiles", users, []string{"bob", "alice"})

		f.must(f.marks.RemoveReaction(f.Context(), f.client("bob"), target, "smile"))
		f.must(f.marks.RemoveReaction(f.Context(), f.client("alice"), target, "heart"))
		equal(f, name+": what is left", f.reactions("bob", target), []chat.Reaction{{ID: "smile", Users: []string{"alice"}}})

		f.refused(name+": again", f.react("alice", target, "smile"), chat.ErrReactedAlready)
		f.refused(name+": taking back what nobody did", f.marks.RemoveReaction(f.Context(), f.client("bob"), target, "heart"), chat.ErrReactionNotFound)
		f.refused(name+": taking back what another did", f.marks.RemoveReaction(f.Context(), f.client("bob"), target, "smile"), chat.ErrNotReacted)
		f.refused(name+": no reaction", f.react("alice", target, ""), chat.ErrParameter)
		f.refused(name+": a long reaction", f.react("alice", target, strings.Repeat("x", 65)), chat.ErrParameter)
	}
}

func TestReactionsAreTold(t *testing.T) {
	t.Parallel()
	f := start(t)
	for name, target := range f.targets() {
		f.hooks.Take()
		f.must(f.react("bob", target, "smile"))
		f.must(f.marks.RemoveReaction(f.Context(), f.client("bob"), target, "smile"))
		var changes []event.ReactionChange
		heard, _ := f.hooks.Take()
		for _, e := range heard {
			switch e := e.(type) {
			case event.GroupReactionChanged:
				changes = append(changes, e.ReactionChange)
				equal(f, name+": message", e.Message.Seq, target.Seq)
			case event.PairReactionChanged:
				changes = append(changes, e.ReactionChange)
				equal(f, name+": receiver of the message", e.To, "bob")
			}
		}
		equal(f, name, changes, []event.ReactionChange{
			{UserID: "bob", Added: true, Reaction: chat.Reaction{ID: "smile", Users: []string{"bob"}}},
			{UserID: "bob", Reaction: chat.Reaction{ID: "smile"}},
		})
	}
}

func TestReactionLimits(t *testing.T) {
	t.Parallel()
	f := start(t)
	members := make([]string, chat.MaxReactionUsers+1)
	for i := range members {
		members[i] = fmt.Sprint("user", i)
	}
	f.imports(members...)
	f.create("large", chat.Public, members[:chat.MaxInitialMembers-1]...)
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "large", UserIDs: members[chat.MaxInitialMembers-1:]})
	f.must(err)
	target := f.say("large", nil)
	for i := range chat.MaxReactions {
		f.must(f.react("alice", target, fmt.Sprint("reaction", i)))
	}
	f.refused("one reaction too many", f.react("alice", target, "another"), chat.ErrTooManyReactions)
	for _, id := range members[:chat.MaxReactionUsers-1] {
		f.must(f.react(id, target, "reaction0"))
	}
	f.refused("one user too many", f.react(members[chat.MaxReactionUsers], target, "reaction0"), chat.ErrReactionFull)
	_, err = f.marks.Reactions(f.Context(), f.client("alice"), make([]mark.Target, chat.MaxReactionBatch+1))
	f.refused("too many messages", err, chat.ErrParameter)
}

// TestWhoMayMark: the rules for all that is attached to messages.
func TestWhoMayMark(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("live", chat.AVChatRoom)
	before := f.say("g", nil)
	f.clock.Advance(time.Minute)
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		g, err := tx.Group(f.Context(), f.app.SDKAppID, "g")
		if err != nil {
			return err
		}
		_, err = tx.AddMembers(f.Context(), f.app.SDKAppID, g.Conversation, []chat.Member{{UserID: "late", Role: chat.RoleMember, JoinTime: tx.Now()}})
		return err
	}))
	f.clock.Advance(time.Minute)
	inGroup, whisper := f.say("g", nil), f.say("g", func(r *group.SendRequest) { r.To = []string{"bob"} })
	recalled := f.say("g", nil)
	_, err := f.groups.Recall(f.Context(), f.rest(), group.RecallRequest{GroupID: "g", Seqs: []int64{recalled.Seq}})
	f.must(err)
	inPair, gone := f.tell(true), f.tell(true)
	f.must(f.pairs.Recall(f.Context(), f.client("alice"), "alice", "bob", gone.Key))
	live := f.say("live", nil)
	day := uint32(86400)
	f.must(f.groups.Mute(f.Context(), f.rest(), "g", "", []string{"carol"}, &day))

	wrong := func(change func(*mark.Target), of mark.Target) mark.Target {
		change(&of)
		return of
	}
	for _, test := range []struct {
		name   string
		userID string
		target mark.Target
		want   *chat.Error
	}{
		{"stranger", "dave", inGroup, chat.ErrNotPermitted},
		{"no such group", "bob", wrong(func(t *mark.Target) { t.GroupID = "none" }, inGroup), chat.ErrGroupNotFound},
		{"no such topic", "bob", wrong(func(t *mark.Target) { t.TopicID = "none" }, inGroup), chat.ErrTopicNotFound},
		{"no such message", "bob", wrong(func(t *mark.Target) { t.Seq = 1000 }, inGroup), chat.ErrMarkedNotFound},
		{"recalled message", "bob", recalled, chat.ErrMarkedNotFound},
		{"message to others", "carol", whisper, chat.ErrMarkedNotFound},
		{"message of before", "late", before, chat.ErrMarkedNotFound},
		{"muted member", "carol", inGroup, chat.ErrMuted},
		{"group without history", "alice", live, chat.ErrNotPermitted},
		{"message of two others", "carol", inPair, chat.ErrMarkedNotFound},
		{"other key", "bob", wrong(func(t *mark.Target) { t.Key.Random++ }, inPair), chat.ErrMarkedNotFound},
		{"recalled message of a pair", "bob", gone, chat.ErrMarkedNotFound},
	} {
		f.refused(test.name, f.react(test.userID, test.target, "smile"), test.want)
	}
	f.must(f.react("late", inGroup, "smile"))
	f.must(f.react("bob", whisper, "smile"))
	equal(f, "what a muted member sees", len(f.reactions("carol", inGroup)), 1)
	all, err := f.marks.Reactions(f.Context(), f.client("carol"), []mark.Target{whisper, inGroup, recalled})
	f.must(err)
	equal(f, "what she sees of several messages", []int{len(all[0]), len(all[1]), len(all[2])}, []int{0, 1, 0})

	on := "On"
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{MuteAll: &on}))
	f.must(f.react("bob", inGroup, "heart"))
	f.must(f.store.Update(f.Context(), func(tx store.Tx) error {
		return tx.AddBlocked(f.Context(), f.app.SDKAppID, "alice", []string{"bob"})
	}))
	f.refused("blocked by the peer", f.react("bob", inPair, "smile"), chat.ErrBlocked)
	f.must(f.react("alice", inPair, "smile"))
}

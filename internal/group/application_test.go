package group_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

// apply lets users apply to a group.
func (f *fixture) apply(id string, users ...string) {
	f.Helper()
	for _, u := range users {
		_, err := f.groups.Join(f.Context(), f.client(u), group.JoinRequest{GroupID: id, Text: "I am " + u})
		f.must(err)
	}
}

// asked lists what waits for a user's decision.
func (f *fixture) asked(userID string, r group.ApplicationsRequest) ([]string, int64) {
	f.Helper()
	page, err := f.groups.Applications(f.Context(), f.client(userID), r)
	f.must(err)
	lines := []string{}
	for i := range page.Applications {
		a := &page.Applications[i]
		lines = append(lines, fmt.Sprintf("%s: %s for %s", a.GroupID, a.Applicant, a.Joiner))
	}
	return lines, page.Next
}

// TestDecide: applications are decided on once, by those who may.
func TestDecide(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.imports("adam", "dave", "erin")
	f.create("g", chat.Public, "adam", "bob")
	f.appoint("g", "adam")
	f.options("g", "", "NeedPermission")
	f.apply("g", "carol", "dave")
	_, err := f.groups.AddMembers(f.Context(), f.client("bob"), group.AddRequest{GroupID: "g", UserIDs: []string{"erin"}})
	f.must(err)
	lines, next := f.asked("adam", group.ApplicationsRequest{})
	equal(f, "what waits", lines, []string{"g: carol for carol", "g: dave for dave", "g: bob for erin"})
	equal(f, "next", next, 0)

	decide := func(caller string, d group.Decision) error {
		d.GroupID = "g"
		return f.groups.Decide(f.Context(), f.client(caller), d)
	}
	f.refused("by a member", decide("bob", group.Decision{Joiner: "carol", Agree: true}), chat.ErrNotPermitted)
	f.refused("by the applicant", decide("carol", group.Decision{Joiner: "carol", Agree: true}), chat.ErrNotPermitted)
	f.refused("of nobody", decide("adam", group.Decision{Joiner: "nobody", Agree: true}), chat.ErrAlreadyHandled)
	f.refused("of another kind", decide("adam", group.Decision{Kind: chat.ApplicationInvite, Joiner: "carol", Agree: true}), chat.ErrAlreadyHandled)
	f.refused("by a wrong authentication", decide("adam", group.Decision{Joiner: "carol", Authentication: "x", Agree: true}), chat.ErrAlreadyHandled)

	f.news()
	f.must(decide("adam", group.Decision{Joiner: "carol", Agree: true, Text: "welcome"}))
	equal(f, "news of an agreement", f.news(), []string{
		"joined carol, invited false", "tip 1 by adam carol, 4 members", "notice 2 to carol by adam: welcome, kept",
	})
	f.refused("twice", decide("alice", group.Decision{Joiner: "carol"}), chat.ErrAlreadyHandled)

	f.must(decide("alice", group.Decision{Joiner: "dave", Text: "sorry"}))
	equal(f, "news of a refusal", f.news(), []string{"notice 3 to dave by alice: sorry, kept"})
	equal(f, "is a member", f.member("g", "dave") == nil, true)

	// The notice about an invitation leads to it too, and that is all a client has.
	notices := f.kept("alice")
	invitation := notices[len(notices)-1]
	f.must(decide("alice", group.Decision{Joiner: invitation.Operator, Authentication: invitation.Authentication, Agree: true}))
	equal(f, "news of an invitation", f.news(), []string{
		"joined erin, invited true", "tip 1 by alice erin, 5 members, invited", "notice 7 to erin by bob, kept",
	})
	lines, _ = f.asked("adam", group.ApplicationsRequest{})
	equal(f, "what waits in the end", lines, []string{})
}

// TestApplicationAgain: who applies again is decided on once, and who gets in
// otherwise waits no more.
func TestApplicationAgain(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.apply("g", "bob", "bob", "carol")
	lines, _ := f.asked("alice", group.ApplicationsRequest{})
	equal(f, "what waits", lines, []string{"g: bob for bob", "g: carol for carol"})
	first := f.kept("alice")[1] // behind that of the group's creation
	f.refused("the first one", f.groups.Decide(f.Context(), f.client("alice"), group.Decision{
		GroupID: "g", Joiner: "bob", Authentication: first.Authentication, Agree: true,
	}), chat.ErrAlreadyHandled)
	_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
	f.must(err)
	equal(f, "waits", f.waits("g", chat.ApplicationJoin, "bob"), false)
	f.clock.Advance(chat.ApplicationLifetime)
	equal(f, "waits for ever", f.waits("g", chat.ApplicationJoin, "carol"), false)
	f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{MaxMemberNum: new(2)}))
	f.clock.Advance(-time.Hour)
	f.refused("full meanwhile", f.groups.Decide(f.Context(), f.client("alice"), group.Decision{GroupID: "g", Joiner: "carol", Agree: true}), chat.ErrGroupFull)
	equal(f, "waits still", f.waits("g", chat.ApplicationJoin, "carol"), true)
}

// TestApplicationPages: communities are listed apart, and page by page.
func TestApplicationPages(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TGS#_c", chat.Community)
	f.options("@TGS#_c", "NeedPermission", "")
	f.create("g", chat.Public)
	f.create("h", chat.Public)
	f.apply("@TGS#_c", "bob")
	f.apply("g", "bob", "carol")
	f.apply("h", "bob")
	lines, next := f.asked("alice", group.ApplicationsRequest{Limit: 2})
	equal(f, "first page", lines, []string{"g: bob for bob", "g: carol for carol"})
	lines, next = f.asked("alice", group.ApplicationsRequest{Limit: 2, After: next})
	equal(f, "second page", lines, []string{"h: bob for bob"})
	equal(f, "next", next, 0)
	lines, _ = f.asked("alice", group.ApplicationsRequest{Communities: true})
	equal(f, "communities", lines, []string{"@TGS#_c: bob for bob"})
	lines, _ = f.asked("bob", group.ApplicationsRequest{})
	equal(f, "of one who decides on nothing", lines, []string{})
}

package sns_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/store"
)

// asked is a fixture in which alice has asked bob to be friends.
func asked(t *testing.T) *fixture {
	t.Helper()
	f := start(t)
	f.set("bob", chat.TagAllowType, chat.NeedConfirm)
	friends := wants("bob")
	friends[0].Remark, friends[0].Group, friends[0].AddWording = "Bobby", "Work", "please"
	o, err := f.sns.AddFriends(t.Context(), f.client("alice"), "alice", friends, true)
	f.must(err)
	equal(f, "what alice is told", codes(o), map[string]int{"bob": 30539})
	f.hooks.Take()
	return f
}

func (f *fixture) answer(owner string, responses ...event.FriendResponse) map[string]int {
	f.Helper()
	o, err := f.sns.AnswerRequests(f.Context(), f.client(owner), owner, responses)
	f.must(err)
	return codes(o)
}

func TestAnswerRequests(t *testing.T) {
	t.Parallel()
	bob := chat.Friend{UserID: "bob", Remark: "Bobby", AddSource: "AddSource_Type_Web", AddWording: "please", Groups: []string{"Work"}}
	alice := chat.Friend{UserID: "alice", Remark: "Al", AddSource: "AddSource_Type_Web", AddWording: "please", Groups: []string{"Club"}}
	ended := event.PendencyEnded{Asker: "alice", Asked: "bob"}
	for action, want := range map[event.FriendAction]struct {
		alices, bobs []chat.Friend
		heard        []event.Event
	}{
		event.Reject: {[]chat.Friend{}, []chat.Friend{}, []event.Event{ended}},
		event.Agree: {[]chat.Friend{bob}, []chat.Friend{}, []event.Event{
			event.FriendsAdded{Initiator: "alice", Response: true, Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}}}, ended,
		}},
		event.AgreeAndAdd: {[]chat.Friend{bob}, []chat.Friend{alice}, []event.Event{
			event.FriendsAdded{Initiator: "alice", Response: true, Pairs: []event.FriendPair{{Owner: "alice", Friend: "bob"}, {Owner: "bob", Friend: "alice"}}}, ended,
		}},
	} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			f := asked(t)
			responses := []event.FriendResponse{{UserID: "alice", Remark: "Al", Group: "Club", Action: action}}
			equal(f, "who is refused", f.answer("bob", responses...), map[string]int{})
			equal(f, "alice's list", f.friends("alice"), want.alices)
			equal(f, "bob's list", f.friends("bob"), want.bobs)
			heard, questions := f.hooks.Take()
			equal(f, "what was heard", heard, want.heard)
			equal(f, "what the app was asked", questions, []event.Event{event.BeforeFriendResponse{Responses: responses}})
			equal(f, "what waits", f.pendencies("alice"), []string{})
			equal(f, "a second answer", f.answer("bob", responses...), map[string]int{"alice": 30614})
		})
	}
}

func TestRefusedAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before   func(*fixture)
		response event.FriendResponse
		want     int
	}{
		"no such action":            {response: event.FriendResponse{UserID: "alice", Action: "Yes"}, want: 30001},
		"nobody asked":              {response: event.FriendResponse{UserID: "carol", Action: event.Agree}, want: 30614},
		"a remark that is too long": {response: event.FriendResponse{UserID: "alice", Action: event.Agree, Remark: string(make([]byte, 97))}, want: 30001},
		"the app refuses": {
			before:   func(f *fixture) { f.hooks.Answer(event.Answer{Refusals: sns.Outcome{"alice": {Code: 38002}}}) },
			response: event.FriendResponse{UserID: "alice", Action: event.Agree}, want: 38002,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := asked(t)
			if test.before != nil {
				test.before(f)
			}
			equal(f, "who is refused", f.answer("bob", test.response), map[string]int{test.response.UserID: test.want})
			equal(f, "what waits", f.pendencies("bob"), []string{"alice asks bob"})
		})
	}
}

func TestRequestsWait(t *testing.T) {
	t.Parallel()
	f := asked(t)
	f.clock.Advance(time.Minute)
	equal(f, "asked by carol", f.add("carol", "bob"), map[string]int{"bob": 30539})
	f.clock.Advance(time.Minute)
	equal(f, "asked again", f.add("alice", "bob"), map[string]int{"bob": 30539})
	equal(f, "what bob sees", f.pendencies("bob"), []string{"alice asks bob", "carol asks bob"})
	equal(f, "what carol sees", f.pendencies("carol"), []string{"carol asks bob"})

	unread := func() int {
		l, err := f.sns.ListPendencies(t.Context(), f.client("bob"), "bob", store.PendencyPage{Received: true})
		f.must(err)
		return l.Unread
	}
	equal(f, "unread", unread(), 2)
	f.must(f.sns.ReadPendencies(t.Context(), f.client("bob"), "bob", f.clock.Now().Add(-time.Second)))
	equal(f, "unread when one was read", unread(), 1)

	o, err := f.sns.DeletePendencies(t.Context(), f.client("bob"), "bob", []string{"alice", "dave"}, true)
	f.must(err)
	equal(f, "dropped", codes(o), map[string]int{"dave": 30614})
	o, err = f.sns.DeletePendencies(t.Context(), f.client("carol"), "carol", []string{"bob"}, false)
	f.must(err)
	equal(f, "withdrawn", codes(o), map[string]int{})
	equal(f, "what bob sees now", f.pendencies("bob"), []string{})
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	f := asked(t)
	ids := names(chat.MaxPendencies)
	f.imports(ids...)
	f.update(func(ctx context.Context, tx store.Tx) error {
		for _, id := range ids[1:] {
			for _, p := range []chat.Pendency{{Asker: id, Asked: "bob"}, {Asker: "carol", Asked: id}} {
				if err := tx.PutPendency(ctx, f.app.SDKAppID, &p); err != nil {
					return err
				}
			}
		}
		return nil
	})
	f.set("dave", chat.TagAllowType, chat.NeedConfirm)
	equal(f, "bob has too many", f.add("dave", "bob"), map[string]int{"bob": 30012})
	equal(f, "alice may ask again", f.add("alice", "bob"), map[string]int{"bob": 30539})
	equal(f, "carol's last one", f.add("carol", "dave"), map[string]int{"dave": 30539})
	f.set(ids[0], chat.TagAllowType, chat.NeedConfirm)
	equal(f, "carol has too many", f.add("carol", ids[0]), map[string]int{ids[0]: 30012})
}

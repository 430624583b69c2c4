package group_test

import (
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

const random = 4294967295

// TestRepeatedSend: whatever happens after a message was sent, repeating it tells
// what the first send told, and nothing else happens.
func TestRepeatedSend(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		group chat.GroupType
		then  func(f *fixture)
	}{
		{name: "at once", then: func(*fixture) {}},
		{name: "just within the window", then: func(f *fixture) { f.clock.Advance(chat.DuplicateWindow - time.Millisecond) }},
		{name: "its sender is muted", then: func(f *fixture) { f.mute("g", 60, "bob") }},
		{name: "the group is muted", then: func(f *fixture) {
			on := "On"
			f.must(f.groups.Update(f.Context(), f.rest(), "g", "", &group.Profile{MuteAll: &on}))
		}},
		{name: "its sender is removed", then: func(f *fixture) {
			f.must(f.groups.RemoveMembers(f.Context(), f.rest(), group.RemoveRequest{GroupID: "g", UserIDs: []string{"bob"}}))
		}},
		{name: "its sender's account is deleted", then: func(f *fixture) {
			_, err := f.accounts.Delete(f.Context(), f.rest(), []string{"bob"})
			f.must(err)
		}},
		{name: "its words are blocked", then: func(f *fixture) {
			f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"hello"} })
		}},
		{name: "over the frequency limit", then: func(f *fixture) {
			f.change(func(a *chat.App) { a.Settings.GroupRate = 1 })
			f.send(f.say("g", "other words"))
		}},
		{name: "of low priority over the limit of an AVChatRoom", group: chat.AVChatRoom, then: func(f *fixture) {
			f.change(func(a *chat.App) { a.Settings.GroupRate = 1 })
			f.send(f.say("g", "other words"))
		}},
		{name: "the app's backend would refuse", then: func(f *fixture) {
			f.hooks.answers(event.Answer{Refusal: chat.ErrRefusedByApp, ByApp: true})
		}},
		{name: "the app's backend would discard", then: func(f *fixture) { f.hooks.answers(event.Answer{Discard: true}) }},
		{name: "nobody asks the app's backend", then: func(f *fixture) {
			f.change(func(a *chat.App) { a.Webhook.On = nil })
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := start(t)
			if tt.group == "" {
				tt.group = chat.Public
			}
			f.create("g", tt.group)
			if tt.group != chat.AVChatRoom {
				_, err := f.groups.AddMembers(f.Context(), f.rest(), group.AddRequest{GroupID: "g", UserIDs: []string{"bob"}})
				f.must(err)
			}
			send := f.repeat("g", "hello", random)
			send.From, send.Priority = "bob", "Low"
			first := f.send(send)
			tt.then(f)
			f.hooks.take()
			recorded, said := f.recorded(), f.said("g")

			equal(f, "the repeated send", f.send(send), first)
			_, asked := f.hooks.take()
			equal(f, "questions", asked, 0)
			equal(f, "outbox", f.recorded(), recorded)
			equal(f, "messages", f.said("g"), said)
		})
	}
}

// TestAnotherSend: what differs in anything that counts is another message.
func TestAnotherSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.create("other", chat.Public, "bob")
	base := func() *group.SendRequest { return f.repeat("g", "hello", 0) }
	first := f.send(base())
	next := first.Seq
	for _, tt := range []struct {
		name  string
		other func(r *group.SendRequest)
		elsewhere,
		same bool
	}{
		{name: "the same", other: func(*group.SendRequest) {}, same: true},
		{name: "white space between tokens", other: func(r *group.SendRequest) {
			r.MsgBody = []byte(`[ {"MsgType": "TIMTextElem",  "MsgContent" :{"Text":"hello"}} ]`)
		}, same: true},
		{name: "named as sender", other: func(r *group.SendRequest) { r.From = admin }, same: true},
		{name: "another sender", other: func(r *group.SendRequest) { r.From = "bob" }},
		{name: "another nonce", other: func(r *group.SendRequest) { *r.Random = random }},
		{name: "another text", other: func(r *group.SendRequest) { r.MsgBody = body("hello.") }},
		{name: "custom data", other: func(r *group.SendRequest) { r.CloudCustomData = "x" }},
		{name: "another group", other: func(r *group.SendRequest) { r.GroupID = "other" }, elsewhere: true},
	} {
		r := base()
		tt.other(r)
		got := f.send(r)
		switch {
		case tt.same:
			equal(f, tt.name, got, first)
		case tt.elsewhere:
			equal(f, tt.name, got.Seq, 1)
		default:
			next++
			equal(f, tt.name, got.Seq, next)
		}
	}
	f.clock.Advance(chat.DuplicateWindow)
	equal(f, "after the window", f.send(base()).Seq, next+1)
}

// TestRepeatedRewrittenSend: a message is recognised by what its sender gave,
// whatever the app's backend made of it.
func TestRepeatedRewrittenSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	rewritten, why := chat.ParseBody(body("***"))
	if why != "" {
		t.Fatal(why)
	}
	f.hooks.answers(event.Answer{Body: &rewritten, CloudCustomData: new("changed")})
	first := f.send(f.repeat("g", "damn", random))
	equal(f, "stored", f.said("g"), []string{admin + ": ***"})
	f.hooks.answers(event.Answer{})
	f.hooks.take()

	equal(f, "repeated", f.send(f.repeat("g", "damn", random)), first)
	heard, asked := f.hooks.take()
	equal(f, "events and questions", len(heard)+asked, 0)
	equal(f, "what the backend made of it is another message", f.send(f.repeat("g", "***", random)).Seq, 2)
}

// TestRepeatedSendIntoNewGroup: a group that is made anew knows nothing of what
// was said in the old one, and recognises what is said in it.
func TestRepeatedSendIntoNewGroup(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	f.send(f.say("g", "to be remembered"))
	f.send(f.repeat("g", "hello", random))
	f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
	f.refused("repeated into no group", f.trySend(f.repeat("g", "hello", random)), chat.ErrGroupNotFound)

	f.create("g", chat.Public)
	f.send(f.say("g", "to be remembered again"))
	f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
	f.create("g", chat.Public) // while the sender's old place is remembered
	first := f.send(f.repeat("g", "hello", random))
	equal(f, "number in the new group", first.Seq, 1)
	equal(f, "repeated in the new group", f.send(f.repeat("g", "hello", random)), first)
	equal(f, "messages", f.said("g"), []string{admin + ": hello"})
}

// TestDiscardedSend: the sender of a message that the app's backend discards gets
// what he would get for any other, and nobody else notices.
func TestDiscardedSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob")
	f.send(f.say("g", "before"))
	f.hooks.answers(event.Answer{Discard: true})
	f.hooks.take()
	recorded := f.recorded()
	f.clock.Advance(time.Second)
	r := f.repeat("g", "spam", random)
	r.From = "bob"
	first := f.send(r)
	if first.Seq < 1 || !first.Time.Equal(f.clock.Now()) || first.DropReason != "" {
		t.Errorf("the sender is told %+v", first)
	}
	heard, asked := f.hooks.take()
	equal(f, "events", len(heard), 0)
	equal(f, "questions", asked, 1)
	f.clock.Advance(time.Second)
	equal(f, "repeated", f.send(r), first)
	_, asked = f.hooks.take()
	equal(f, "questions about the repeated one", asked, 0)
	if other := f.send(f.say("g", "more spam")); other.Seq == first.Seq {
		t.Errorf("two discarded messages have the number %d", other.Seq)
	}

	f.hooks.answers(event.Answer{})
	equal(f, "outbox", f.recorded(), recorded)
	equal(f, "number of the next message", f.send(f.say("g", "after")).Seq, 2)
	equal(f, "messages", f.said("g"), []string{admin + ": before", admin + ": after"})
	equal(f, "the sender's last time of sending", f.member("g", "bob").LastSendTime, time.Time{})
}

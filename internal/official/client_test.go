package official_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// told collects what those who are connected hear.
type told struct {
	mu     sync.Mutex // guards events
	events []event.Event
}

func (f *fixture) listen() *told {
	heard := new(told)
	f.store.OnAnnounce(func(batch []event.Event) {
		heard.mu.Lock()
		defer heard.mu.Unlock()
		heard.events = append(heard.events, batch...)
	})
	return heard
}

// take returns what was announced since the last time, and the types of it.
func (h *told) take() (events []event.Event, names []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events, h.events = slices.Clone(h.events), nil
	for _, e := range events {
		names = append(names, fmt.Sprintf("%T", e)[len("event."):])
	}
	return events, names
}

func (f *fixture) owner() chat.Caller {
	return chat.Caller{App: f.app, UserID: "alice", Platform: chat.PlatformWeb, ClientIP: "192.0.2.7", Instance: 5}
}

func TestOwnerBroadcasts(t *testing.T) {
	t.Parallel()
	f := start(t)
	heard := f.listen()
	f.create("@TOA#_news")
	owns := func(c chat.Caller, id string) bool {
		owns, err := f.officials.Owns(t.Context(), c, id)
		f.must(err)
		return owns
	}
	bob := f.owner()
	bob.UserID = "bob"
	equal(f, "who owns it", []bool{owns(f.owner(), "@TOA#_news"), owns(bob, "@TOA#_news"), owns(f.owner(), "@TOA#_none")}, []bool{true, false, false})

	r := f.say("@TOA#_news", "hello")
	r.ClientSeq, r.ClientTime = 2126350001, 1727580296
	sent, err := f.officials.Send(t.Context(), f.owner(), r)
	f.must(err)
	events, names := heard.take()
	equal(f, "told", names, []string{"OfficialMessageSent"})
	e := events[0].(event.OfficialMessageSent)
	key := chat.PairKeyOf(e.Message)
	equal(f, "as the client names it", key, chat.PairKey{MsgSeq: 2126350001, Random: *r.Random, Time: sent.Time.Unix()})
	recorded, _ := f.hooks.Take()
	equal(f, "whose client it was", recorded[0].Origin().ClientIP, "192.0.2.7")

	f.refused("recalled by somebody else", f.officials.RecallOwn(t.Context(), bob, "@TOA#_news", key), chat.ErrNotSender)
	f.refused("an unknown key", f.officials.RecallOwn(t.Context(), f.owner(), "@TOA#_news", chat.PairKey{MsgSeq: 1}), chat.ErrPairMessageUnknown)
	f.refused("an unknown account", f.officials.RecallOwn(t.Context(), f.owner(), "@TOA#_none", key), chat.ErrOfficialNotFound)
	f.must(f.officials.RecallOwn(t.Context(), f.owner(), "@TOA#_news", key))
	events, _ = heard.take()
	recalled := events[0].(event.OfficialMessagesRecalled)
	equal(f, "what was recalled", []any{recalled.MsgKeys, chat.PairKeyOf(&recalled.Messages[0])}, []any{[]string{sent.MsgKey}, key})
	f.refused("recalled twice", f.officials.RecallOwn(t.Context(), f.owner(), "@TOA#_news", key), chat.ErrAlreadyRecalled)

	r = f.say("@TOA#_news", "too old")
	r.ClientSeq = 7
	old, err := f.officials.Send(t.Context(), f.owner(), r)
	f.must(err)
	f.clock.Advance(chat.PairRecallWindow + time.Second)
	f.refused("recalled too late", f.officials.RecallOwn(t.Context(), f.owner(), "@TOA#_news",
		chat.PairKey{MsgSeq: 7, Random: *r.Random, Time: old.Time.Unix()}), chat.ErrRecallTooLate)
}

func TestSubscribersAreAnnounced(t *testing.T) {
	t.Parallel()
	f := start(t)
	heard := f.listen()
	f.create("@TOA#_news")
	_, err := f.officials.Subscribe(t.Context(), f.rest(), "@TOA#_news", []string{"bob", "carol", "nobody"})
	f.must(err)
	events, _ := heard.take()
	equal(f, "new subscribers", len(events[0].(event.OfficialSubscribed).Subscribers), 2)
	_, err = f.officials.Subscribe(t.Context(), f.rest(), "@TOA#_news", []string{"bob"})
	f.must(err)
	_, names := heard.take()
	equal(f, "no news", names, nil)
	_, err = f.officials.Unsubscribe(t.Context(), f.rest(), "@TOA#_news", []string{"bob", "nobody"})
	f.must(err)
	events, _ = heard.take()
	equal(f, "who left", events[0].(event.OfficialUnsubscribed).UserIDs, []string{"bob"})

	r := f.say("@TOA#_news", "discarded")
	f.hooks.Answer(event.Answer{Discard: true})
	f.send(r)
	f.hooks.Answer(event.Answer{})
	online := f.say("@TOA#_news", "online")
	online.OnlineOnly = true
	f.send(online)
	events, names = heard.take()
	equal(f, "told of what is not stored", names, []string{"OfficialMessageSent"})
	equal(f, "that it is online-only", events[0].(event.OfficialMessageSent).Message.OnlineOnly, true)
	f.must(f.officials.Destroy(t.Context(), f.rest(), "@TOA#_news"))
	_, names = heard.take()
	equal(f, "the end", names, []string{"OfficialDestroyed"})
}

func TestSubscribersSeeWhatComes(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_news")
	f.send(f.say("@TOA#_news", "before"))
	_, err := f.officials.Subscribe(t.Context(), f.rest(), "@TOA#_news", []string{"bob"})
	f.must(err)
	f.must(f.store.View(t.Context(), func(tx store.Tx) error {
		c, err := tx.Contact(t.Context(), f.app.SDKAppID, "bob", chat.OfficialConversation("@TOA#_news"))
		if err == nil {
			equal(f, "what is hidden and read", []int64{c.ClearedSeq, c.ReadSeq}, []int64{1, 1})
		}
		return err
	}))
}

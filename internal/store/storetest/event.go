package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

func events(f *fixture) {
	row := outgoing("g", `{"a":"<ü>"}`)
	foreign := event.Outgoing{SDKAppID: otherApp, Command: "C2C.CallbackAfterSendMsg", Conversation: "none:", Platform: chat.PlatformWeb, Body: []byte("x")}
	heard := f.add(row, foreign)
	if len(heard) != 2 {
		f.Fatalf("heard of %d events, want 2", len(heard))
	}
	want := store.Event{Outgoing: row, ID: heard[0].ID, Time: f.clock.Now(), State: store.Pending}
	equal(f, "what is heard of", heard, []store.Event{want, {Outgoing: foreign, ID: heard[1].ID, Time: f.clock.Now(), State: store.Pending}})
	equal(f, "what is stored", f.event(want.ID), want)
	equal(f, "its attempts", f.attempts(want.ID), []store.Attempt{})
	for _, id := range []int64{heard[1].ID, heard[1].ID + 1, 0, -1} {
		_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*store.Event, error) { return tx.Event(ctx, app, id) })
		f.fails("an event that the app does not have", err, store.ErrNotFound)
	}
	equal(f, "no events", f.add(), []store.Event{})

	var rows []event.Outgoing
	for i := range many {
		rows = append(rows, outgoing("g", fmt.Sprint(i)))
	}
	all := f.add(rows...)
	for i, e := range all {
		equal(f, "events in their order", string(e.Body), fmt.Sprint(i))
		if i > 0 && e.ID <= all[i-1].ID {
			f.Errorf("event %d does not come after event %d", e.ID, all[i-1].ID)
		}
	}
	f.reopen()
	later := f.add(row)
	if later[0].ID <= all[many-1].ID {
		f.Errorf("the first event after a restart is %d, behind %d", later[0].ID, all[many-1].ID)
	}
	equal(f, "the log after a restart", f.log(app), slices.Concat([]store.Event{want}, all, later))
}

// outcomeOf is an attempt that leaves an event in a state.
func (f *fixture) outcomeOf(e store.Event, state store.EventState) store.Settlement {
	s := store.Settlement{
		EventID: e.ID, State: state, FirstAttempt: e.FirstAttempt,
		Attempt: store.Attempt{Number: e.Attempts + 1, Time: f.clock.Now(), Duration: 1234 * time.Microsecond, Status: 200, Reply: "OK"},
	}
	if s.FirstAttempt.IsZero() {
		s.FirstAttempt = f.clock.Now()
	}
	if state != store.Delivered {
		s.Attempt.Status, s.Attempt.Reason, s.Attempt.Reply = 503, "the receiver answered 503", "<html>"
	}
	if state == store.Pending || state == store.Parked {
		s.NextAttempt = f.clock.Now().Add(time.Minute)
	}
	return s
}

// after is the event as an outcome leaves it.
func after(e store.Event, s store.Settlement) store.Event {
	e.State, e.Attempts, e.Reason = s.State, s.Attempt.Number, s.Attempt.Reason
	e.FirstAttempt, e.NextAttempt = s.FirstAttempt, s.NextAttempt
	return e
}

// mixed is a log with events of both apps, several commands and conversations,
// all states, and one second between them.
func (f *fixture) mixed() []store.Event {
	var own []store.Event
	for i := range 40 {
		row := outgoing(fmt.Sprint("g", i%3), fmt.Sprint(i))
		if i%5 == 0 {
			row.Command = "Group.CallbackSendMsgException"
		}
		if i%7 == 0 {
			row.SDKAppID = otherApp
		}
		e := f.add(row)[0]
		if state := store.EventState(i % 6); state <= store.Dead { // the rest is never tried
			o := f.outcomeOf(e, state)
			f.settle(o)
			e = after(e, o)
		}
		if row.SDKAppID == app {
			own = append(own, e)
		}
		f.clock.advance(time.Second)
	}
	slices.Reverse(own)
	return own
}

func eventSearch(f *fixture) {
	noon := f.clock.Now()
	all := f.mixed()
	for _, c := range []struct {
		name  string
		query store.EventQuery
		want  func(e store.Event) bool
	}{
		{"all", store.EventQuery{}, func(store.Event) bool { return true }},
		{"command", store.EventQuery{Command: "Group.CallbackSendMsgException"}, func(e store.Event) bool {
			return e.Command == "Group.CallbackSendMsgException"
		}},
		{"conversation", store.EventQuery{Conversation: "group:g1"}, func(e store.Event) bool { return e.Conversation == "group:g1" }},
		{"one state", store.EventQuery{States: []store.EventState{store.Dead}}, func(e store.Event) bool { return e.State == store.Dead }},
		{"several states", store.EventQuery{States: []store.EventState{store.Pending, store.Parked, store.Failed}}, func(e store.Event) bool {
			return e.State == store.Pending || e.State == store.Parked || e.State == store.Failed
		}},
		{"all states", store.EventQuery{States: []store.EventState{store.Pending, store.Parked, store.Delivered, store.Failed, store.Dead}}, func(store.Event) bool { return true }},
		{"retrying", store.EventQuery{Retrying: true}, func(e store.Event) bool { return e.State == store.Pending && e.Attempts > 0 }},
		{"since", store.EventQuery{Since: noon.Add(20 * time.Second)}, func(e store.Event) bool { return !e.Time.Before(noon.Add(20 * time.Second)) }},
		{"until", store.EventQuery{Until: noon.Add(20 * time.Second)}, func(e store.Event) bool { return e.Time.Before(noon.Add(20 * time.Second)) }},
		{"before one", store.EventQuery{Before: all[10].ID}, func(e store.Event) bool { return e.ID < all[10].ID }},
		{"everything at once", store.EventQuery{
			Command: "Group.CallbackAfterSendMsg", Conversation: "group:g2", States: []store.EventState{store.Pending, store.Delivered},
			Since: noon.Add(5 * time.Second), Until: noon.Add(30 * time.Second),
		}, func(e store.Event) bool {
			return e.Command == "Group.CallbackAfterSendMsg" && e.Conversation == "group:g2" && (e.State == store.Pending || e.State == store.Delivered) &&
				!e.Time.Before(noon.Add(5*time.Second)) && e.Time.Before(noon.Add(30*time.Second))
		}},
		{"nothing", store.EventQuery{Conversation: "group:none"}, func(store.Event) bool { return false }},
		{"empty span of time", store.EventQuery{Since: noon.Add(9 * time.Second), Until: noon.Add(9 * time.Second)}, func(store.Event) bool { return false }},
	} {
		want := []store.Event{}
		for _, e := range all {
			if c.want(e) {
				want = append(want, e)
			}
		}
		for _, limit := range []int{1, 4, len(want), 1000} {
			c.query.App, c.query.Limit = app, max(limit, 1)
			equal(f, fmt.Sprintf("%s, %d a page", c.name, limit), f.search(c.query), want)
		}
	}
}

// fill adds n events that nobody looks for.
func (f *fixture) fill(n int) {
	f.Helper()
	rows := make([]event.Outgoing, n)
	for i := range rows {
		rows[i] = event.Outgoing{SDKAppID: app, Command: "c", Conversation: "group:noise", Body: []byte("-")}
	}
	f.update(func(ctx context.Context, tx store.Tx) error { return tx.AddEvents(ctx, rows) })
}

// longLog looks for what stands behind more events than one call looks at. Before
// most of them the clock was set back, so they have earlier times than the few
// behind them.
func longLog(f *fixture) {
	noon := f.clock.Now()
	var want []store.Event
	for n := range 3 {
		want = append(want, f.add(outgoing("g", fmt.Sprint(n)))...)
		f.clock.advance(24 * time.Hour)
	}
	f.clock.advance(-24*time.Hour - 10*time.Minute)
	f.fill(20_500)
	slices.Reverse(want)
	search := func(q store.EventQuery) []store.Event {
		q.App, q.Limit = app, 2
		return f.search(q)
	}
	equal(f, "all", search(store.EventQuery{Conversation: "group:g"}), want)
	equal(f, "those since the last one", search(store.EventQuery{Conversation: "group:g", Since: want[0].Time}), want[:1])
	equal(f, "those of the first day", search(store.EventQuery{Conversation: "group:g", Until: noon.Add(time.Hour)}), want[2:])
	equal(f, "what is not there", search(store.EventQuery{Conversation: "group:none", Since: noon.Add(96 * time.Hour)}), []store.Event{})
	equal(f, "conversations with pending events", f.pendingConversations("", 10), []string{"group:g", "group:noise"})

	f.clock.advance(24 * time.Hour)
	newest := f.add(outgoing("g", "newest"))[0]
	for _, e := range append(want, newest) {
		f.settle(f.outcomeOf(e, store.Dead))
	}
	dead := store.Replay{App: app, States: []store.EventState{store.Dead}, Since: newest.Time, Limit: 10}
	equal(f, "replayed since the newest", ids(f.replay(dead)), []int64{newest.ID})
	dead.Since = want[1].Time
	equal(f, "replayed since the second", ids(f.replay(dead)), []int64{want[1].ID, want[0].ID})
}

func (f *fixture) pendingApps(after chat.SDKAppID, limit int) []chat.SDKAppID {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]chat.SDKAppID, error) {
		return tx.PendingApps(ctx, after, limit)
	})
}

func (f *fixture) pendingConversations(after string, limit int) []string {
	f.Helper()
	return get(f, func(ctx context.Context, tx store.Tx) ([]string, error) {
		return tx.PendingConversations(ctx, app, after, limit)
	})
}

func (f *fixture) pending(conversation string, limit int) []string {
	f.Helper()
	return bodies(get(f, func(ctx context.Context, tx store.Tx) ([]store.Event, error) {
		return tx.PendingEvents(ctx, app, conversation, limit)
	}))
}

func pendingEvents(f *fixture) {
	equal(f, "conversations of an empty outbox", f.pendingConversations("", 10), []string{})
	equal(f, "apps with an empty outbox", f.pendingApps(0, 10), []chat.SDKAppID{})
	foreign := outgoing("0", "foreign")
	foreign.SDKAppID = otherApp
	f.add(outgoing("b", "b1"), outgoing("a", "a1"), foreign, outgoing("c", "c1"), outgoing("b", "b2"), outgoing("d", "d1"), outgoing("a", "a2"))
	f.add(outgoing("b", "b3"), outgoing("c", "c2"), outgoing("e", "e1"), outgoing("b", "b4"))
	for _, e := range f.log(app) {
		switch string(e.Body) {
		case "d1":
			f.settle(f.outcomeOf(e, store.Delivered))
		case "e1":
			f.settle(f.outcomeOf(e, store.Parked))
		case "c1":
			f.settle(f.outcomeOf(e, store.Dead))
		case "b2":
			f.settle(f.outcomeOf(e, store.Pending)) // retried, so it goes on waiting in its place
		}
	}
	f.reopen()
	equal(f, "conversations", f.pendingConversations("", 10), []string{"group:a", "group:b", "group:c"})
	var stepped []string
	for after := ""; ; {
		page := f.pendingConversations(after, 2)
		stepped = append(stepped, page...)
		if len(page) < 2 {
			break
		}
		after = page[1]
	}
	equal(f, "conversations, two a step", stepped, []string{"group:a", "group:b", "group:c"})
	equal(f, "conversations behind one that is not there", f.pendingConversations("group:aa", 10), []string{"group:b", "group:c"})
	equal(f, "no conversations", f.pendingConversations("", 0), []string{})
	equal(f, "apps", f.pendingApps(0, 10), []chat.SDKAppID{min(app, otherApp), max(app, otherApp)})
	equal(f, "the first app", f.pendingApps(0, 1), []chat.SDKAppID{min(app, otherApp)})
	equal(f, "apps behind the first", f.pendingApps(min(app, otherApp), 10), []chat.SDKAppID{max(app, otherApp)})

	equal(f, "events of b", f.pending("group:b", 10), []string{"b1", "b2", "b3", "b4"})
	equal(f, "the first two", f.pending("group:b", 2), []string{"b1", "b2"})
	equal(f, "events of c", f.pending("group:c", 10), []string{"c2"})
	equal(f, "events of e", f.pending("group:e", 10), []string{})
	equal(f, "events of the other app", f.pending("group:0", 10), []string{})
}

func settledEvents(f *fixture) {
	var rows []event.Outgoing
	for i := range many {
		rows = append(rows, outgoing("g", fmt.Sprint(i)))
	}
	all := f.add(rows...)
	var outcomes []store.Settlement
	want := slices.Clone(all)
	for i, e := range all {
		o := f.outcomeOf(e, store.EventState(i%5))
		outcomes = append(outcomes, o)
		want[i] = after(e, o)
	}
	f.settle(outcomes...)
	f.settle()
	equal(f, "events after one attempt", f.log(app), want)
	equal(f, "its attempts", f.attempts(all[1].ID), []store.Attempt{outcomes[1].Attempt})

	first := outcomes[0].Attempt
	f.clock.advance(time.Minute)
	second := f.outcomeOf(want[0], store.Pending)
	f.settle(second)
	f.clock.advance(time.Minute)
	third := f.outcomeOf(after(want[0], second), store.Delivered)
	f.settle(third)
	f.reopen()
	equal(f, "an event after three attempts", f.event(all[0].ID), after(want[0], third))
	equal(f, "when it was tried first", f.event(all[0].ID).FirstAttempt, first.Time)
	equal(f, "its attempts", f.attempts(all[0].ID), []store.Attempt{first, second.Attempt, third.Attempt})
}

// settledTwice: an outcome may be stored again by somebody who could not know
// that it was.
func settledTwice(f *fixture) {
	e := f.add(outgoing("g", "hello"))[0]
	first := f.outcomeOf(e, store.Pending)
	f.settle(first)
	second := f.outcomeOf(after(e, first), store.Dead)
	f.settle(second)
	want := after(e, second)
	for _, o := range []store.Settlement{second, first} {
		f.settle(o)
		equal(f, "an outcome that is stored again", f.event(e.ID), want)
		equal(f, "attempts then", f.attempts(e.ID), []store.Attempt{first.Attempt, second.Attempt})
	}
	set(f, func(ctx context.Context, tx store.Tx) ([]store.Event, error) {
		return tx.Replay(ctx, store.Replay{App: app, ID: e.ID, Limit: 1})
	})
	f.settle(first)
	equal(f, "an outcome from long before the replay", f.event(e.ID).State, store.Pending)

	f.clock.advance(time.Hour)
	e = f.event(e.ID)
	third := f.outcomeOf(e, store.Pending)
	fourth := f.outcomeOf(after(e, third), store.Delivered)
	f.settle(fourth, third, fourth)
	equal(f, "two outcomes at once", f.event(e.ID), after(after(e, third), fourth))
	equal(f, "attempts then", f.attempts(e.ID), []store.Attempt{first.Attempt, second.Attempt, third.Attempt, fourth.Attempt})

	// The sender may give up without another call.
	e = f.add(outgoing("g", "never tried"))[0]
	given := store.Settlement{EventID: e.ID, State: store.Dead, Attempt: store.Attempt{Time: f.clock.Now(), Reason: "given up"}}
	f.settle(given)
	equal(f, "an event that is given up untried", f.event(e.ID), after(e, given))
	equal(f, "its attempts", f.attempts(e.ID), []store.Attempt{})
	e = f.add(outgoing("g", "tried once"))[0]
	first = f.outcomeOf(e, store.Pending)
	given = f.outcomeOf(e, store.Dead)
	given.Attempt.Reason = "given up"
	f.settle(first, given)
	equal(f, "an event that is given up after one attempt", f.event(e.ID), after(e, given))
	equal(f, "its attempts", f.attempts(e.ID), []store.Attempt{first.Attempt})

	gone := third
	gone.EventID += 1000
	f.settle(gone)
	equal(f, "attempts of an event that does not exist", f.attempts(gone.EventID), []store.Attempt{})
}

func parkedEvents(f *fixture) {
	foreign := outgoing("g", "foreign")
	foreign.SDKAppID = otherApp
	all := f.add(outgoing("g", "a"), outgoing("g", "b"), outgoing("h", "c"), foreign, outgoing("g", "pending"), outgoing("g", "dead"))
	due := map[string]time.Duration{"a": 3 * time.Minute, "b": time.Minute, "c": 2 * time.Minute, "foreign": 90 * time.Second}
	for _, e := range all {
		o := f.outcomeOf(e, store.Parked)
		o.NextAttempt = f.clock.Now().Add(due[string(e.Body)])
		switch string(e.Body) {
		case "pending":
			o.State = store.Pending
		case "dead":
			o.State = store.Dead
		}
		f.settle(o)
	}
	parked := func(pause time.Duration, limit int) []string {
		return bodies(get(f, func(ctx context.Context, tx store.Tx) ([]store.Event, error) {
			return tx.ParkedEvents(ctx, f.clock.Now().Add(pause), limit)
		}))
	}
	equal(f, "before the first is due", parked(time.Minute-time.Millisecond, 10), []string{})
	equal(f, "when the first is due", parked(time.Minute, 10), []string{"b"})
	equal(f, "when all are due", parked(time.Hour, 10), []string{"b", "foreign", "c", "a"})
	equal(f, "the two longest due", parked(time.Hour, 2), []string{"b", "foreign"})
	f.settle(f.outcomeOf(f.event(all[1].ID), store.Delivered))
	equal(f, "when one is delivered", parked(time.Hour, 10), []string{"foreign", "c", "a"})
}

func countedEvents(f *fixture) {
	counts := func(app chat.SDKAppID, most int) map[store.EventState]int {
		return get(f, func(ctx context.Context, tx store.Tx) (map[store.EventState]int, error) {
			return tx.CountEvents(ctx, app, most)
		})
	}
	none := map[store.EventState]int{store.Pending: 0, store.Parked: 0, store.Dead: 0}
	equal(f, "an empty outbox", counts(app, 100), none)
	f.mixed()
	want := map[store.EventState]int{}
	for _, e := range f.log(app) {
		switch e.State {
		case store.Pending, store.Parked, store.Dead:
			want[e.State]++
		case store.Delivered, store.Failed:
		}
	}
	equal(f, "counts", counts(app, 100), want)
	equal(f, "capped counts", counts(app, 3), map[store.EventState]int{store.Pending: 3, store.Parked: 3, store.Dead: 3})
	equal(f, "counts of no app", counts(app+5, 100), none)
}

func (f *fixture) replay(r store.Replay) []store.Event {
	f.Helper()
	return set(f, func(ctx context.Context, tx store.Tx) ([]store.Event, error) { return tx.Replay(ctx, r) })
}

func replayedEvents(f *fixture) {
	noon := f.clock.Now()
	all := f.mixed()
	slices.Reverse(all)
	replayed := func(e store.Event) store.Event {
		e.State, e.FirstAttempt, e.NextAttempt = store.Pending, time.Time{}, time.Time{}
		return e
	}
	// check replays and says which events of the log it wants to be pending then.
	check := func(name string, r store.Replay, want func(e store.Event) bool) {
		f.Helper()
		r.App = app
		chosen := []store.Event{}
		for i, e := range all {
			if e.State != store.Pending && want(e) {
				all[i] = replayed(e)
				chosen = append(chosen, all[i])
			}
		}
		if len(chosen) == 0 && name != "once more" {
			f.Errorf("%s: the test replays nothing", name)
		}
		equal(f, name, f.replay(r), chosen)
		equal(f, name+": the log", f.log(app), all)
	}
	is := func(states ...store.EventState) func(store.Event) bool {
		return func(e store.Event) bool { return slices.Contains(states, e.State) }
	}
	var one store.Event
	for _, e := range all {
		if e.State == store.Delivered {
			one = e
		}
	}
	check("one", store.Replay{ID: one.ID, Limit: 10}, func(e store.Event) bool { return e.ID == one.ID })
	check("once more", store.Replay{ID: one.ID, Limit: 10}, func(store.Event) bool { return false })
	half := noon.Add(20 * time.Second)
	check("dead ones since", store.Replay{States: []store.EventState{store.Dead}, Since: half, Limit: 100}, func(e store.Event) bool {
		return e.State == store.Dead && !e.Time.Before(half)
	})
	early := noon.Add(10 * time.Second)
	check("failed ones until", store.Replay{States: []store.EventState{store.Failed}, Until: early, Limit: 100}, func(e store.Event) bool {
		return e.State == store.Failed && e.Time.Before(early)
	})
	check("dead and failed ones", store.Replay{States: []store.EventState{store.Dead, store.Failed}, Limit: 100}, is(store.Dead, store.Failed))
	check("delivered ones", store.Replay{States: []store.EventState{store.Delivered}, Limit: 100}, is(store.Delivered))
	equal(f, "what is heard of a replay", len(f.heardOf()), 40)

	// Attempts are counted on, and the event waits in its old place.
	e := f.event(one.ID)
	o := f.outcomeOf(e, store.Delivered)
	equal(f, "number of the next attempt", o.Attempt.Number, 2)
	f.settle(o)
	equal(f, "an event that is delivered again", f.event(e.ID), after(e, o))
	equal(f, "its attempts", len(f.attempts(e.ID)), 2)

	foreign := f.log(otherApp)
	for _, e := range foreign {
		equal(f, "another app's event", f.replay(store.Replay{App: app, ID: e.ID, Limit: 1}), []store.Event{})
	}
	equal(f, "the other app's log", f.log(otherApp), foreign)
}

func replayPages(f *fixture) {
	var rows []event.Outgoing
	for i := range 25 {
		rows = append(rows, outgoing("g", fmt.Sprint(i)))
	}
	all := f.add(rows...)
	var want []int64
	for i, e := range all {
		state := store.Dead
		if i%4 == 0 {
			state = store.Delivered
		}
		f.settle(f.outcomeOf(e, state))
		if state == store.Dead {
			want = append(want, e.ID)
		}
	}
	var got []int64
	r := store.Replay{App: app, States: []store.EventState{store.Dead}, Limit: 4}
	for range len(all) {
		page := f.replay(r)
		if len(page) > r.Limit {
			f.Fatalf("a page has %d events, want at most %d", len(page), r.Limit)
		}
		if len(page) == 0 {
			break
		}
		got = append(got, ids(page)...)
		r.After = page[len(page)-1].ID
		f.settle(f.outcomeOf(page[0], store.Dead)) // fails again meanwhile
	}
	equal(f, "replayed, page by page", got, want)
}

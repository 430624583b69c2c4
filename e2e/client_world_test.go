package e2e_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/testkit"
)

// attend lets the clients of the world in. From then on they come back whenever they
// lose the server, until the test ends.
func (w *world) attend(t *testing.T, seed uint64) {
	t.Helper()
	for n := range worldClients {
		a := newActor(t, w.Installation, userID(n), newRand(seed, 1<<40+uint64(n)), func(o *testkit.ClientOptions) { o.Compress = n%2 == 0 })
		a.founder = true
		for g := range worldGroups {
			a.in[groupID(g)] = true
		}
		if err := a.login(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.clients = append(w.clients, a)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var keepers sync.WaitGroup
	for _, a := range w.clients {
		keepers.Go(func() { a.keep(ctx) })
	}
	w.dismiss = func() {
		cancel()
		keepers.Wait()
		for _, a := range w.clients {
			a.client.Close()
		}
	}
	t.Cleanup(w.dismiss)
}

// talk lets some clients say one thing after the other in groups until ctx ends and
// all of them have their answers.
func (w *world) talk(ctx context.Context, t *testing.T) {
	t.Helper()
	var callers sync.WaitGroup
	for _, a := range w.clients[:worldCallers] {
		callers.Go(func() {
			for kept(ctx, time.Duration(a.rng.IntN(20))*time.Millisecond) && !t.Failed() {
				m := a.think(groupID(a.rng.IntN(worldGroups)), strings.Repeat("y", a.rng.IntN(400)))
				answer, err := a.say(t.Context(), m)
				if err != nil {
					t.Errorf("%s says something: %v", a.user, err)
					return
				}
				if err := w.ledger.take(groupName(m.GroupID), sent{seq: answer.MsgSeq, time: answer.MsgTime, text: m.Text}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
}

// verifyClients holds that each client saw all messages of all groups once and in
// order, and lets them go.
func (w *world) verifyClients(t *testing.T) {
	t.Helper()
	var groups []*groupSaid
	for n := range worldGroups {
		id := groupID(n)
		var items []testkit.GroupItem
		stored := w.history(t, id)
		for i := range stored {
			m := &stored[len(stored)-1-i]
			body, err := json.Marshal(m.MsgBody)
			if err != nil {
				t.Fatal(err)
			}
			items = append(items, testkit.GroupItem{
				FromAccount: m.FromAccount, MsgSeq: m.MsgSeq, MsgRandom: int64(m.MsgRandom), MsgTimeStamp: m.MsgTimeStamp, MsgBody: body,
			})
		}
		groups = append(groups, newGroupSaid(id, items))
	}
	awaitNone(t, func() (faults []string) {
		for _, a := range w.clients {
			faults = append(faults, a.compare(groups)...)
		}
		return faults
	})
	var all figures
	for _, a := range w.clients {
		a.mu.Lock()
		all.add(a.figures)
		a.mu.Unlock()
	}
	t.Logf("%d clients came back %d times: %d messages pushed, %d read (%d times beyond what the SDK reads), %d copies",
		len(w.clients), all.reconnects, all.pushed, all.read, all.beyond, all.copies)
	w.dismiss()
}

// awaitNone waits until there are no faults, or else reports those that stay.
func awaitNone(t *testing.T, compare func() []string) {
	t.Helper()
	const most = 50
	for limit := time.Now().Add(testkit.Patience); ; time.Sleep(100 * time.Millisecond) {
		faults := compare()
		if len(faults) == 0 {
			return
		}
		if time.Now().Before(limit) {
			continue
		}
		for _, f := range faults[:min(most, len(faults))] {
			t.Error(f)
		}
		if len(faults) > most {
			t.Errorf("and %d more", len(faults)-most)
		}
		return
	}
}

package e2e_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/testkit"
)

// TestSoak has many clients talk in groups and with each other while they come and
// go as clients do: cut off with a message under way, back at once or later, logged
// out and in again, deaf for a while, in and out of groups. In the end each must
// have seen everything exactly once. PARLEY_SOAK_CLIENTS says how many there are,
// PARLEY_SOAK_SECONDS for how long, and PARLEY_SOAK_SEED repeats the choices of
// another run, as far as chance depends on them.
func TestSoak(t *testing.T) {
	n, seconds := number(t, "PARLEY_SOAK_CLIENTS", 60), number(t, "PARLEY_SOAK_SECONDS", 5)
	seed := uint64(number(t, "PARLEY_SOAK_SEED", int(rand.Uint32())))
	t.Logf("seed %d", seed)
	s := newSoak(t, n, seed)
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	s.live(ctx, t)
	s.verify(t)
	s.report(t)
	s.leave(t)
}

// soak is a crowd whose clients are actors.
type soak struct {
	*crowd

	actors []*actor
	// observer is in all groups from the beginning to the end, and says nothing.
	observer *testkit.Client
	groups   []string
	// pause is about how long an actor waits between two things that it does.
	pause time.Duration
}

const observer = "observer"

func newSoak(t *testing.T, n int, seed uint64) *soak {
	t.Helper()
	s := &soak{crowd: newCrowd(t), pause: max(20*time.Millisecond, time.Duration(n)*3*time.Millisecond)}
	s.register(t, n)
	if _, err := s.rest.MultiaccountImport(t.Context(), &api.MultiaccountImportRequest{Accounts: []string{observer}}); err != nil {
		t.Fatal(err)
	}
	for i := range max(3, n/20) {
		id := groupID(i)
		if _, err := s.rest.CreateGroup(t.Context(), &api.CreateGroupRequest{
			Type: "Public", GroupID: id, Name: "Soak", OwnerAccount: observer, ApplyJoinOption: "FreeAccess",
		}); err != nil {
			t.Fatal(err)
		}
		s.groups = append(s.groups, id)
	}
	o := s.ClientOptions(t, observer)
	o.OnPush = func([]byte) {}
	s.observer = testkit.NewClient(t, o)
	if err := s.observer.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.observer.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.actors = make([]*actor, n)
	each(t, n, func(i int) error {
		rng := newRand(seed, uint64(i))
		s.actors[i] = newActor(t, s.Installation, userID(i), rng, func(o *testkit.ClientOptions) {
			o.Text, o.Compress = i%7 == 0, i%2 == 1
		})
		if err := s.actors[i].login(t.Context()); err != nil {
			return err
		}
		for range 2 {
			if id := s.groups[rng.IntN(len(s.groups))]; !s.actors[i].in[id] {
				if err := s.actors[i].join(t.Context(), id); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return s
}

// live lets all actors do what they like until ctx ends.
func (s *soak) live(ctx context.Context, t *testing.T) {
	t.Helper()
	var actors sync.WaitGroup
	for _, a := range s.actors {
		actors.Go(func() {
			for kept(ctx, time.Duration(a.rng.Int64N(int64(2*s.pause)))) && !t.Failed() {
				what, err := s.act(t.Context(), a)
				if err != nil {
					t.Errorf("%s %s: %v", a.user, what, err)
				}
			}
		})
	}
	actors.Wait()
}

// act does one thing. It is done completely, also if time is over.
func (s *soak) act(ctx context.Context, a *actor) (what string, err error) {
	groups := a.member()
	switch chance := a.rng.IntN(100); {
	case chance < 10:
		return "is cut off", s.cut(ctx, a)
	case chance < 14:
		return "logs out and in", s.renew(ctx, a)
	case chance < 19:
		a.reading.Lock()
		kept(ctx, time.Duration(a.rng.IntN(600))*time.Millisecond)
		a.reading.Unlock()
		return "reads nothing", s.revive(ctx, a)
	case chance < 24:
		return "joins or quits", s.change(ctx, a)
	case chance < 45 || len(groups) == 0:
		return "tells a user something", a.tell(ctx, a.thinkOf(s.anybody(a)))
	}
	_, err = a.say(ctx, a.think(groups[a.rng.IntN(len(groups))], strings.Repeat("x", a.rng.IntN(300))))
	return "says something", err
}

// cut breaks the connection, most times while a message is under way, and comes back.
func (s *soak) cut(ctx context.Context, a *actor) error {
	send := func() error { return nil }
	switch groups := a.member(); a.rng.IntN(4) {
	case 0:
	case 1:
		m := a.thinkOf(s.anybody(a))
		send = func() error { return a.tell(ctx, m) }
	default:
		if len(groups) > 0 {
			m := a.think(groups[a.rng.IntN(len(groups))], "over a cut")
			send = func() error {
				_, err := a.say(ctx, m)
				return err
			}
		}
	}
	sent := make(chan error, 1)
	go func() { sent <- send() }()
	kept(ctx, time.Duration(a.rng.IntN(1000))*time.Microsecond)
	a.client.Cut()
	kept(ctx, time.Duration(a.rng.IntN(int(s.pause)*4)))
	if err := a.reconnect(ctx); err != nil {
		return err
	}
	return <-sent
}

// anybody is a user.
func (s *soak) anybody(a *actor) string { return userID(a.rng.IntN(len(s.actors))) }

// revive brings back a client whose connection the server has ended because it did
// not read.
func (s *soak) revive(ctx context.Context, a *actor) error {
	lost, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if a.client.WaitLost(lost); lost.Err() != nil {
		return nil
	}
	return a.reconnect(ctx)
}

// renew logs out and, after a while, in again.
func (s *soak) renew(ctx context.Context, a *actor) error {
	if err := a.client.Logout(ctx); err != nil {
		return err
	}
	kept(ctx, time.Duration(a.rng.IntN(int(s.pause)*4)))
	return a.enter(ctx)
}

// change joins a group that the user is not in, or quits one that he is in.
func (s *soak) change(ctx context.Context, a *actor) error {
	id := s.groups[a.rng.IntN(len(s.groups))]
	if slices.Contains(a.member(), id) {
		return a.quit(ctx, id)
	}
	return a.join(ctx, id)
}

// verify compares what all actors saw with what there is. What is still on its way
// has a while to arrive.
func (s *soak) verify(t *testing.T) {
	t.Helper()
	var groups []*groupSaid
	for _, id := range s.groups {
		groups = append(groups, newGroupSaid(id, s.read(t, id)))
	}
	awaitNone(t, func() []string { return s.compare(groups) })
}

func (s *soak) compare(groups []*groupSaid) (faults []string) {
	actors := make(map[string]*actor)
	for _, a := range s.actors {
		actors[a.user] = a
		faults = append(faults, a.compare(groups)...)
	}
	for _, from := range s.actors {
		from.mu.Lock()
		told := slices.Collect(maps.Keys(from.sent))
		from.mu.Unlock()
		for _, user := range told {
			if user != from.user {
				faults = append(faults, actors[user].comparePair(from)...)
			}
		}
	}
	return faults
}

// read returns all of a group's history, oldest first, which has no gaps.
func (s *soak) read(t *testing.T, group string) []testkit.GroupItem {
	t.Helper()
	var all []testkit.GroupItem
	for seq := int64(0); ; {
		page, err := readHistory(t.Context(), s.observer, group, seq)
		if err != nil {
			t.Fatalf("history of %s: %v", group, err)
		}
		all = append(page.oldestFirst(), all...)
		if page.IsFinished == historyFinished {
			break
		}
		seq = page.NextReqMsgSeq
	}
	for i := range all {
		if all[i].MsgSeq != int64(i+1) {
			t.Errorf("the history of %s has %d where %d belongs", group, all[i].MsgSeq, i+1)
			break
		}
	}
	return all
}

func (h *history) oldestFirst() []testkit.GroupItem {
	list := make([]testkit.GroupItem, 0, len(h.RspMsgList))
	for i := range h.RspMsgList {
		list = append(list, h.RspMsgList[len(h.RspMsgList)-1-i])
	}
	return list
}

// report tells what happened.
func (s *soak) report(t *testing.T) {
	t.Helper()
	var all figures
	said := 0
	for _, a := range s.actors {
		a.mu.Lock()
		all.add(a.figures)
		said += a.said
		a.mu.Unlock()
	}
	t.Logf("%d clients, %d groups: %d messages sent, %d items pushed, %d read after a reconnect or a login (%d times beyond what the SDK reads), "+
		"%d copies, %d reconnects, %d logins", len(s.actors), len(s.groups), said, all.pushed, all.read, all.beyond, all.copies, all.reconnects, all.logins)
}

// leave closes all clients and ends the server.
func (s *soak) leave(t *testing.T) {
	t.Helper()
	each(t, len(s.actors), func(i int) error {
		s.actors[i].client.Close()
		return nil
	})
	s.observer.Close()
	s.crowd.leave(t)
}

package group_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

const senders = 64

// crowd makes accounts for all senders and puts them into a group.
func (f *fixture) crowd(id string) []string {
	f.Helper()
	users := make([]string, senders)
	for i := range users {
		users[i] = fmt.Sprintf("u%d", i)
	}
	f.imports(users...)
	f.create(id, chat.Public, users...)
	return users
}

// numbers collects what senders were told.
type numbers struct {
	mu   sync.Mutex // guards seqs
	seqs []int64
}

func (n *numbers) add(seq int64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seqs = append(n.seqs, seq)
}

// check holds that the numbers are 1 to n, each told once.
func (n *numbers) check(f *fixture) {
	f.Helper()
	slices.Sort(n.seqs)
	for i, seq := range n.seqs {
		if seq != int64(i+1) {
			f.Fatalf("number %d was told to somebody, %d to nobody", seq, i+1)
		}
	}
}

// TestConcurrentSendsAndMutes: every fourth user is muted before each second of
// his messages; none of those gets through and all others do, whatever happens
// to other users meanwhile.
func TestConcurrentSendsAndMutes(t *testing.T) {
	t.Parallel()
	const rounds = 4
	f := start(t)
	var told numbers
	var wg sync.WaitGroup
	for i, user := range f.crowd("g") {
		wg.Go(func() {
			for round := range rounds {
				muted := i%4 == 0 && round%2 == 1
				if i%4 == 0 {
					seconds := uint32(0)
					if muted {
						seconds = chat.MuteForever
					}
					if err := f.groups.Mute(f.Context(), f.rest(), "g", "", []string{user}, &seconds); err != nil {
						t.Errorf("mute %s: %v", user, err)
					}
				}
				r := f.say("g", fmt.Sprintf("%s %d", user, round))
				r.From = user
				sent, err := f.groups.Send(f.Context(), f.rest(), r)
				switch {
				case muted && !errors.Is(err, chat.ErrMuted):
					t.Errorf("%s is muted: got %d, %v", user, sent.Seq, err)
				case !muted && err != nil:
					t.Errorf("%s is not muted: %v", user, err)
				case !muted:
					told.add(sent.Seq)
				}
			}
		})
	}
	wg.Wait()
	equal(f, "messages", len(f.said("g")), len(told.seqs))
	equal(f, "messages", len(told.seqs), senders*rounds-senders/4*rounds/2)
	for _, m := range f.stored("g") { // the mutes are told in between
		if m.Tip != nil {
			told.add(m.Seq)
		}
	}
	told.check(f)
}

// TestSendsWhileGroupChangesWithoutPause: somebody who changes a group as fast as
// he can does not keep others from sending.
func TestSendsWhileGroupChangesWithoutPause(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public, "bob", "carol")
	var done atomic.Bool
	var changes int
	var changing sync.WaitGroup
	changing.Go(func() {
		for ; !done.Load(); changes++ {
			seconds := uint32(changes % 2)
			if err := f.groups.Mute(f.Context(), f.rest(), "g", "", []string{"carol"}, &seconds); err != nil {
				t.Errorf("mute: %v", err)
				return
			}
		}
	})
	var sending sync.WaitGroup
	for range 4 {
		sending.Go(func() {
			for range 25 {
				r := f.say("g", "hello")
				r.From = "bob"
				if err := f.trySend(r); err != nil {
					t.Errorf("send: %v", err)
				}
			}
		})
	}
	sending.Wait()
	done.Store(true)
	changing.Wait()
	equal(f, "messages", len(f.said("g")), 100)
	if changes == 0 {
		t.Error("the group did not change")
	}
}

// TestSendsIntoGroupThatIsDestroyed: once a group is gone no message gets in, and
// those that got in before were numbered without a gap.
func TestSendsIntoGroupThatIsDestroyed(t *testing.T) {
	t.Parallel()
	f := start(t)
	var told numbers
	var gone atomic.Bool
	var accepted atomic.Int64
	enough := make(chan struct{})
	var wg sync.WaitGroup
	for _, user := range f.crowd("g") {
		wg.Go(func() {
			for {
				r := f.say("g", "hello")
				r.From = user
				late := gone.Load()
				sent, err := f.groups.Send(f.Context(), f.rest(), r)
				if err != nil {
					if !errors.Is(err, chat.ErrGroupNotFound) {
						t.Errorf("refused with %v", err)
					}
					return
				}
				if late {
					t.Errorf("message %d was taken after the group was gone", sent.Seq)
				}
				told.add(sent.Seq)
				if accepted.Add(1) == senders {
					close(enough)
				}
			}
		})
	}
	<-enough
	f.must(f.groups.Destroy(f.Context(), f.rest(), "g"))
	gone.Store(true)
	wg.Wait()
	told.check(f)

	f.create("g", chat.Public, "u0")
	r := f.say("g", "hello")
	r.From = "u0"
	equal(f, "number in the group of the same name", f.send(r).Seq, 1)
}

// TestConcurrentRepeatedSends: however many send the same at once, it is sent once.
func TestConcurrentRepeatedSends(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("g", chat.Public)
	results := make([]group.Sent, senders)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			var err error
			if results[i], err = f.groups.Send(f.Context(), f.rest(), f.repeat("g", "hello", random)); err != nil {
				t.Errorf("send: %v", err)
			}
		})
	}
	wg.Wait()
	for _, got := range results {
		equal(f, "told", got, results[0])
	}
	equal(f, "messages", f.said("g"), []string{admin + ": hello"})
	equal(f, "outbox", f.recorded(), []string{"event.GroupMessageSent"})
}

package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// tally is what the callers of concurrentSends were told, by group.
type tally struct {
	mu     sync.Mutex // guards the rest
	main   map[string][]int64
	online map[string][]int64
	stored map[string]map[int64]string
	events map[string]int
}

func concurrentSends(f *fixture) {
	const callers, sends, conversations = 64, 25, 12
	told := &tally{
		main: make(map[string][]int64), online: make(map[string][]int64),
		stored: make(map[string]map[int64]string), events: make(map[string]int),
	}
	list := make([]*chat.Group, conversations)
	for i := range list {
		list[i] = f.group(fmt.Sprintf("g%02d", i))
		told.stored[list[i].ID] = make(map[int64]string)
	}
	stop := make(chan struct{})
	var senders, readers sync.WaitGroup
	for caller := range callers {
		senders.Go(func() {
			random := rand.New(rand.NewPCG(uint64(caller), 1))
			for n := range sends {
				f.oneOfMany(list[random.IntN(conversations)], told, random.IntN(12), fmt.Sprintf("%d-%d", caller, n))
			}
		})
	}
	// One group takes only messages that are kept, so that a reader can tell
	// whether each came together with its number and its event.
	whole := f.group("whole")
	senders.Go(func() {
		for n := range 4 * sends {
			_, err := f.store.Append(f.Context(), send(whole, fmt.Sprint(n)))
			f.fails("a send", err, nil)
		}
	})
	readers.Go(func() {
		for {
			f.seeWhole(whole)
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	senders.Wait()
	close(stop)
	readers.Wait()

	for _, g := range list {
		slices.Sort(told.main[g.ID])
		slices.Sort(told.online[g.ID])
		equal(f, "numbers in "+g.ID, told.main[g.ID], count(len(told.main[g.ID])))
		equal(f, "online numbers in "+g.ID, told.online[g.ID], count(len(told.online[g.ID])))
		equal(f, "next number in "+g.ID, f.stored(g.ID).NextMsgSeq, int64(len(told.main[g.ID])+1))
		equal(f, "messages in "+g.ID, f.said(g.Conversation), told.stored[g.ID])
		equal(f, "revision of "+g.ID, f.stored(g.ID).Revision, g.Revision)
	}
	want := slices.Collect(maps.Keys(told.events))
	for n := range 4 * sends {
		want = append(want, fmt.Sprintf("whole %d %d", n+1, n))
	}
	f.mu.Lock()
	heard := slices.Clone(f.heard)
	f.mu.Unlock()
	if diff := cmp.Diff(f.log(app), heard); diff != "" {
		f.Errorf("events heard differ from those in the log (-log +heard):\n%s", diff)
	}
	if !slices.IsSorted(ids(heard)) {
		f.Error("events were heard of out of order")
	}
	got := bodies(heard)
	slices.Sort(got)
	slices.Sort(want)
	equal(f, "events", got, want)
}

// count is 1 to n.
func count(n int) []int64 {
	var list []int64
	for i := range n {
		list = append(list, int64(i+1))
	}
	return list
}

// oneOfMany is one call out of the mixture that a store meets, with or without
// success.
func (f *fixture) oneOfMany(g *chat.Group, told *tally, kind int, text string) {
	a := send(g, text)
	switch kind {
	case 0, 1: // fails after it has written
		err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error {
			err := tx.AddEvents(ctx, []event.Outgoing{outgoing(g.ID, "never "+text)})
			return errors.Join(err, tx.Touch(ctx, g.Conversation), errWanted)
		})
		f.fails("a failing update", err, errWanted)
		return
	case 2: // events without a message
		err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error {
			return tx.AddEvents(ctx, []event.Outgoing{outgoing(g.ID, "update "+text)})
		})
		f.fails("an update", err, nil)
		told.mu.Lock()
		defer told.mu.Unlock()
		told.events["update "+text]++
		return
	case 3:
		a.Revision++
		_, err := f.store.Append(f.Context(), a)
		f.fails("a stale send", err, store.ErrStale)
		return
	case 4:
		a.Sequence = store.Online
	case 5:
		a.Sequence = store.Numbered
	}
	got, err := f.store.Append(f.Context(), a)
	told.mu.Lock()
	defer told.mu.Unlock()
	f.fails("a send", err, nil)
	told.events[fmt.Sprintf("%s %d %s", g.ID, got.Seq, text)]++
	switch a.Sequence {
	case store.Online:
		told.online[g.ID] = append(told.online[g.ID], got.Seq)
		return
	case store.Stored:
		told.stored[g.ID][got.Seq] = text
	case store.Numbered, store.NoSequence:
	}
	told.main[g.ID] = append(told.main[g.ID], got.Seq)
}

// seeWhole checks that a snapshot has as many messages as numbers and events.
func (f *fixture) seeWhole(g *chat.Group) {
	err := f.store.View(f.Context(), func(tx store.Tx) error {
		seen, err := tx.Group(f.Context(), app, g.ID)
		if err != nil {
			return err
		}
		messages, err := tx.ListMessages(f.Context(), g.Conversation, store.MessagePage{Limit: 1 << 20})
		if err != nil {
			return err
		}
		events, err := tx.PendingEvents(f.Context(), app, chat.GroupConversation(g.ID).String(), 1<<20)
		if n := int(seen.NextMsgSeq) - 1; len(messages) != n || len(events) != n {
			f.Errorf("a snapshot has %d numbers, %d messages and %d events", n, len(messages), len(events))
		}
		return err
	})
	f.fails("a view meanwhile", err, nil)
}

// closeUnderLoad: whoever calls while the store is closed gets his success or
// ErrClosed, and a success is one.
func closeUnderLoad(f *fixture) {
	g := f.group("g")
	var mu sync.Mutex // guards told
	told := make(map[int64]string)
	begun := make(chan struct{}, 1)
	var callers sync.WaitGroup
	for caller := range 24 {
		callers.Go(func() {
			for n := 0; ; n++ {
				err := f.loadOnce(g, caller, n, func(seq int64, text string) {
					mu.Lock()
					defer mu.Unlock()
					told[seq] = text
				})
				if errors.Is(err, store.ErrClosed) {
					return
				}
				f.fails("a call while the store is closed", err, nil)
				select {
				case begun <- struct{}{}:
				default:
				}
			}
		})
	}
	for range 100 {
		<-begun
	}
	var closers sync.WaitGroup
	for range 3 {
		closers.Go(f.closeStore)
	}
	closers.Wait()
	callers.Wait()
	err := f.tryUpdate(func(context.Context, store.Tx) error { return nil })
	f.fails("an update of a closed store", err, store.ErrClosed)
	_, err = f.store.Append(f.Context(), send(g, "late"))
	f.fails("an append to a closed store", err, store.ErrClosed)
	_, err = f.store.Purge(f.Context(), 1)
	f.fails("purging a closed store", err, store.ErrClosed)
	err = f.store.View(f.Context(), func(store.Tx) error { return nil })
	f.fails("a view of a closed store", err, store.ErrClosed)
	err = f.store.Peek(f.Context(), func(store.Tx) error { return nil })
	f.fails("a peek into a closed store", err, store.ErrClosed)

	f.openStore()
	equal(f, "messages after a restart", f.said(g.Conversation), told)
	equal(f, "events after a restart", len(f.log(app)), len(told))
}

func (f *fixture) loadOnce(g *chat.Group, caller, n int, tell func(seq int64, text string)) error {
	switch caller % 3 {
	case 0:
		return f.store.View(f.Context(), func(tx store.Tx) error {
			_, err := tx.Group(f.Context(), app, g.ID)
			return err
		})
	case 1:
		return f.tryUpdate(func(ctx context.Context, tx store.Tx) error {
			return tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: fmt.Sprint(caller)}})
		})
	}
	text := fmt.Sprint(caller, n)
	got, err := f.store.Append(f.Context(), send(g, text))
	if err == nil {
		tell(got.Seq, text)
	}
	return err
}

// snapshots: a view sees one state of the store, not what is committed later.
func snapshots(f *fixture) {
	g := f.group("g")
	f.append(send(g, "before"))
	f.view(func(ctx context.Context, tx store.Tx) error {
		for range 3 {
			messages, err := tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 100})
			if err != nil {
				return err
			}
			seen, err := tx.Group(ctx, app, "g")
			if err != nil {
				return err
			}
			equal(f, "messages in the snapshot", len(messages), 1)
			equal(f, "next number in the snapshot", seen.NextMsgSeq, int64(2))
			f.append(send(g, "meanwhile"))
		}
		return nil
	})
	equal(f, "messages after it", len(f.said(g.Conversation)), 4)
	err := f.store.View(f.Context(), func(store.Tx) error { return errWanted })
	f.fails("a failing view", err, errWanted)
	err = f.store.Peek(f.Context(), func(tx store.Tx) error {
		seen, err := tx.Group(f.Context(), app, "g")
		equal(f, "next number at a glance", seen.NextMsgSeq, int64(5))
		return errors.Join(err, errWanted)
	})
	f.fails("a failing peek", err, errWanted)
}

// brokenViews: whatever happens to those who read, the next ones can.
func brokenViews(f *fixture) {
	g := f.group("g")
	f.append(send(g, "hello"))
	for _, read := range []func(context.Context, func(store.Tx) error) error{f.store.View, f.store.Peek} {
		f.breakReads(g, read)
	}
}

func (f *fixture) breakReads(g *chat.Group, read func(context.Context, func(store.Tx) error) error) {
	for range 20 {
		func() {
			defer func() {
				if recover() == nil {
					f.Error("the panic of a reader is lost")
				}
			}()
			f.fails("a read", read(f.Context(), func(tx store.Tx) error {
				if _, err := tx.Group(f.Context(), app, "g"); err != nil {
					return err
				}
				panic("wanted")
			}), nil)
		}()
	}
	var readers sync.WaitGroup
	for reader := range 8 {
		readers.Go(func() {
			for n := range 60 {
				ctx, cancel := context.WithTimeout(f.Context(), time.Duration(n*reader)*time.Microsecond)
				err := read(ctx, func(tx store.Tx) error {
					_, err := tx.ListMessages(ctx, g.Conversation, store.MessagePage{Limit: 10})
					return err
				})
				if err != nil && ctx.Err() == nil {
					f.Errorf("a read whose caller has not left: %v", err)
				}
				cancel()
			}
		})
	}
	readers.Wait()
	for range 20 {
		equal(f, "messages", f.said(g.Conversation), map[int64]string{1: "hello"})
	}
}

func failedUpdates(f *fixture) {
	g := f.group("g")
	write := func(ctx context.Context, tx store.Tx) error {
		return errors.Join(
			tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: "alice"}}),
			tx.CreateGroup(ctx, app, &chat.Group{ID: "new", Type: chat.Public}),
			tx.AddEvents(ctx, []event.Outgoing{outgoing("g", "never")}),
			tx.SetMutes(ctx, g.Conversation, []string{"alice"}, chat.MuteForever))
	}
	for name, fn := range map[string]func(context.Context, store.Tx) error{
		"fails":  func(ctx context.Context, tx store.Tx) error { return errors.Join(write(ctx, tx), errWanted) },
		"panics": func(ctx context.Context, tx store.Tx) error { panic(write(ctx, tx)) },
		"breaks a rule of the store": func(ctx context.Context, tx store.Tx) error {
			return errors.Join(write(ctx, tx), tx.CreateGroup(ctx, app, &chat.Group{ID: "g", Type: chat.Public}))
		},
		"is left by its caller": func(ctx context.Context, tx store.Tx) error {
			left, cancel := context.WithCancel(ctx)
			cancel()
			return errors.Join(write(left, tx), errWanted)
		},
	} {
		if err := f.tryUpdate(fn); err == nil {
			f.Errorf("an update that %s succeeds", name)
		}
	}
	equal(f, "accounts", f.existing(app, "alice"), truth())
	equal(f, "mutes", f.mutes(g), []store.Mute{})
	equal(f, "the group", f.stored("g"), g)
	equal(f, "events", f.log(app), []store.Event{})
	equal(f, "events heard", f.heardOf(), []string{})
	f.group("new")
}

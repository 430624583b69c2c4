package storetest

import (
	"context"
	"errors"
	"sync"
	"testing/synctest"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// hold keeps the writer busy with an update that adds the group "held", until
// the function that it returns is called. What is written meanwhile waits, and
// shares a transaction if the store works like that.
func (f *fixture) hold() (release func()) {
	begun, end := make(chan struct{}), make(chan struct{})
	var begin sync.Once
	var update sync.WaitGroup
	update.Go(func() {
		err := f.tryUpdate(func(ctx context.Context, tx store.Tx) error {
			err := tx.CreateGroup(ctx, app, &chat.Group{ID: "held", Type: chat.Public})
			begin.Do(func() { close(begun) })
			<-end
			return err
		})
		f.fails("the update that holds the writer", err, nil)
	})
	<-begun
	return func() {
		close(end)
		update.Wait()
	}
}

// outcome is what a caller was told.
type outcome struct {
	appended store.Appended
	err      error
}

// later calls Append beside the test.
func (f *fixture) later(ctx context.Context, a *store.Append) <-chan outcome {
	told := make(chan outcome, 1)
	go func() {
		got, err := f.store.Append(ctx, a)
		told <- outcome{got, err}
	}()
	synctest.Wait() // so that calls are queued in the order of the test
	return told
}

// laterUpdate calls Update beside the test.
func (f *fixture) laterUpdate(ctx context.Context, fn func(context.Context, store.Tx) error) <-chan outcome {
	told := make(chan outcome, 1)
	go func() {
		told <- outcome{err: f.store.Update(ctx, func(tx store.Tx) error { return fn(ctx, tx) })}
	}()
	synctest.Wait()
	return told
}

func failingNeighbours(f *fixture) {
	ctx := f.Context()
	g := f.group("g")
	put := func(id string) func(context.Context, store.Tx) error {
		return func(ctx context.Context, tx store.Tx) error {
			return errors.Join(
				tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: id}}),
				tx.AddEvents(ctx, []event.Outgoing{outgoing("g", "update of "+id)}))
		}
	}
	stale, lost, panics := send(g, "stale"), send(g, "lost"), send(g, "panics")
	stale.Revision--
	lost.Conversation += 1000
	panics.Events = func() []event.Outgoing { panic("wanted") }

	release := f.hold()
	good := []<-chan outcome{f.later(ctx, send(g, "one"))}
	bad := []<-chan outcome{
		f.later(ctx, stale),
		f.laterUpdate(ctx, func(ctx context.Context, tx store.Tx) error { return errors.Join(put("fails")(ctx, tx), errWanted) }),
		f.later(ctx, panics),
	}
	good = append(good, f.later(ctx, send(g, "two")), f.laterUpdate(ctx, put("good")))
	bad = append(bad,
		f.laterUpdate(ctx, func(ctx context.Context, tx store.Tx) error { panic(put("panics")(ctx, tx)) }),
		f.laterUpdate(ctx, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(put("exists")(ctx, tx), tx.CreateGroup(ctx, app, &chat.Group{ID: "g", Type: chat.Public}))
		}),
		f.later(ctx, lost))
	good = append(good, f.later(ctx, send(g, "three")))
	release()

	for i, told := range good {
		if got := <-told; got.err != nil {
			f.Errorf("good write %d: %v", i, got.err)
		}
	}
	for i, want := range []error{store.ErrStale, errWanted, nil, nil, store.ErrExists, store.ErrNotFound} {
		got := <-bad[i]
		switch {
		case got.err == nil:
			f.Errorf("bad write %d succeeds", i)
		case want != nil:
			f.fails("a bad write", got.err, want)
		}
		equal(f, "what a bad write is told", got.appended, store.Appended{})
	}
	texts := []string{}
	for _, text := range f.said(g.Conversation) {
		texts = append(texts, text)
	}
	equal(f, "number of messages", len(texts), 3)
	equal(f, "next number", f.stored("g").NextMsgSeq, int64(4))
	equal(f, "accounts", f.existing(app, "good", "fails", "panics", "exists"), truth("good"))
	equal(f, "events heard", f.heardOf(), bodies(f.log(app)))
	equal(f, "number of events", len(f.heardOf()), 4)
}

func simultaneousSends(f *fixture) {
	g := f.group("g")
	release := f.hold()
	var told []<-chan outcome
	for range 5 {
		told = append(told, f.later(f.Context(), once(g, "hello")))
	}
	release()
	duplicates := 0
	for _, ch := range told {
		got := <-ch
		f.fails("an equal send", got.err, nil)
		if got.appended.Duplicate {
			duplicates++
		}
		got.appended.Duplicate = false
		equal(f, "an equal send", got.appended, store.Appended{Seq: 1, Time: f.clock.Now()})
	}
	equal(f, "number of duplicates", duplicates, 4)
	equal(f, "messages", f.said(g.Conversation), map[int64]string{1: "hello"})
	equal(f, "events", f.heardOf(), []string{"g 1 hello"})
}

// leavingCallers: who leaves before his turn gets his answer at once, and
// nothing of what he wanted happens.
func leavingCallers(f *fixture) {
	g := f.group("g")
	release := f.hold()
	ctx, leave := context.WithCancel(f.Context())
	ran := false
	update := f.laterUpdate(ctx, func(context.Context, store.Tx) error {
		ran = true
		return nil
	})
	message := f.later(ctx, send(g, "gone"))
	stays := f.later(f.Context(), send(g, "stays"))
	leave()
	f.fails("the update of who left", (<-update).err, context.Canceled)
	f.fails("the message of who left", (<-message).err, context.Canceled)
	_, err := f.store.Append(ctx, send(g, "gone before"))
	f.fails("the message of who was gone before", err, context.Canceled)
	release()
	equal(f, "the message of who stayed", (<-stays).appended.Seq, int64(1))
	equal(f, "the update ran", ran, false)
	equal(f, "messages", f.said(g.Conversation), map[int64]string{1: "stays"})

	// Who leaves when his turn has come learns how it ended.
	ctx, leave = context.WithCancel(f.Context())
	defer leave()
	err = f.store.Update(ctx, func(tx store.Tx) error {
		leave()
		return tx.PutAccounts(ctx, app, []chat.AccountUpdate{{UserID: "alice"}})
	})
	equal(f, "the account of who left late is there", f.existing(app, "alice")["alice"], err == nil)
}

func viewsBesideWriter(f *fixture) {
	f.group("g")
	release := f.hold()
	f.stored("g") // would wait for ever
	_, err := tryGet(f, func(ctx context.Context, tx store.Tx) (*chat.Group, error) { return tx.Group(ctx, app, "held") })
	f.fails("what is not committed", err, store.ErrNotFound)
	release()
	f.stored("held")
}

func closeFinishes(f *fixture) {
	ctx := f.Context()
	g := f.group("g")
	release := f.hold()
	var accepted []<-chan outcome
	for range 10 {
		accepted = append(accepted, f.later(ctx, send(g, "accepted")))
	}
	closed := make(chan error, 1)
	go func() { closed <- f.store.Close() }()
	synctest.Wait()
	select {
	case err := <-closed:
		f.Fatalf("closed (%v) before what was accepted is done", err)
	default:
	}
	_, err := f.store.Append(ctx, send(g, "late"))
	f.fails("an append while the store closes", err, store.ErrClosed)
	err = f.store.View(ctx, func(store.Tx) error { return nil })
	f.fails("a view while the store closes", err, store.ErrClosed)
	release()
	for _, told := range accepted {
		f.fails("what was accepted", (<-told).err, nil)
	}
	f.fails("closing", <-closed, nil)
	equal(f, "events heard", len(f.heardOf()), 10)
	f.openStore()
	equal(f, "number of messages", len(f.said(g.Conversation)), 10)
	f.stored("held")
}

func closeWaitsForViews(f *fixture) {
	f.group("g")
	begun, end, seen := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		seen <- f.store.View(f.Context(), func(tx store.Tx) error {
			close(begun)
			<-end
			_, err := tx.Group(f.Context(), app, "g")
			return err
		})
	}()
	<-begun
	closed := make(chan error, 1)
	go func() { closed <- f.store.Close() }()
	synctest.Wait()
	select {
	case err := <-closed:
		f.Fatalf("closed (%v) while somebody reads", err)
	default:
	}
	close(end)
	f.fails("the view", <-seen, nil)
	f.fails("closing", <-closed, nil)
}

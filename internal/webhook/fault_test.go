package webhook

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// faulty is a store whose reads or writes by the dispatcher can fail.
type faulty struct {
	store.Store
	noRead, noUpdate atomic.Bool
	failed           atomic.Int64
}

var errFaulty = errors.New("the disk makes noises")

// View fails if it is to.
func (f *faulty) View(ctx context.Context, fn func(store.Tx) error) error {
	return f.read(ctx, f.Store.View, fn)
}

// Peek fails if it is to.
func (f *faulty) Peek(ctx context.Context, fn func(store.Tx) error) error {
	return f.read(ctx, f.Store.Peek, fn)
}

func (f *faulty) read(ctx context.Context, read func(context.Context, func(store.Tx) error) error, fn func(store.Tx) error) error {
	if f.noRead.Load() {
		f.failed.Add(1)
		return errFaulty
	}
	return read(ctx, fn)
}

// UpdateOwn fails if it is to.
func (f *faulty) UpdateOwn(ctx context.Context, fn func(store.Tx) error) error {
	if f.noUpdate.Load() {
		f.failed.Add(1)
		return store.ErrFull
	}
	return f.Store.UpdateOwn(ctx, fn)
}

func newFaulty(tb testing.TB) (*world, *faulty) {
	tb.Helper()
	w := newBubble(tb)
	w.limits.unsettled = 64
	var f *faulty
	w.wrap = func(s store.Store) store.Store {
		f = &faulty{Store: s}
		return f
	}
	reopen(w)
	return w, f
}

// TestStoreCannotBeRead lets reading fail for a while: nothing is lost, and the
// log is not flooded.
func TestStoreCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, f := newFaulty(t)
		for range laneBuffer + 6 {
			w.record("g000", "g001")
		}
		f.noRead.Store(true)
		w.run()
		for range 20 {
			w.record(names("g", 10)...)
			time.Sleep(time.Second)
		}
		if got := w.receiver.got(""); got > 0 {
			t.Errorf("%d events arrived without being read", got)
		}
		if n := w.logged.count("level=ERROR"); n < 10 || n > 300 {
			t.Errorf("%d errors are logged in 20 s", n)
		}
		f.noRead.Store(false)
		recovered := time.Now()
		w.until("all", func() bool { return w.receiver.got("") == 2*(laneBuffer+6)+200 })
		if took := time.Since(recovered); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		w.allStored()
		w.forgotten()
	})
}

// TestStoreIsFull lets outcomes be refused for a while, as with a full disk.
// Deliveries stop before memory is exhausted, and nothing comes twice.
func TestStoreIsFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, f := newFaulty(t)
		conversations := names("g", 100)
		for range 10 {
			w.record(conversations...)
		}
		f.noUpdate.Store(true)
		w.run()
		w.until("as many as may be", func() bool {
			before := w.receiver.got("")
			time.Sleep(10 * time.Second)
			return w.receiver.got("") == before
		})
		if got, stored := w.receiver.got(""), w.states()[store.Delivered]; got-stored > w.limits.unsettled+settleBatch+64 || got == 1000 {
			t.Errorf("%d events were delivered, only %d of them are stored", got, stored)
		}
		w.dispatcher.Replayed(testApp)
		w.dispatcher.Kick(testApp)
		time.Sleep(10 * time.Second)
		f.noUpdate.Store(false)
		w.until("all", func() bool { return w.receiver.got("") == 1000 })
		w.allStored()
		w.forgotten()
	})
}

// TestStopWithFullStore ends the program while the store refuses everything.
func TestStopWithFullStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, f := newFaulty(t)
		w.receiver.again = true
		for range 10 {
			w.record(names("g", 100)...)
		}
		f.noUpdate.Store(true)
		w.run()
		time.Sleep(time.Minute)
		began := time.Now()
		w.stop()
		if took := time.Since(began); took > drainTime+time.Second {
			t.Errorf("it took %s", took)
		}
		w.restart()
		w.until("all", func() bool { return w.receiver.got("") == 1000 })
		w.allStored()
	})
}

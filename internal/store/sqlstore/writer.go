package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// maxBatch is how many requests share a transaction.
	maxBatch = 1024
	// queueLength is how many more may wait; then callers wait to be queued.
	queueLength = 4096
)

// request is one update or one append on its way through the writer.
type request struct {
	update   func(store.Tx) error
	own      bool // no other process writes what update writes
	append   *store.Append
	appended store.Appended
	err      error
	queued   time.Time
	// taken is set by the writer that begins it, or by the caller who gives up
	// before: one of them wins.
	taken atomic.Bool
	done  chan struct{}
}

type writer struct {
	session  *session
	clock    func() time.Time
	queue    chan *request
	next     []*request // taken from the queue already
	quit     chan struct{}
	finished chan struct{}
	onEvents func([]store.Event)
	// onAnnounce hears what was announced.
	onAnnounce func([]event.Event)
	// onUncertain hears of commits that were not answered. uncertain is the time of the
	// first one that may not be decided yet, zero without one.
	onUncertain func(since time.Time)
	uncertain   time.Time
}

func newWriter(s *session, clock func() time.Time) *writer {
	w := &writer{
		session:  s,
		clock:    clock,
		queue:    make(chan *request, queueLength),
		quit:     make(chan struct{}),
		finished: make(chan struct{}),
		onEvents: func([]store.Event) {},

		onAnnounce: func([]event.Event) {},

		onUncertain: func(time.Time) {},
	}
	go w.run()
	return w
}

// do queues r and waits for its outcome. If ctx ends before the writer has begun
// with r, then nothing of r happens; after that the caller learns what became of
// it, whatever his context does.
func (w *writer) do(ctx context.Context, r *request) error {
	r.done, r.queued = make(chan struct{}), time.Now()
	select { // before the others, which may be ready as well
	case <-w.quit:
		return store.ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("wait for the writer: %w", ctx.Err())
	default:
	}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return fmt.Errorf("wait for the writer: %w", ctx.Err())
	case <-w.quit:
		return store.ErrClosed
	}
	select {
	case <-r.done:
		return r.err
	case <-w.finished:
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return fmt.Errorf("wait for the writer: %w", ctx.Err())
		}
		select {
		case <-r.done:
		case <-w.finished:
		}
	}
	select {
	case <-r.done:
		return r.err
	default: // queued behind the last batch
		return store.ErrClosed
	}
}

// stop lets the writer finish what is queued and waits for it.
func (w *writer) stop() {
	close(w.quit)
	<-w.finished
}

func (w *writer) run() {
	defer close(w.finished)
	batch := make([]*request, 0, maxBatch)
	for {
		batch = append(batch[:0], w.next...)
		w.next = nil
		if len(batch) == 0 {
			select {
			case r := <-w.queue:
				batch = take(batch, r)
			case <-w.quit:
				select {
				case r := <-w.queue:
					batch = take(batch, r)
				default:
					return
				}
				if w.session.broken { // so that closing does not wait for a database that is away
					answer(w.fill(batch, maxBatch), store.ErrUnreachable)
					continue
				}
			}
		}
		if batch = w.fill(batch, maxBatch); len(batch) > 0 {
			batch = w.commit(batch)
		}
		clear(batch) // what they held can go
	}
}

// take adds r to the batch unless its caller has given up.
func take(batch []*request, r *request) []*request {
	if r.taken.CompareAndSwap(false, true) {
		return append(batch, r)
	}
	return batch
}

// fill takes what is waiting, up to a batch of size, without waiting for more.
func (w *writer) fill(batch []*request, size int) []*request {
	for len(batch) < size {
		select {
		case r := <-w.queue:
			batch = take(batch, r)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch and answers its callers. It returns the batch with those who
// joined it.
func (w *writer) commit(batch []*request) []*request {
	batch, err := w.persist(batch, w.join)
	if err == nil || len(batch) == 1 || !w.divisible(err) {
		answer(batch, err)
		return batch
	}
	for i := range batch {
		alone, err := w.persist(batch[i:i+1:i+1], nobody)
		answer(alone, err)
	}
	return batch
}

// joining returns the requests that join a batch of so many once its conversations
// are locked.
type joining func(batch int, locked map[int64]*counters) []*request

// nobody joins.
func nobody(int, map[int64]*counters) []*request { return nil }

// join takes those waiting appends for which nothing more has to be locked. The locks
// may have been waited for longer than all the rest takes, while another server had
// them, and whoever came meanwhile would wait for them again.
func (w *writer) join(batch int, locked map[int64]*counters) []*request {
	waiting := w.fill(nil, maxBatch-batch-len(w.next)) // a batch that runs again may be joined again
	joined := waiting[:0]
	for _, r := range waiting {
		if r.fits(locked) {
			joined = append(joined, r)
		} else {
			w.next = append(w.next, r)
		}
	}
	return joined
}

// fits reports whether a request is an append into locked conversations.
func (r *request) fits(locked map[int64]*counters) bool {
	a := r.append
	return a != nil && a.Admit == nil && locked[a.Conversation] != nil && (a.Community == 0 || locked[a.Community] != nil)
}

// answer tells the callers of a batch what became of it; with no error, of each
// request.
func answer(batch []*request, err error) {
	for _, r := range batch {
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

// divisible reports whether requests that failed together may succeed apart.
func (w *writer) divisible(err error) bool {
	return !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrUnreachable)
}

const (
	// retryFor is after how long a caller is told that the database cannot be
	// reached, give or take one attempt.
	retryFor = 15 * time.Second
	// retryPause is the first pause between two runs, and maxRetryPause the longest.
	retryPause    = 10 * time.Millisecond
	maxRetryPause = time.Second
)

// persist runs a batch, again as long as the engine breaks it off for reasons that
// pass: a deadlock, or a connection that is lost before the commit. The first of a
// batch has waited longest; whoever waits behind it while the database is away is
// answered after one more attempt. It returns the batch with those who joined it.
func (w *writer) persist(batch []*request, join joining) ([]*request, error) {
	for pause := retryPause; ; pause = min(2*pause, maxRetryPause) {
		err := w.transact(&batch, join)
		if err == nil || !w.passes(err) || time.Since(batch[0].queued) > retryFor {
			return batch, err
		}
		select {
		case <-time.After(pause):
		case <-w.quit:
			return batch, err
		}
	}
}

// passes reports whether a transaction may be run again after an error.
func (w *writer) passes(err error) bool {
	return w.session.dialect.Again(err) || errors.Is(err, store.ErrUnreachable) && !errors.Is(err, errUncertain)
}

// errUncertain means that the connection was lost while committing. What was sent
// may be stored, so it is never run again from here; a caller who sends it again is
// answered as a repeater.
var errUncertain = errors.New("the database did not say whether it has committed")

// transact runs a batch, and those who join it, in one transaction. An error means
// that nothing of the batch is kept; failures of single requests are left in them.
func (w *writer) transact(batch *[]*request, join joining) (err error) {
	// The writer's own context: a caller who leaves must not break the batch.
	ctx := context.Background()
	defer func() {
		if err != nil {
			w.session.rollback(ctx) // the engine may have done so by itself
		}
	}()
	if err := w.begin(ctx, *batch); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	t := &tx{session: w.session, now: w.clock().Truncate(time.Millisecond)}
	appends := make([]*request, 0, len(*batch))
	for _, r := range *batch {
		r.err, r.appended = nil, store.Appended{}
		if r.append != nil {
			appends = append(appends, r)
			continue
		}
		if err := w.update(ctx, t, r, len(*batch) == 1); err != nil {
			return err
		}
	}
	if err := w.admit(ctx, t, appends); err != nil {
		return err
	}
	joined, err := t.appendAll(ctx, appends, func(locked map[int64]*counters) []*request { return join(len(*batch), locked) })
	*batch = append(*batch, joined...)
	if err != nil {
		return fmt.Errorf("append messages: %w", err)
	}
	if err := w.session.begun(ctx); err != nil { // nothing was asked
		return fmt.Errorf("begin: %w", err)
	}
	if err := w.session.plain(ctx, w.session.dialect.Commit); err != nil {
		if errors.Is(err, store.ErrUnreachable) {
			err = fmt.Errorf("%w: %w", errUncertain, err)
			if w.uncertain.IsZero() {
				w.uncertain = t.now
			}
		}
		return fmt.Errorf("commit: %w", err)
	}
	if len(t.added) > 0 {
		w.onEvents(t.added)
	}
	if len(t.announced) > 0 {
		w.onAnnounce(t.announced)
	}
	return nil
}

// begin starts the transaction of a batch.
func (w *writer) begin(ctx context.Context, batch []*request) error {
	if !slices.ContainsFunc(batch, func(r *request) bool { return r.update != nil && !r.own }) {
		return w.session.beginLate(ctx, w.session.dialect.BeginAppend)
	}
	if err := w.session.begin(ctx, w.session.dialect.Begin); err != nil {
		return err
	}
	w.decided()
	return nil
}

// decided tells of commits that were not answered. A transaction beside which no other
// runs has begun, so they have happened or never will.
func (w *writer) decided() {
	if !w.uncertain.IsZero() {
		w.onUncertain(w.uncertain)
		w.uncertain = time.Time{}
	}
}

// admit asks those appends that decide late whether they may go on.
func (w *writer) admit(ctx context.Context, t *tx, appends []*request) error {
	for _, r := range appends {
		if r.append.Admit == nil {
			continue
		}
		if err := w.apart(ctx, t, r, r.append.Admit); err != nil {
			return err
		}
	}
	return nil
}

// update runs one update, within a savepoint unless it is alone: then what it fails
// with is what the transaction fails with.
func (w *writer) update(ctx context.Context, t *tx, r *request, alone bool) error {
	if alone {
		return guard(func() error { return r.update(t) })
	}
	return w.apart(ctx, t, r, r.update)
}

// apart runs a request's function within a savepoint and leaves its error in the
// request.
func (w *writer) apart(ctx context.Context, t *tx, r *request, fn func(store.Tx) error) error {
	if _, err := w.session.exec(ctx, "SAVEPOINT update_request"); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	before, announced := len(t.added), len(t.announced)
	r.err = guard(func() error { return fn(t) })
	if r.err != nil && w.passes(r.err) {
		return r.err // the whole batch runs again
	}
	if r.err != nil {
		t.added, t.announced = t.added[:before], t.announced[:announced]
		if _, err := w.session.exec(ctx, "ROLLBACK TO SAVEPOINT update_request"); err != nil {
			// Some errors make the engine roll back the whole transaction, and the
			// savepoint with it. The first error is the one that tells why.
			return fmt.Errorf("%w (and then: roll back: %w)", r.err, err)
		}
	}
	if _, err := w.session.exec(ctx, "RELEASE SAVEPOINT update_request"); err != nil {
		return fmt.Errorf("release: %w", err)
	}
	return nil
}

// guard keeps a panic of one caller's function from ending the writer, on which
// all others depend.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a write: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

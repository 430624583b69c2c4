package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Options of a store.
type Options struct {
	Dialect Dialect
	// Write and Read are the pools that connections are taken from; they may be
	// the same.
	Write, Read *sql.DB
	// Readers is how many reads run at once.
	Readers int
	// Clock gives transactions their time.
	Clock func() time.Time
	// Unfinished opens even a database whose copy was not finished, and drops nothing
	// that is too old in it: it is still to be compared.
	Unfinished bool
	// OnClose closes the pools.
	OnClose func() error
}

// Store keeps everything in a SQL database.
type Store struct {
	opt          Options
	readers      chan *session // those that no View has at the moment
	opened       int           // how many readers there are
	writer       *writer
	quit         chan struct{} // closed when Close begins
	installation string
	// schema is the schema's version, and schemaBefore what it was before Open.
	schemaBefore, schema int
	purger               purger

	closeOnce sync.Once
	closeErr  error
}

var _ store.Store = (*Store)(nil)

// Open brings the schema up to date and starts the writer.
func Open(ctx context.Context, opt Options) (*Store, error) {
	s := &Store{opt: opt, readers: make(chan *session, opt.Readers), quit: make(chan struct{})}
	ws, err := newSession(ctx, opt.Write, &opt.Dialect, true)
	if err != nil {
		return nil, err
	}
	if s.schemaBefore, s.schema, err = migrate(ctx, ws); err != nil {
		return nil, errors.Join(err, ws.close())
	}
	if err := unfinished(ctx, ws); err != nil && !opt.Unfinished {
		return nil, errors.Join(err, ws.close())
	}
	if s.installation, err = installationID(ctx, ws); err != nil {
		return nil, errors.Join(err, ws.close())
	}
	s.writer = newWriter(ws, opt.Clock)
	for range opt.Readers {
		rs, err := newSession(ctx, opt.Read, &opt.Dialect, opt.Dialect.Patience > 0)
		if err != nil {
			return nil, errors.Join(err, s.stop())
		}
		s.opened++
		s.readers <- rs
	}
	s.purger.inRest = make(map[string]bool)
	if opt.Unfinished {
		return s, nil
	}
	if err := s.keepParts(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

// InstallationID is random, made with the database.
func (s *Store) InstallationID() string { return s.installation }

// Schema returns the version of the schema that Open found, 0 for an empty database,
// and what it is now.
func (s *Store) Schema() (before, now int) { return s.schemaBefore, s.schema }

// OnEvents sets who hears of committed events.
func (s *Store) OnEvents(fn func([]store.Event)) { s.writer.onEvents = fn }

// OnAnnounce sets who hears what was announced.
func (s *Store) OnAnnounce(fn func([]event.Event)) { s.writer.onAnnounce = fn }

// OnUncertain sets who hears of commits that were not answered, once they are decided.
func (s *Store) OnUncertain(fn func(since time.Time)) { s.writer.onUncertain = fn }

// View runs fn on a snapshot.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	rs, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.readers <- rs }()

	// Beginning and ending are not interrupted: whether the transaction is open
	// must be known, for the next View has the same session.
	steady := context.WithoutCancel(ctx)
	if err := twice(func() error { return rs.begin(steady, s.opt.Dialect.BeginRead) }); err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer rs.rollback(steady) // even if fn panics
	return fn(s.reading(rs))
}

// Peek runs fn without a transaction.
func (s *Store) Peek(ctx context.Context, fn func(store.Tx) error) error {
	rs, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.readers <- rs }()
	return twice(func() error {
		if err := rs.connected(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		return fn(s.reading(rs))
	})
}

func (s *Store) reading(rs *session) *tx {
	return &tx{session: rs, now: s.opt.Clock().Truncate(time.Millisecond)}
}

// twice does again what failed because the server has been started anew since the
// session was used last.
func twice(do func() error) error {
	err := do()
	if errors.Is(err, store.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) {
		err = do()
	}
	return err
}

// reader waits for a session that no other View has.
func (s *Store) reader(ctx context.Context) (*session, error) {
	select {
	case <-s.quit: // before the others, which may be ready as well
		return nil, store.ErrClosed
	default:
	}
	select {
	case rs := <-s.readers:
		return rs, nil
	case <-s.quit:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
}

// Update runs fn in the next batch.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.writer.do(ctx, &request{update: fn})
}

// UpdateOwn runs fn in the next batch, which runs beside those of other processes
// unless it has an Update as well.
func (s *Store) UpdateOwn(ctx context.Context, fn func(store.Tx) error) error {
	return s.writer.do(ctx, &request{update: fn, own: true})
}

// Append puts one message into the next batch.
func (s *Store) Append(ctx context.Context, a *store.Append) (store.Appended, error) {
	r := &request{append: a}
	if err := s.writer.do(ctx, r); err != nil {
		return store.Appended{}, err
	}
	return r.appended, nil
}

// closeWait bounds how long Close waits for readers: a View that does not end
// must not keep the process from ending.
const closeWait = 5 * time.Second

// Close stops the writer after what it has accepted, then the readers. Calling
// it again does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeErr = errors.Join(s.stop(), s.opt.OnClose()) })
	return s.closeErr
}

// stop ends the sessions; the pools stay open.
func (s *Store) stop() error {
	close(s.quit)
	s.writer.stop()
	err := s.writer.session.close()
	patience := time.NewTimer(closeWait)
	defer patience.Stop()
	for range s.opened {
		select {
		case rs := <-s.readers:
			err = errors.Join(err, rs.close())
		case <-patience.C:
			return errors.Join(err, errors.New("a read did not end"))
		}
	}
	return err
}

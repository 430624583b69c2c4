package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

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
	// OnClose closes the pools.
	OnClose func() error
}

// Store keeps everything in a SQL database.
type Store struct {
	opt     Options
	readers chan *session
	writer  *writer

	mu           sync.Mutex // guards closed
	closed       bool
	installation string
}

var _ store.Store = (*Store)(nil)

// Open brings the schema up to date and starts the writer.
func Open(ctx context.Context, opt Options) (*Store, error) {
	if err := migrate(ctx, opt.Write, &opt.Dialect); err != nil {
		return nil, err
	}
	s := &Store{opt: opt, readers: make(chan *session, opt.Readers)}
	ws, err := newSession(ctx, opt.Write, &opt.Dialect)
	if err != nil {
		return nil, err
	}
	if s.installation, err = installationID(ctx, ws); err != nil {
		return nil, errors.Join(err, ws.close())
	}
	s.writer = newWriter(ws, opt.Clock)
	for range opt.Readers {
		rs, err := newSession(ctx, opt.Read, &opt.Dialect)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.readers <- rs
	}
	return s, nil
}

// InstallationID is random, made with the database.
func (s *Store) InstallationID() string { return s.installation }

// OnEvents sets who hears of committed events.
func (s *Store) OnEvents(fn func([]store.Event)) { s.writer.onEvents = fn }

// View runs fn on a snapshot.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	var rs *session
	select {
	case rs = <-s.readers:
	case <-ctx.Done():
		return fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
	if rs == nil {
		return store.ErrClosed
	}
	defer func() { s.readers <- rs }()

	if _, err := rs.exec(ctx, s.opt.Dialect.BeginRead); err != nil {
		return s.translate(fmt.Errorf("begin reading: %w", err))
	}
	err := fn(&tx{session: rs, now: s.opt.Clock().Truncate(time.Millisecond)})
	// The transaction must end even if the caller has gone.
	if _, endErr := rs.exec(context.WithoutCancel(ctx), "ROLLBACK"); endErr != nil && err == nil {
		err = fmt.Errorf("end reading: %w", endErr)
	}
	return s.translate(err)
}

// Update runs fn in the next batch.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.translate(s.writer.do(ctx, &request{ctx: ctx, update: fn}))
}

// Append puts one message into the next batch.
func (s *Store) Append(ctx context.Context, a *store.Append) (store.Appended, error) {
	r := &request{ctx: ctx, append: a}
	err := s.writer.do(ctx, r)
	return r.appended, s.translate(err)
}

func (s *Store) translate(err error) error {
	if err == nil {
		return nil
	}
	return s.opt.Dialect.Translate(err)
}

// Close stops the writer after what it has accepted, then the readers.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.writer.stop()
	err := s.writer.session.close()
	for range cap(s.readers) {
		select {
		case rs := <-s.readers:
			err = errors.Join(err, rs.close())
		case <-time.After(5 * time.Second): // a reader is stuck; the process is ending anyway
			return errors.Join(err, errors.New("a read did not end"))
		}
	}
	close(s.readers)
	return errors.Join(err, s.opt.OnClose())
}

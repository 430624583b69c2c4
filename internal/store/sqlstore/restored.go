package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// MarkCopy is the statement that makes a database known as a copy of another one.
// Who restores a backup runs it before the first server starts on the copy.
const MarkCopy = `INSERT INTO parley_meta (name, value) VALUES ('restored', 'new') ON CONFLICT (name) DO UPDATE SET value = 'new'`

// beginCopy lets a copy go on with IDs of events that its original never gave out.
// The original has gone on after it was copied, and receivers take an ID that they
// have seen for a repetition. Events that are in the copy keep theirs.
//
// The clock in microseconds is such a number, for the original and for those who
// began from the same copy before: none of them has a million events a second.
func beginCopy(ctx context.Context, s *session) error {
	var mark string
	err := s.queryRow(ctx, `SELECT value FROM parley_meta WHERE name = 'restored' AND value = 'new'`, nil, &mark)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read whether the database is a copy: %w", err)
	}
	now := time.Now()
	if err := s.plain(ctx, fmt.Sprintf(s.dialect.RaiseEvents, now.UnixMicro())); err != nil {
		return fmt.Errorf("begin with a copy: %w", err)
	}
	_, err = s.exec(ctx, `UPDATE parley_meta SET value = ? WHERE name = 'restored'`, "since "+now.UTC().Format(time.RFC3339))
	return err
}

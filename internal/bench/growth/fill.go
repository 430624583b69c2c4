package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

const (
	app    = 1400000001
	sender = "user0001"
	// atOnce is how many groups are made in a transaction.
	atOnce = 500
	// portion is about how many messages a statement writes.
	portion = 100_000
	// storedBytes is the length of the bodies that are stored already, and sentBytes
	// of those that are measured and of their events.
	storedBytes, sentBytes = 200, 400
)

// database is one that holds what its size says.
type database struct {
	file   string
	groups []group
}

// group is what a send needs to know of one.
type group struct {
	id           string
	conversation int64
	revision     int64
}

// fill makes the database.
func (d *database) fill(ctx context.Context, e engine, s size) error {
	d.file = fmt.Sprintf("growth_%d_%d", s.messages, s.groups)
	if err := e.make(ctx, d.file); err != nil {
		return err
	}
	opened, err := e.open(ctx, d.file)
	if err != nil {
		return err
	}
	if err := errors.Join(makeGroups(ctx, opened, s.groups), opened.Close()); err != nil {
		return fmt.Errorf("make groups: %w", err)
	}
	db, err := e.raw(d.file)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for left := s.messages / s.groups; left > 0; {
		each := min(left, max(portion/s.groups, 1))
		if err := addMessages(ctx, db, e, each); err != nil {
			return err
		}
		left -= each
	}
	if d.groups, err = readGroups(ctx, db); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, e.settle())
	return err
}

// makeGroups makes groups with one member each.
func makeGroups(ctx context.Context, s *sqlstore.Store, groups int) error {
	for from := 0; from < groups; from += atOnce {
		if err := s.Update(ctx, func(tx store.Tx) error {
			for i := from; i < min(from+atOnce, groups); i++ {
				g := &chat.Group{ID: fmt.Sprintf("group%06d", i), Type: chat.Public, Name: "growth", Owner: sender, CreateTime: time.Now()}
				if err := tx.CreateGroup(ctx, app, g); err != nil {
					return err
				}
				if _, err := tx.AddMembers(ctx, app, g.Conversation, []chat.Member{{UserID: sender, Role: chat.RoleOwner, JoinTime: time.Now()}}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// addMessages adds some messages to each group, in turn, with all columns that an
// append writes.
func addMessages(ctx context.Context, db *sql.DB, e engine, each int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	now := time.Now()
	if _, err := tx.ExecContext(ctx, `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1 - 1)
		INSERT INTO message (sdkappid, conversation, seq, sent_at, sender, random, priority, flags, place, body, cloud_custom_data, extra, client_time, client_seq)
		SELECT c.sdkappid, c.id, c.next_seq + n.i, CAST($2 AS BIGINT), '`+sender+`', n.i, 2, 0, 0, CAST($3 AS `+e.bytes()+`), '', '', CAST($4 AS BIGINT), 0
		FROM n CROSS JOIN conversation c ORDER BY n.i, c.id`, each, now.UnixMilli(), body(storedBytes), now.Unix()); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE conversation SET next_seq = next_seq + $1, last_msg_at = $2", each, now.UnixMilli()); err != nil {
		return err
	}
	return tx.Commit()
}

func readGroups(ctx context.Context, db *sql.DB) ([]group, error) {
	rows, err := db.QueryContext(ctx, "SELECT name, id, revision FROM conversation ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []group
	for rows.Next() {
		var g group
		if err := rows.Scan(&g.id, &g.conversation, &g.revision); err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

func body(length int) []byte {
	b := make([]byte, length)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

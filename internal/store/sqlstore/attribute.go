package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parley-im/parley/internal/chat"
)

// Attributes reads the attributes of a group.
func (t *tx) Attributes(ctx context.Context, conversation int64) (chat.Attributes, error) {
	var a chat.Attributes
	err := t.versioned(ctx, "SELECT version, body FROM attribute WHERE conversation = ?", conversation, &a.Version, &a.List)
	return a, err
}

// PutAttributes replaces the attributes of a group.
func (t *tx) PutAttributes(ctx context.Context, conversation int64, a chat.Attributes) error {
	return t.putVersioned(ctx, `INSERT INTO attribute (conversation, version, body) VALUES (?, ?, ?)
		ON CONFLICT (conversation) DO UPDATE SET version = excluded.version, body = excluded.body`, conversation, a.Version, a.List)
}

// Counters reads the counters of a group.
func (t *tx) Counters(ctx context.Context, conversation int64) (chat.Counters, error) {
	var c chat.Counters
	err := t.versioned(ctx, "SELECT version, body FROM counter WHERE conversation = ?", conversation, &c.Version, &c.List)
	return c, err
}

// PutCounters replaces the counters of a group.
func (t *tx) PutCounters(ctx context.Context, conversation int64, c chat.Counters) error {
	return t.putVersioned(ctx, `INSERT INTO counter (conversation, version, body) VALUES (?, ?, ?)
		ON CONFLICT (conversation) DO UPDATE SET version = excluded.version, body = excluded.body`, conversation, c.Version, c.List)
}

// versioned reads a list that is stored as JSON; none is empty.
func (t *tx) versioned(ctx context.Context, query string, conversation int64, version *int64, list any) error {
	var body string
	err := t.queryRow(ctx, query, []any{conversation}, version, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(body), list); err != nil {
		return fmt.Errorf("list of conversation %d: %w", conversation, err)
	}
	return nil
}

func (t *tx) putVersioned(ctx context.Context, query string, conversation, version int64, list any) error {
	body, err := json.Marshal(list)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, query, conversation, version, string(body))
	return err
}

// Pins returns the pinned messages that are still there.
func (t *tx) Pins(ctx context.Context, conversation int64) ([]chat.Pin, error) {
	var pins []chat.Pin
	err := t.each(ctx, func(rows *sql.Rows) error {
		var p chat.Pin
		var at int64
		err := rows.Scan(&p.Seq, &p.UserID, &at)
		p.Time = fromMillis(at)
		pins = append(pins, p)
		return err
	}, `SELECT p.seq, p.user_id, p.pinned_at FROM pin p JOIN message m ON m.conversation = p.conversation AND m.seq = p.seq
		WHERE p.conversation = ? AND m.place = ? ORDER BY p.id`, conversation, int64(chat.PlaceMessage))
	return pins, err
}

// AddPin pins a message.
func (t *tx) AddPin(ctx context.Context, conversation int64, p chat.Pin) error {
	if _, err := t.exec(ctx, `DELETE FROM pin WHERE conversation = ? AND NOT EXISTS (
		SELECT 1 FROM message m WHERE m.conversation = pin.conversation AND m.seq = pin.seq AND m.place = ?)`,
		conversation, int64(chat.PlaceMessage)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "INSERT INTO pin (conversation, seq, user_id, pinned_at) VALUES (?, ?, ?, ?) ON CONFLICT (conversation, seq) DO NOTHING",
		conversation, p.Seq, p.UserID, millis(p.Time))
	return err
}

// RemovePin unpins a message.
func (t *tx) RemovePin(ctx context.Context, conversation, seq int64) (bool, error) {
	return t.changed(ctx, "DELETE FROM pin WHERE conversation = ? AND seq = ?", conversation, seq)
}

package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

var selectReactions = list("SELECT seq, name, user_id FROM reaction WHERE conversation = ? AND seq IN ", " ORDER BY id")

// Reactions returns the reactions to messages.
func (t *tx) Reactions(ctx context.Context, conversation int64, seqs []int64) (map[int64][]chat.Reaction, error) {
	found := make(map[int64][]chat.Reaction)
	err := inList(ctx, t.session, selectReactions, []any{conversation}, seqs, func(rows *sql.Rows) error {
		var seq int64
		var name, userID string
		if err := rows.Scan(&seq, &name, &userID); err != nil {
			return err
		}
		of := found[seq]
		i := slices.IndexFunc(of, func(r chat.Reaction) bool { return r.ID == name })
		if i < 0 {
			i, of = len(of), append(of, chat.Reaction{ID: name})
		}
		of[i].Users = append(of[i].Users, userID)
		found[seq] = of
		return nil
	})
	return found, err
}

// AddReaction stores that a user reacted.
func (t *tx) AddReaction(ctx context.Context, app chat.SDKAppID, at store.Place, reaction, userID string) error {
	_, err := t.exec(ctx, `INSERT INTO reaction (sdkappid, conversation, seq, name, user_id) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (conversation, seq, name, user_id) DO NOTHING`, int64(app), at.Conversation, at.Seq, reaction, userID)
	return err
}

// RemoveReaction forgets that a user reacted.
func (t *tx) RemoveReaction(ctx context.Context, at store.Place, reaction, userID string) error {
	_, err := t.exec(ctx, "DELETE FROM reaction WHERE conversation = ? AND seq = ? AND name = ? AND user_id = ?",
		at.Conversation, at.Seq, reaction, userID)
	return err
}

// Extensions reads the key-value pairs of a message.
func (t *tx) Extensions(ctx context.Context, at store.Place) (chat.Extensions, error) {
	var x chat.Extensions
	err := t.queryRow(ctx, "SELECT version, clear_version FROM extended WHERE conversation = ? AND seq = ?",
		[]any{at.Conversation, at.Seq}, &x.Version, &x.ClearVersion)
	if errors.Is(err, sql.ErrNoRows) {
		return x, nil
	}
	if err != nil {
		return x, err
	}
	err = t.each(ctx, func(rows *sql.Rows) error {
		var pair chat.Extension
		err := rows.Scan(&pair.Key, &pair.Value, &pair.Seq)
		x.List = append(x.List, pair)
		return err
	}, "SELECT name, value, version FROM extension WHERE conversation = ? AND seq = ? ORDER BY version, name", at.Conversation, at.Seq)
	return x, err
}

var (
	putExtensions = multiRow("INSERT INTO extension (conversation, seq, name, value, version) VALUES ", "", "(?,?,?,?,?)",
		" ON CONFLICT (conversation, seq, name) DO UPDATE SET value = excluded.value, version = excluded.version")
	deleteExtensions = list("DELETE FROM extension WHERE conversation = ? AND seq = ? AND name IN ", "")
)

// PutExtensions changes the key-value pairs of a message.
func (t *tx) PutExtensions(ctx context.Context, at store.Place, c store.ExtensionChange) error {
	if _, err := t.exec(ctx, `INSERT INTO extended (conversation, seq, version, clear_version) VALUES (?, ?, ?, ?)
		ON CONFLICT (conversation, seq) DO UPDATE SET version = excluded.version, clear_version = excluded.clear_version`,
		at.Conversation, at.Seq, c.Version, c.ClearVersion); err != nil {
		return err
	}
	if err := execList(ctx, t.session, deleteExtensions, []any{at.Conversation, at.Seq}, c.Drop); err != nil {
		return err
	}
	rows := make([]any, 0, 5*len(c.Put))
	for _, pair := range c.Put {
		rows = append(rows, at.Conversation, at.Seq, pair.Key, pair.Value, pair.Seq)
	}
	return t.execRows(ctx, putExtensions, 5, rows)
}

// PutRelay stores a merged message.
func (t *tx) PutRelay(ctx context.Context, app chat.SDKAppID, key string, body []byte) error {
	_, err := t.exec(ctx, "INSERT INTO relay (sdkappid, name, stored_at, body) VALUES (?, ?, ?, ?)", int64(app), key, millis(t.now), body)
	return err
}

// Relay reads a merged message.
func (t *tx) Relay(ctx context.Context, app chat.SDKAppID, key string) ([]byte, error) {
	var body []byte
	err := t.queryRow(ctx, "SELECT body FROM relay WHERE sdkappid = ? AND name = ?", []any{int64(app), key}, &body)
	return body, notFound(err)
}

// purgeRelays deletes merged messages that are older than the messages which name
// them can be.
func (t *tx) purgeRelays(ctx context.Context, app chat.SDKAppID, keep time.Duration, limit int) (int, error) {
	kept, err := t.kept(ctx, "SELECT stored_at FROM relay WHERE sdkappid = ? ORDER BY id LIMIT 1", app, keep)
	if kept || err != nil {
		return 0, err
	}
	return t.deleted(ctx, `DELETE FROM relay WHERE id IN (
		SELECT id FROM (SELECT id, stored_at FROM relay WHERE sdkappid = ? ORDER BY id LIMIT ?) AS oldest
		WHERE stored_at < ? ORDER BY id LIMIT ?)`, int64(app), purgeWindow*limit, millis(t.now.Add(-keep)), limit)
}

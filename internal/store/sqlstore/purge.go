package sqlstore

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Purge deletes a little of what nobody keeps, in one short transaction.
func (s *Store) Purge(ctx context.Context, limit int) (more bool, err error) {
	err = s.Update(ctx, func(st store.Tx) error {
		t, ok := st.(*tx)
		if !ok {
			return store.ErrClosed
		}
		more, err = t.purge(ctx, limit)
		return err
	})
	return more, err
}

// purgeStep deletes rows and returns how many.
type purgeStep func(ctx context.Context, limit int) (int64, error)

func (t *tx) purge(ctx context.Context, limit int) (more bool, err error) {
	steps := []purgeStep{t.purgeSent, t.purgeLeftovers}
	apps, err := t.ListApps(ctx)
	if err != nil {
		return false, err
	}
	for _, app := range apps {
		steps = append(steps, t.purgeApp(app)...)
	}
	for _, step := range steps {
		n, err := step(ctx, limit)
		if err != nil {
			return false, err
		}
		more = more || n >= int64(limit)
	}
	return more, nil
}

func (t *tx) deleted(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// purgeSent forgets sends that can have no duplicate any more.
func (t *tx) purgeSent(ctx context.Context, limit int) (int64, error) {
	return t.deleted(ctx, `DELETE FROM sent WHERE (slot, hash) IN (SELECT slot, hash FROM sent WHERE slot < ? ORDER BY slot, hash LIMIT ?)`,
		slotOf(t.now)-1, limit)
}

var leftoverTables = []struct{ table, key string }{
	{"message", "id"}, {"member", "id"}, {"subscriber", "id"}, {"mute", "user_id"},
}

// purgeLeftovers deletes what belonged to a conversation that is gone.
func (t *tx) purgeLeftovers(ctx context.Context, limit int) (int64, error) {
	var conversation int64
	if err := t.queryRow(ctx, "SELECT conversation FROM leftover LIMIT 1", nil, &conversation); err != nil {
		if notFound(err) == store.ErrNotFound { //nolint:errorlint // made on the left
			return 0, nil
		}
		return 0, err
	}
	for _, l := range leftoverTables {
		n, err := t.deleted(ctx, `DELETE FROM `+l.table+` WHERE conversation = ? AND `+l.key+` IN (SELECT `+l.key+` FROM `+l.table+` WHERE conversation = ? LIMIT ?)`,
			conversation, conversation, limit)
		if err != nil || n > 0 {
			return int64(limit), err // come back for the next rows or the next table
		}
	}
	_, err := t.deleted(ctx, "DELETE FROM leftover WHERE conversation = ?", conversation)
	return int64(limit), err
}

// purgeApp deletes what the app's retention times do not keep.
func (t *tx) purgeApp(app *chat.App) []purgeStep {
	var steps []purgeStep
	add := func(keep time.Duration, query string) {
		if keep <= 0 {
			return
		}
		steps = append(steps, func(ctx context.Context, limit int) (int64, error) {
			return t.deleted(ctx, query, int64(app.SDKAppID), millis(t.now.Add(-keep)), limit)
		})
	}
	add(app.Settings.MessageRetention,
		`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE sdkappid = ? AND sent_at < ? ORDER BY id LIMIT ?)`)
	// Attempts go before their events, which are how they are found.
	add(app.Settings.EventRetention,
		`DELETE FROM attempt WHERE event_id IN (SELECT id FROM event WHERE sdkappid = ? AND state >= 2 AND recorded_at < ? ORDER BY id LIMIT ?)`)
	add(app.Settings.EventRetention,
		`DELETE FROM event WHERE id IN (SELECT id FROM event WHERE sdkappid = ? AND state >= 2 AND recorded_at < ? ORDER BY id LIMIT ?)`)
	add(app.Settings.AttemptRetention,
		`DELETE FROM attempt WHERE event_id IN (SELECT e.id FROM event e WHERE e.sdkappid = ? AND e.recorded_at < ? AND e.state >= 2
			AND EXISTS (SELECT 1 FROM attempt a WHERE a.event_id = e.id) ORDER BY e.id LIMIT ?)`)
	return steps
}

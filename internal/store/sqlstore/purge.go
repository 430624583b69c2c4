package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Purging shares the writer with those who send, so a step neither deletes nor
// looks at more than a few rows: it begins at the oldest ones of an app and
// gives up after a window of them. Rows that must stay, like an event that still
// waits for its receiver, hold up those behind them only if they fill the window.

// purgeWindow is how many rows a step looks at for each one it may delete.
const purgeWindow = 4

// purger is what purging remembers.
type purger struct {
	mu sync.Mutex // guards the rest
	// attempts is up to which event an app's attempts are gone.
	attempts map[chat.SDKAppID]int64
	// looked is when the parts of tables were looked after, and inRest those that
	// cannot be made.
	looked time.Time
	inRest map[string]bool
}

// Purge deletes a little of what nobody keeps, in one short transaction.
func (s *Store) Purge(ctx context.Context, limit int) (more bool, err error) {
	s.purger.mu.Lock()
	defer s.purger.mu.Unlock()
	partsErr := s.lookAfterParts(ctx) // rows are deleted nevertheless
	var attempts map[chat.SDKAppID]int64
	err = s.Update(ctx, func(st store.Tx) error {
		t, ok := st.(*tx)
		if !ok {
			return store.ErrClosed
		}
		attempts = maps.Clone(s.purger.attempts)
		if attempts == nil {
			attempts = make(map[chat.SDKAppID]int64)
		}
		more, err = t.purge(ctx, max(limit, 1), attempts)
		return err
	})
	if err = errors.Join(err, partsErr); err != nil {
		return false, err
	}
	s.purger.attempts = attempts
	return more, nil
}

// purgeStep deletes at most limit rows and returns how many, and whether it
// stopped looking before that though more may follow.
type purgeStep func(ctx context.Context, limit int) (n int, more bool, err error)

// step is a purgeStep that ends where it finds no more.
func step(do func(ctx context.Context, limit int) (int, error)) purgeStep {
	return func(ctx context.Context, limit int) (int, bool, error) {
		n, err := do(ctx, limit)
		return n, false, err
	}
}

func (t *tx) purge(ctx context.Context, limit int, attempts map[chat.SDKAppID]int64) (more bool, err error) {
	steps := []purgeStep{step(t.purgeSent), step(t.purgeSessions), step(t.purgeApplications), step(t.purgeBans), step(t.purgeLeftovers)}
	apps, err := t.ListApps(ctx)
	if err != nil {
		return false, err
	}
	for _, app := range apps {
		steps = append(steps, t.purgeApp(app, apps, attempts)...)
	}
	for _, do := range steps {
		n, goOn, err := do(ctx, limit)
		if err != nil {
			return false, err
		}
		if limit -= n; limit <= 0 {
			return true, nil
		}
		more = more || goOn
	}
	return more, nil
}

func (t *tx) deleted(ctx context.Context, query string, args ...any) (int, error) {
	res, err := t.exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}

// purgeSent forgets sends that can have no duplicate any more.
func (t *tx) purgeSent(ctx context.Context, limit int) (int, error) {
	return t.deleted(ctx, `DELETE FROM sent WHERE (slot, hash) IN (SELECT slot, hash FROM sent WHERE slot < ? ORDER BY slot, hash LIMIT ?)`,
		slotOf(t.now)-1, limit)
}

// deleteLeftovers delete what belonged to a conversation, table by table.
var deleteLeftovers = []string{
	`DELETE FROM receipt WHERE (conversation, seq, user_id) IN (SELECT conversation, seq, user_id FROM receipt WHERE conversation = ? ORDER BY seq, user_id LIMIT ?)`,
	`DELETE FROM hidden WHERE (conversation, user_id, seq) IN (SELECT conversation, user_id, seq FROM hidden WHERE conversation = ? ORDER BY user_id, seq LIMIT ?)`,
	`DELETE FROM attribute WHERE conversation IN (SELECT conversation FROM attribute WHERE conversation = ? LIMIT ?)`,
	`DELETE FROM counter WHERE conversation IN (SELECT conversation FROM counter WHERE conversation = ? LIMIT ?)`,
	`DELETE FROM pin WHERE id IN (SELECT id FROM pin WHERE conversation = ? ORDER BY seq LIMIT ?)`,
	`DELETE FROM reaction WHERE id IN (SELECT id FROM reaction WHERE conversation = ? ORDER BY seq LIMIT ?)`,
	`DELETE FROM extension WHERE (conversation, seq, name) IN (SELECT conversation, seq, name FROM extension WHERE conversation = ? ORDER BY seq, name LIMIT ?)`,
	`DELETE FROM extended WHERE (conversation, seq) IN (SELECT conversation, seq FROM extended WHERE conversation = ? ORDER BY seq LIMIT ?)`,
	`DELETE FROM message WHERE id IN (SELECT id FROM message WHERE conversation = ? ORDER BY seq LIMIT ?)`,
	`DELETE FROM application WHERE id IN (SELECT id FROM application WHERE conversation = ? ORDER BY id LIMIT ?)`,
	`DELETE FROM member WHERE id IN (SELECT id FROM member WHERE conversation = ? ORDER BY id LIMIT ?)`,
	`DELETE FROM subscriber WHERE id IN (SELECT id FROM subscriber WHERE conversation = ? ORDER BY id LIMIT ?)`,
	`DELETE FROM contact WHERE (conversation, user_id) IN (SELECT conversation, user_id FROM contact WHERE conversation = ? ORDER BY user_id LIMIT ?)`,
	`DELETE FROM topic_member WHERE (community, user_id, topic) IN (SELECT community, user_id, topic FROM topic_member WHERE topic = ? ORDER BY user_id LIMIT ?)`,
	`DELETE FROM mute WHERE (conversation, user_id) IN (SELECT conversation, user_id FROM mute WHERE conversation = ? ORDER BY user_id LIMIT ?)`,
	`DELETE FROM ban WHERE (conversation, user_id) IN (SELECT conversation, user_id FROM ban WHERE conversation = ? ORDER BY user_id LIMIT ?)`,
	`DELETE FROM room_mark WHERE (conversation, user_id, mark) IN (SELECT conversation, user_id, mark FROM room_mark WHERE conversation = ? ORDER BY user_id, mark LIMIT ?)`,
}

// purgeLeftovers deletes what belonged to conversations that are gone.
func (t *tx) purgeLeftovers(ctx context.Context, limit int) (int, error) {
	done := 0
	for done < limit {
		var conversation int64
		err := t.queryRow(ctx, "SELECT conversation FROM leftover ORDER BY conversation LIMIT 1", nil, &conversation)
		if notFound(err) == store.ErrNotFound { //nolint:errorlint // made on the left
			return done, nil
		}
		if err != nil {
			return done, err
		}
		for _, query := range deleteLeftovers {
			n, err := t.deleted(ctx, query, conversation, limit-done)
			if done += n; err != nil || done >= limit {
				return done, err
			}
		}
		n, err := t.deleted(ctx, "DELETE FROM leftover WHERE conversation = ?", conversation)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

// purgeApp deletes what the app's retention times do not keep.
func (t *tx) purgeApp(app *chat.App, apps []*chat.App, attempts map[chat.SDKAppID]int64) []purgeStep {
	var steps []purgeStep
	if keep := app.Settings.MessageRetention; keep > 0 {
		steps = append(steps, step(func(ctx context.Context, limit int) (int, error) {
			return t.purgeMessages(ctx, app.SDKAppID, keep+t.grace(messageParts, app, apps), limit)
		}), step(func(ctx context.Context, limit int) (int, error) {
			return t.purgeRelays(ctx, app.SDKAppID, keep, limit)
		}))
	}
	if keep := app.Settings.EventRetention; keep > 0 {
		steps = append(steps, step(func(ctx context.Context, limit int) (int, error) {
			return t.purgeEvents(ctx, app.SDKAppID, keep+t.grace(eventParts, app, apps), limit)
		}))
	}
	if keep := app.Settings.AttemptRetention; keep > 0 {
		steps = append(steps, func(ctx context.Context, limit int) (n int, more bool, err error) {
			n, attempts[app.SDKAppID], more, err = t.purgeAttempts(ctx, app.SDKAppID, keep+t.grace(attemptParts, app, apps), attempts[app.SDKAppID], limit)
			return n, more, err
		})
	}
	return steps
}

// kept reports whether the oldest row, whose time the query reads, is one that
// retention keeps, so that there is nothing to look for behind it. A time in the
// future says nothing: the clock was wrong then.
func (t *tx) kept(ctx context.Context, query string, app chat.SDKAppID, keep time.Duration) (bool, error) {
	var at int64
	err := t.queryRow(ctx, query, []any{int64(app)}, &at)
	if notFound(err) == store.ErrNotFound { //nolint:errorlint // made on the left
		return true, nil
	}
	return at >= millis(t.now.Add(-keep)) && at <= millis(t.now), err
}

func (t *tx) purgeMessages(ctx context.Context, app chat.SDKAppID, keep time.Duration, limit int) (int, error) {
	kept, err := t.kept(ctx, `SELECT sent_at FROM message WHERE sdkappid = ? ORDER BY id LIMIT 1`, app, keep)
	if kept || err != nil {
		return 0, err
	}
	// What hangs on the messages goes before them, for they are how it is found.
	window, cutoff, done := purgeWindow*limit, millis(t.now.Add(-keep)), 0
	for _, query := range deleteWithMessages {
		n, err := t.deleted(ctx, query, int64(app), window, cutoff, limit-done)
		if done += n; err != nil || done >= limit {
			return done, err
		}
	}
	return done, nil
}

// oldMessages is an app's oldest messages.
const oldMessages = `(SELECT id, conversation, seq, sent_at FROM message WHERE sdkappid = ? ORDER BY id LIMIT ?) AS oldest`

// deleteWithMessages delete an app's messages that are past their time.
var deleteWithMessages = []string{
	`DELETE FROM receipt WHERE (conversation, seq, user_id) IN (SELECT r.conversation, r.seq, r.user_id
		FROM ` + oldMessages + ` JOIN receipt r ON r.conversation = oldest.conversation AND r.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY r.conversation, r.seq, r.user_id LIMIT ?)`,
	`DELETE FROM hidden WHERE (conversation, user_id, seq) IN (SELECT h.conversation, h.user_id, h.seq
		FROM ` + oldMessages + ` JOIN hidden h ON h.conversation = oldest.conversation AND h.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY h.conversation, h.user_id, h.seq LIMIT ?)`,
	`DELETE FROM pin WHERE id IN (SELECT p.id FROM ` + oldMessages + ` JOIN pin p ON p.conversation = oldest.conversation AND p.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY p.id LIMIT ?)`,
	`DELETE FROM reaction WHERE id IN (SELECT r.id FROM ` + oldMessages + ` JOIN reaction r ON r.conversation = oldest.conversation AND r.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY r.id LIMIT ?)`,
	`DELETE FROM extension WHERE (conversation, seq, name) IN (SELECT x.conversation, x.seq, x.name
		FROM ` + oldMessages + ` JOIN extension x ON x.conversation = oldest.conversation AND x.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY x.conversation, x.seq, x.name LIMIT ?)`,
	`DELETE FROM extended WHERE (conversation, seq) IN (SELECT x.conversation, x.seq
		FROM ` + oldMessages + ` JOIN extended x ON x.conversation = oldest.conversation AND x.seq = oldest.seq
		WHERE oldest.sent_at < ? ORDER BY x.conversation, x.seq LIMIT ?)`,
	`DELETE FROM message WHERE id IN (SELECT id FROM ` + oldMessages + ` WHERE sent_at < ? ORDER BY id LIMIT ?)`,
}

// oldestSettled is an app's oldest events that are settled and past their time.
const oldestSettled = `(SELECT id FROM (SELECT id, state, recorded_at FROM event WHERE sdkappid = ? ORDER BY id LIMIT ?) AS oldest
	WHERE state >= 2 AND recorded_at < ?)`

func (t *tx) purgeEvents(ctx context.Context, app chat.SDKAppID, keep time.Duration, limit int) (int, error) {
	kept, err := t.kept(ctx, `SELECT recorded_at FROM event WHERE sdkappid = ? ORDER BY id LIMIT 1`, app, keep)
	if kept || err != nil {
		return 0, err
	}
	// Attempts go before their events, which are how they are found.
	window, cutoff := purgeWindow*limit, millis(t.now.Add(-keep))
	attempts, err := t.deleted(ctx, `DELETE FROM attempt WHERE (event_id, number) IN (
		SELECT a.event_id, a.number FROM `+oldestSettled+` AS settled JOIN attempt a ON a.event_id = settled.id
		ORDER BY a.event_id, a.number LIMIT ?)`,
		int64(app), window, cutoff, limit)
	if err != nil || attempts >= limit {
		return attempts, err
	}
	events, err := t.deleted(ctx, `DELETE FROM event WHERE id IN (SELECT id FROM `+oldestSettled+` AS settled ORDER BY id LIMIT ?)`,
		int64(app), window, cutoff, limit-attempts)
	return attempts + events, err
}

// purgeAttempts deletes attempts of events that stay, behind the event after. It
// returns the event up to which they are gone, and whether it is to go on there.
func (t *tx) purgeAttempts(ctx context.Context, app chat.SDKAppID, keep time.Duration, after int64, limit int) (n int, done int64, more bool, err error) {
	var oldest sql.NullInt64
	if err := t.queryRow(ctx, "SELECT MIN(event_id) FROM attempt", nil, &oldest); err != nil || !oldest.Valid {
		return 0, after, false, err
	}
	after = max(after, oldest.Int64-1)
	last, looked, expired := after, 0, 0
	cutoff := millis(t.now.Add(-keep))
	if err := t.each(ctx, func(rows *sql.Rows) error {
		var id, at int64
		var state store.EventState
		err := rows.Scan(&id, &state, &at)
		if expired == looked && state >= store.Delivered && at < cutoff {
			last = id
			expired++
		}
		looked++
		return err
	}, "SELECT id, state, recorded_at FROM event WHERE sdkappid = ? AND id > ? ORDER BY id LIMIT ?", int64(app), after, purgeWindow*limit); err != nil {
		return 0, after, false, err
	}
	n, err = t.deleted(ctx, `DELETE FROM attempt WHERE (event_id, number) IN (
		SELECT a.event_id, a.number FROM event e JOIN attempt a ON a.event_id = e.id
		WHERE e.sdkappid = ? AND e.id > ? AND e.id <= ? ORDER BY a.event_id, a.number LIMIT ?)`, int64(app), after, last, limit)
	if err != nil || n >= limit {
		return n, after, false, err
	}
	return n, last, expired == purgeWindow*limit, nil
}

package sqlstore

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Replay makes settled events pending again.
func (t *tx) Replay(ctx context.Context, r store.Replay) ([]store.Event, error) {
	end := int64(math.MaxInt64)
	if !r.Since.IsZero() {
		older, _, err := t.around(ctx, r.App, r.Since.Add(-clockSlack))
		if err != nil {
			return nil, err
		}
		r.After = max(r.After, older)
	}
	if !r.Until.IsZero() {
		var err error
		if _, end, err = t.around(ctx, r.App, r.Until.Add(clockSlack)); err != nil {
			return nil, err
		}
	}
	found := []store.Event{}
	for len(found) < r.Limit {
		step := min(r.Limit-len(found), replayStep)
		ids, err := t.settledIDs(ctx, r, end, step)
		if err != nil {
			return nil, err
		}
		chosen, err := t.replay(ctx, r, ids)
		if err != nil {
			return nil, err
		}
		found = append(found, chosen...)
		if len(ids) < step {
			break
		}
		r.After = ids[step-1]
	}
	return found, nil
}

// replayStep is how many events Replay chooses at a time.
const replayStep = 256

// settledIDs returns the next events before end that are in one of the states, by
// their ID alone, which an index knows.
func (t *tx) settledIDs(ctx context.Context, r store.Replay, end int64, limit int) ([]int64, error) {
	query, args := "SELECT id FROM event WHERE sdkappid = ? AND id > ? AND id < ? AND state <> 0", []any{int64(r.App), r.After, end}
	if r.ID != 0 {
		query, args = query+" AND id = ?", append(args, r.ID)
	}
	if len(r.States) > 0 {
		if !slices.ContainsFunc(r.States, func(s store.EventState) bool { return s < store.Failed }) {
			query += " AND state >= 3" // the words of the index
		}
		query += " AND state IN (?" + strings.Repeat(",?", len(r.States)-1) + ")"
		for _, s := range r.States {
			args = append(args, int64(s))
		}
	}
	var ids []int64
	err := t.each(ctx, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	}, query+" ORDER BY id LIMIT ?", append(args, limit)...)
	return ids, err
}

var (
	selectEvents = list("SELECT "+eventColumns+" FROM event WHERE id IN ", " ORDER BY id")
	makePending  = list("UPDATE event SET state = 0, first_attempt_at = 0, next_attempt_at = 0 WHERE id IN ", "")
)

// replay makes those of ids pending that happened in the time that r names.
func (t *tx) replay(ctx context.Context, r store.Replay, ids []int64) ([]store.Event, error) {
	chosen, pending := []store.Event{}, make([]int64, 0, len(ids))
	err := inList(ctx, t.session, selectEvents, nil, ids, func(rows *sql.Rows) error {
		e, err := scanEvent(rows.Scan)
		if err != nil || millis(e.Time) < millis(r.Since) || (!r.Until.IsZero() && !e.Time.Before(r.Until)) {
			return err
		}
		e.State, e.FirstAttempt, e.NextAttempt = store.Pending, time.Time{}, time.Time{}
		chosen, pending = append(chosen, e), append(pending, e.ID)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return chosen, execList(ctx, t.session, makePending, nil, pending)
}

// around returns two IDs not far apart: events up to the first are older than at,
// those from the second on are not, as far as the clock went forward. It spares
// the writer a walk through the whole log.
func (t *tx) around(ctx context.Context, app chat.SDKAppID, at time.Time) (older, newer int64, err error) {
	var first, last sql.NullInt64
	for _, end := range []struct {
		query string
		id    *sql.NullInt64
	}{
		{"SELECT MIN(id) FROM event WHERE sdkappid = ?", &first},
		{"SELECT MAX(id) FROM event WHERE sdkappid = ?", &last},
	} {
		if err := t.queryRow(ctx, end.query, []any{int64(app)}, end.id); err != nil || !end.id.Valid {
			return 0, math.MaxInt64, err
		}
	}
	older, newer = first.Int64-1, last.Int64+1
	for newer-older > 1000 {
		middle := older + (newer-older)/2
		var recorded int64
		if err := t.queryRow(ctx, "SELECT recorded_at FROM event WHERE sdkappid = ? AND id >= ? ORDER BY id LIMIT 1",
			[]any{int64(app), middle}, &recorded); err != nil {
			return 0, 0, err
		}
		if recorded < millis(at) {
			older = middle
		} else {
			newer = middle
		}
	}
	return older, newer, nil
}

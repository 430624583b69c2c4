package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

var insertEvents = multiRow(
	"INSERT INTO event (sdkappid, command, conversation, client_ip, platform, body, recorded_at) VALUES ",
	"", "(?,?,?,?,?,?,?)", " RETURNING id")

// AddEvents puts rows into the outbox.
func (t *tx) AddEvents(ctx context.Context, rows []event.Outgoing) error {
	if len(rows) == 0 {
		return nil
	}
	var list changes
	ids := t.eventRows(rows, &list)
	if err := t.together(ctx, list); err != nil {
		return fmt.Errorf("add events: %w", err)
	}
	t.heardOf(rows, *ids)
	return nil
}

// eventRows adds the statements that put rows into the outbox, and returns where their
// IDs are once these have run.
func (t *tx) eventRows(rows []event.Outgoing, list *changes) *[]int64 {
	args := make([]any, 0, 7*len(rows))
	for i := range rows {
		r := &rows[i]
		args = append(args, int64(r.SDKAppID), r.Command, r.Conversation, r.ClientIP, string(r.Platform), r.Body, millis(t.now))
	}
	ids := make([]int64, 0, len(rows))
	t.add(list, insertEvents, 7, args, func(scan func(...any) error) error {
		var id int64
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	return &ids
}

// heardOf notes events that were added.
func (t *tx) heardOf(rows []event.Outgoing, ids []int64) {
	// IDs are given in the order of the rows; the order of RETURNING is not promised.
	slices.Sort(ids)
	for i, id := range ids {
		t.added = append(t.added, store.Event{Outgoing: rows[i], ID: id, Time: t.now})
	}
}

const eventColumns = `id, sdkappid, command, conversation, client_ip, platform, body, recorded_at, state, attempts,
	first_attempt_at, next_attempt_at, reason`

func scanEvent(scan func(...any) error) (store.Event, error) {
	var e store.Event
	var recorded, first, next int64
	err := scan(&e.ID, &e.SDKAppID, &e.Command, &e.Conversation, &e.ClientIP, &e.Platform, &e.Body, &recorded, &e.State, &e.Attempts,
		&first, &next, &e.Reason)
	e.Time, e.FirstAttempt, e.NextAttempt = fromMillis(recorded), fromMillis(first), fromMillis(next)
	return e, err
}

func (t *tx) events(ctx context.Context, query string, args ...any) ([]store.Event, error) {
	found := []store.Event{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		e, err := scanEvent(rows.Scan)
		found = append(found, e)
		return err
	}, query, args...)
	return found, err
}

// Event returns one event of an app.
func (t *tx) Event(ctx context.Context, app chat.SDKAppID, id int64) (*store.Event, error) {
	e, err := scanRow(ctx, t, scanEvent, "SELECT "+eventColumns+" FROM event WHERE id = ? AND sdkappid = ?", id, int64(app))
	if err != nil {
		return nil, notFound(err)
	}
	return &e, nil
}

const (
	// scanSpan is how many rows of the log one page looks at.
	scanSpan = 20_000
	// clockSlack is how far the clock may have been set back without hiding
	// events from a search by time.
	clockSlack = time.Hour
)

// ListEvents returns a page of the log, newest first.
func (t *tx) ListEvents(ctx context.Context, q store.EventQuery) ([]store.Event, int64, error) {
	before := q.Before
	if before == 0 {
		before = 1 << 62
	}
	q.Limit = max(q.Limit, 1)
	// The rows of this page's span, cheap to find by their index; the filters
	// then run over no more than these.
	var floor sql.NullInt64
	if err := t.queryRow(ctx, `SELECT MIN(id) FROM (SELECT id FROM event WHERE sdkappid = ? AND id < ? ORDER BY id DESC LIMIT ?) AS span`,
		[]any{int64(q.App), before, scanSpan}, &floor); err != nil {
		return nil, 0, err
	}
	if !floor.Valid {
		return []store.Event{}, 0, nil
	}
	where, args := eventFilter(q)
	found, err := t.events(ctx, "SELECT "+eventColumns+" FROM event WHERE sdkappid = ? AND id < ? AND id >= ?"+where+" ORDER BY id DESC LIMIT ?",
		append(append([]any{int64(q.App), before, floor.Int64}, args...), q.Limit)...)
	if err != nil {
		return nil, 0, err
	}
	if len(found) == q.Limit {
		return found, found[len(found)-1].ID, nil
	}
	return t.endOfPage(ctx, q, found, floor.Int64)
}

// endOfPage tells where a page ends that found less than it wanted in its span.
func (t *tx) endOfPage(ctx context.Context, q store.EventQuery, found []store.Event, floor int64) ([]store.Event, int64, error) {
	var recorded int64
	err := t.queryRow(ctx, "SELECT recorded_at FROM event WHERE sdkappid = ? AND id < ? ORDER BY id DESC LIMIT 1",
		[]any{int64(q.App), floor}, &recorded)
	switch {
	case notFound(err) == store.ErrNotFound: //nolint:errorlint // made on the left
		return found, 0, nil
	case err != nil:
		return nil, 0, err
	case !q.Since.IsZero() && recorded < millis(q.Since.Add(-clockSlack)):
		return found, 0, nil // nor will older ones match
	}
	return found, floor, nil
}

func eventFilter(q store.EventQuery) (where string, args []any) {
	add := func(condition string, values ...any) {
		where += " AND " + condition
		args = append(args, values...)
	}
	if q.Command != "" {
		add("command = ?", q.Command)
	}
	if q.Conversation != "" {
		add("conversation = ?", q.Conversation)
	}
	if len(q.States) > 0 {
		states := make([]any, 0, len(q.States))
		for _, s := range q.States {
			states = append(states, int64(s))
		}
		add("state IN (?"+strings.Repeat(",?", len(states)-1)+")", states...)
	}
	if q.Retrying {
		add("state = 0 AND attempts > 0")
	}
	if !q.Since.IsZero() {
		add("recorded_at >= ?", millis(q.Since))
	}
	if !q.Until.IsZero() {
		add("recorded_at < ?", millis(q.Until))
	}
	return where, args
}

// Attempts returns those of one event.
func (t *tx) Attempts(ctx context.Context, id int64) ([]store.Attempt, error) {
	attempts := []store.Attempt{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		var a store.Attempt
		var at, micros int64
		if err := rows.Scan(&a.Number, &at, &micros, &a.Status, &a.Reason, &a.Reply); err != nil {
			return err
		}
		a.Time, a.Duration = fromMillis(at), time.Duration(micros)*time.Microsecond
		attempts = append(attempts, a)
		return nil
	}, "SELECT number, started_at, duration_us, status, reason, reply FROM attempt WHERE event_id = ? ORDER BY number", id)
	return attempts, err
}

// PendingApps steps from app to app.
func (t *tx) PendingApps(ctx context.Context, after chat.SDKAppID, limit int) ([]chat.SDKAppID, error) {
	return column(ctx, t, make([]chat.SDKAppID, 0), pendingApps, int64(after), limit)
}

// PendingConversations steps from name to name, so that a long backlog of one
// conversation costs no more than a short one.
func (t *tx) PendingConversations(ctx context.Context, app chat.SDKAppID, after string, limit int) ([]string, error) {
	return column(ctx, t, make([]string, 0), pendingConversations, int64(app), after, int64(app), limit)
}

var (
	pendingApps          = steps("SELECT sdkappid FROM event WHERE state = 0 AND sdkappid > %s ORDER BY sdkappid LIMIT 1")
	pendingConversations = steps("SELECT conversation FROM event WHERE sdkappid = ? AND state = 0 AND conversation > %s ORDER BY conversation LIMIT 1")
)

// steps makes a query for values of an index one after the other out of the query for
// the one that follows another.
func steps(next string) string {
	return "WITH RECURSIVE found(value) AS (SELECT (" + fmt.Sprintf(next, "?") + ") UNION ALL SELECT (" + fmt.Sprintf(next, "found.value") +
		") FROM found WHERE found.value IS NOT NULL) SELECT value FROM found WHERE value IS NOT NULL LIMIT ?"
}

// column adds the one column of a query's rows to values.
func column[T any](ctx context.Context, t *tx, values []T, query string, args ...any) ([]T, error) {
	err := t.each(ctx, func(rows *sql.Rows) error {
		var v T
		err := rows.Scan(&v)
		values = append(values, v)
		return err
	}, query, args...)
	return values, err
}

// PendingEvents returns the first pending events of a conversation. The cast keeps
// SQLite from planning anew for each value of the limit.
func (t *tx) PendingEvents(ctx context.Context, app chat.SDKAppID, conversation string, limit int) ([]store.Event, error) {
	return t.events(ctx, "SELECT "+eventColumns+" FROM event WHERE sdkappid = ? AND conversation = ? AND state = 0 ORDER BY id LIMIT CAST(? AS BIGINT)",
		int64(app), conversation, limit)
}

// ParkedEvents returns parked events that are due.
func (t *tx) ParkedEvents(ctx context.Context, now time.Time, limit int) ([]store.Event, error) {
	return t.events(ctx, "SELECT "+eventColumns+" FROM event WHERE state = 1 AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?",
		millis(now), limit)
}

// countQueries name each state as the partial indexes do, so that they are used.
// The sign keeps engines from walking through the whole log of the app instead.
var countQueries = map[store.EventState]string{
	store.Pending: "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE sdkappid = ? AND state = 0 LIMIT ?) AS found",
	store.Parked:  "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE +sdkappid = ? AND state = 1 LIMIT ?) AS found",
	store.Dead:    "SELECT COUNT(*) FROM (SELECT 1 FROM event WHERE sdkappid = ? AND state >= 3 AND state = 4 LIMIT ?) AS found",
}

// CountEvents counts what is not settled, and what is dead.
func (t *tx) CountEvents(ctx context.Context, app chat.SDKAppID, most int) (map[store.EventState]int, error) {
	counts := make(map[store.EventState]int, len(countQueries))
	for state, query := range countQueries {
		var n int
		if err := t.queryRow(ctx, query, []any{int64(app), most}, &n); err != nil {
			return nil, err
		}
		counts[state] = n
	}
	return counts, nil
}

var (
	insertAttempts = multiRow(
		`INSERT INTO attempt (event_id, number, started_at, duration_us, status, reason, reply)
		SELECT v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, v.column7 FROM (VALUES `,
		`(CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS TEXT),CAST(? AS TEXT))`, "(?,?,?,?,?,?,?)",
		`) AS v WHERE EXISTS (SELECT 1 FROM event e WHERE e.id = v.column1 AND e.attempts < v.column2) ON CONFLICT DO NOTHING`)
	settleEvents = multiRow(
		`UPDATE event SET state = v.column2, attempts = v.column3, first_attempt_at = v.column4, next_attempt_at = v.column5, reason = v.column6 FROM (VALUES `,
		"(CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS TEXT))", "(?,?,?,?,?,?)",
		") AS v WHERE event.id = v.column1 AND event.attempts <= v.column3")
)

// Settle stores the outcomes of attempts.
func (t *tx) Settle(ctx context.Context, outcomes []store.Settlement) error {
	attempts := make([]any, 0, 7*len(outcomes))
	latest := make(map[int64]*store.Settlement, len(outcomes))
	for i := range outcomes {
		o := &outcomes[i]
		a := &o.Attempt
		attempts = append(attempts, o.EventID, a.Number, millis(a.Time), a.Duration.Microseconds(), a.Status, a.Reason, a.Reply)
		if l := latest[o.EventID]; l == nil || l.Attempt.Number <= a.Number {
			latest[o.EventID] = o
		}
	}
	states := make([]any, 0, 6*len(latest))
	for _, o := range latest {
		a := &o.Attempt
		states = append(states, o.EventID, int64(o.State), a.Number, millis(o.FirstAttempt), millis(o.NextAttempt), a.Reason)
	}
	// In this order: which attempts are new shows in the events as they were.
	if err := t.execRows(ctx, insertAttempts, 7, attempts); err != nil {
		return fmt.Errorf("log attempts: %w", err)
	}
	if err := t.execRows(ctx, settleEvents, 6, states); err != nil {
		return fmt.Errorf("settle events: %w", err)
	}
	return nil
}

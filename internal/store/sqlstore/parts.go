package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Parts is how an engine keeps a table in parts by time. A row whose time has no
// part is in the table's part called rest.
type Parts struct {
	// List is a query for the names of all parts of a table.
	List string
	// Create makes a part for the times from the first to before the second, in Unix
	// milliseconds, and Drop deletes one. Neither waits long for those who read.
	Create func(table, part string, from, to int64) string
	Drop   func(part string) string
	// Busy reports whether they failed because somebody reads.
	Busy func(error) bool
}

// parted is a table in parts.
type parted struct {
	table, column string
	// layout names a part by the time at which it begins, in UTC.
	layout        string
	months, days  int // its length
	ahead         int // how many parts are made ahead
	longestLength time.Duration
	keep          func(chat.Settings) time.Duration // 0 is for ever
}

var (
	messageParts = &parted{
		table: "message", column: "sent_at", layout: "200601", months: 1, ahead: 2, longestLength: 31 * 24 * time.Hour,
		keep: func(s chat.Settings) time.Duration { return s.MessageRetention },
	}
	eventParts = &parted{
		table: "event", column: "recorded_at", layout: "20060102", days: 1, ahead: 3, longestLength: 24 * time.Hour,
		keep: func(s chat.Settings) time.Duration { return s.EventRetention },
	}
	attemptParts = &parted{
		table: "attempt", column: "started_at", layout: "20060102", days: 1, ahead: 3, longestLength: 24 * time.Hour,
		keep: func(s chat.Settings) time.Duration { // those of an event leave with it at the latest
			if s.AttemptRetention == 0 || s.EventRetention == 0 {
				return max(s.AttemptRetention, s.EventRetention)
			}
			return min(s.AttemptRetention, s.EventRetention)
		},
	}
	// Attempts leave before their events.
	allParts = []*parted{messageParts, attemptParts, eventParts}
)

func (p *parted) next(from time.Time) time.Time { return from.AddDate(0, p.months, p.days) }

// begin is when the part begins that at is in.
func (p *parted) begin(at time.Time) time.Time {
	from, _ := time.Parse(p.layout, at.UTC().Format(p.layout)) // its own format
	return from
}

func (p *parted) name(from time.Time) string { return p.table + "_p" + from.Format(p.layout) }

// span is the time of a part, if the name is one that name makes.
func (p *parted) span(name string) (from, to time.Time, ok bool) {
	text, ok := strings.CutPrefix(name, p.table+"_p")
	from, err := time.Parse(p.layout, text)
	return from, p.next(from), ok && err == nil
}

// longest is how long the app that keeps longest keeps rows; 0 is for ever.
func (p *parted) longest(apps []*chat.App) time.Duration {
	var longest time.Duration
	for _, a := range apps {
		keep := p.keep(a.Settings)
		if keep == 0 {
			return 0
		}
		longest = max(longest, keep)
	}
	return longest
}

// grace is how much longer an app's rows may stay, because they are soon dropped with
// a whole part, which costs next to nothing. Rows that are in no such part are deleted
// one by one after it. It is never more than half of what the app keeps.
func (t *tx) grace(p *parted, app *chat.App, apps []*chat.App) time.Duration {
	keep := p.keep(app.Settings)
	if t.dialect.Parts == nil || keep == 0 || keep != p.longest(apps) || 4*p.longestLength > keep {
		return 0
	}
	return 2 * p.longestLength
}

// partsEvery is how often the parts are looked after.
const partsEvery = time.Minute

// keepParts makes the parts of the next days, and drops those that nobody keeps.
// Several servers may do so at once.
func (s *Store) keepParts(ctx context.Context) error {
	if s.opt.Dialect.Parts == nil {
		return nil
	}
	for _, p := range allParts {
		var missing, expired []time.Time
		if err := s.View(ctx, func(st store.Tx) error {
			t, ok := st.(*tx)
			if !ok {
				return store.ErrClosed
			}
			var err error
			missing, expired, err = t.lookAtParts(ctx, p)
			return err
		}); err != nil {
			return fmt.Errorf("look at the parts of table %s: %w", p.table, err)
		}
		for _, from := range missing {
			if s.purger.inRest[p.name(from)] {
				continue
			}
			if err := s.part(ctx, func(t *tx) error { return s.createPart(ctx, t, p, from) }); err != nil {
				return fmt.Errorf("make %s: %w", p.name(from), err)
			}
		}
		for _, from := range expired {
			if err := s.dropPart(ctx, p, from); err != nil {
				return fmt.Errorf("drop %s: %w", p.name(from), err)
			}
		}
	}
	return nil
}

// part changes a part. If somebody reads it is done the next time: parts are made
// days ahead, and to drop one is not urgent.
func (s *Store) part(ctx context.Context, do func(*tx) error) error {
	err := s.Update(ctx, func(st store.Tx) error {
		t, ok := st.(*tx)
		if !ok {
			return store.ErrClosed
		}
		return do(t)
	})
	if err != nil && s.opt.Dialect.Parts.Busy(err) {
		return nil
	}
	return err
}

// lookAtParts returns where parts begin that are missing and that nobody keeps.
func (t *tx) lookAtParts(ctx context.Context, p *parted) (missing, expired []time.Time, err error) {
	names, err := t.listParts(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	for i, from := 0, p.begin(t.now); i <= p.ahead; i, from = i+1, p.next(from) {
		if !slices.Contains(names, p.name(from)) {
			missing = append(missing, from)
		}
	}
	apps, err := t.ListApps(ctx)
	if err != nil {
		return nil, nil, err
	}
	keep := p.longest(apps)
	if keep == 0 {
		return missing, nil, nil
	}
	for _, name := range names { // sorted, and so the oldest first
		if from, to, ok := p.span(name); ok && !to.After(t.now.Add(-keep)) {
			expired = append(expired, from)
		}
	}
	return missing, expired, nil
}

func (t *tx) listParts(ctx context.Context, p *parted) ([]string, error) {
	var names []string
	err := t.each(ctx, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	}, t.dialect.Parts.List, p.table)
	slices.Sort(names)
	return names, err
}

// createPart makes a part, unless the rest already has rows of its time: the clock
// was wrong when they came. Then those of that time go on to the rest and are deleted
// one by one.
func (s *Store) createPart(ctx context.Context, t *tx, p *parted, from time.Time) error {
	to := p.next(from)
	var occupied bool
	if err := t.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+p.table+"_rest WHERE "+p.column+" >= ? AND "+p.column+" < ?)",
		[]any{millis(from), millis(to)}, &occupied); err != nil {
		return err
	}
	if occupied {
		s.purger.inRest[p.name(from)] = true
		return nil
	}
	return t.plain(ctx, t.dialect.Parts.Create(p.table, p.name(from), from.UnixMilli(), to.UnixMilli()))
}

// dropLimit is how many rows that hang on messages of a part leave in one step.
const dropLimit = 1000

// dropPart drops a part that nobody keeps, if nothing in it is still needed.
func (s *Store) dropPart(ctx context.Context, p *parted, from time.Time) error {
	name := p.name(from)
	if p == messageParts {
		if err := s.emptyMarks(ctx, name); err != nil {
			return err
		}
	}
	return s.part(ctx, func(t *tx) error {
		// Another server may have dropped it, or a replay have made an event wait again.
		if names, err := t.listParts(ctx, p); err != nil || !slices.Contains(names, name) {
			return err
		}
		if needed, err := t.needsPart(ctx, p, name, p.next(from)); needed || err != nil {
			return err
		}
		if p == eventParts {
			if _, err := t.exec(ctx, "DELETE FROM attempt_rest WHERE event_id IN (SELECT id FROM "+name+")"); err != nil {
				return err
			}
		}
		return t.plain(ctx, t.dialect.Parts.Drop(name))
	})
}

// needsPart reports whether events wait that are in a part, or whose attempts may be.
func (t *tx) needsPart(ctx context.Context, p *parted, name string, to time.Time) (needed bool, err error) {
	switch p {
	case eventParts:
		err = t.queryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+name+" WHERE state = 0) OR EXISTS (SELECT 1 FROM "+name+" WHERE state = 1)", nil, &needed)
	case attemptParts:
		err = t.queryRow(ctx, `SELECT EXISTS (SELECT 1 FROM event WHERE state = 0 AND attempts > 0 AND recorded_at < ?)
			OR EXISTS (SELECT 1 FROM event WHERE state = 1 AND recorded_at < ?)`, []any{millis(to), millis(to)}, &needed)
	}
	return needed, err
}

// marks are the tables of what hangs on messages, and their keys.
var marks = []struct{ table, key string }{
	{"receipt", "conversation, seq, user_id"},
	{"hidden", "conversation, user_id, seq"},
	{"pin", "conversation, seq"},
	{"reaction", "conversation, seq, name, user_id"},
	{"extension", "conversation, seq, name"},
	{"extended", "conversation, seq"},
}

// emptyMarks deletes what hangs on the messages of a part, a little at a time.
func (s *Store) emptyMarks(ctx context.Context, part string) error {
	for _, m := range marks {
		mine := "SELECT " + m.key + " FROM " + m.table + " WHERE EXISTS (SELECT 1 FROM " + part +
			" AS m WHERE m.conversation = " + m.table + ".conversation AND m.seq = " + m.table + ".seq) LIMIT ?"
		for {
			var n int
			err := s.part(ctx, func(t *tx) (err error) {
				n, err = t.deleted(ctx, "DELETE FROM "+m.table+" WHERE ("+m.key+") IN ("+mine+")", dropLimit)
				return err
			})
			if err != nil {
				return fmt.Errorf("empty table %s: %w", m.table, err)
			}
			if n < dropLimit {
				break
			}
		}
	}
	return nil
}

// lookAfterParts is keepParts, now and then.
func (s *Store) lookAfterParts(ctx context.Context) error {
	now := s.opt.Clock()
	if since := now.Sub(s.purger.looked); since >= 0 && since < partsEvery {
		return nil
	}
	if err := s.keepParts(ctx); err != nil {
		return err
	}
	s.purger.looked = now
	return nil
}

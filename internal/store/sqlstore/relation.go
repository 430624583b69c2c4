package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// ties reads who of others stands on a user's list and on whose list he stands.
func (t *tx) ties(ctx context.Context, mine, theirs *statements, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error) {
	found := make(map[string]chat.Tie)
	for _, side := range []struct {
		st   *statements
		mark func(*chat.Tie)
	}{
		{mine, func(tie *chat.Tie) { tie.Mine = true }},
		{theirs, func(tie *chat.Tie) { tie.Theirs = true }},
	} {
		if err := inList(ctx, t.session, side.st, []any{int64(app), userID}, others, func(rows *sql.Rows) error {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			tie := found[id]
			side.mark(&tie)
			found[id] = tie
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (t *tx) count(ctx context.Context, query string, args ...any) (int, error) {
	var n int
	err := t.queryRow(ctx, query, args, &n)
	return n, err
}

// listSince reads a list of users with their times, and the place of the last one.
func (t *tx) listSince(ctx context.Context, begin int64, query string, args ...any) ([]chat.Since, int64, error) {
	var entries []chat.Since
	last := begin
	err := t.each(ctx, func(rows *sql.Rows) error {
		var e chat.Since
		var at int64
		if err := rows.Scan(&last, &e.UserID, &at); err != nil {
			return err
		}
		e.Time = fromMillis(at)
		entries = append(entries, e)
		return nil
	}, query, args...)
	return entries, last, err
}

// PutPendency stores a request in the place of an earlier one.
func (t *tx) PutPendency(ctx context.Context, app chat.SDKAppID, p *chat.Pendency) error {
	if _, err := t.DeletePendency(ctx, app, p.Asker, p.Asked); err != nil {
		return err
	}
	return t.queryRow(ctx, `INSERT INTO pendency (sdkappid, asker, asked, asked_at, source, wording, remark, group_name, "both")
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		[]any{int64(app), p.Asker, p.Asked, millis(p.Time), p.AddSource, p.AddWording, p.Remark, p.Group, bit(p.Both)}, &p.ID)
}

const pendencyColumns = `SELECT id, asker, asked, asked_at, source, wording, remark, group_name, "both" FROM pendency`

var selectPendencies = list(pendencyColumns+" WHERE sdkappid = ? AND asked = ? AND asker IN ", "")

func scanPendency(rows *sql.Rows) (chat.Pendency, error) {
	var p chat.Pendency
	var at int64
	err := rows.Scan(&p.ID, &p.Asker, &p.Asked, &at, &p.AddSource, &p.AddWording, &p.Remark, &p.Group, &p.Both)
	p.Time = fromMillis(at)
	return p, err
}

// PendenciesOf returns the requests that askers made to asked.
func (t *tx) PendenciesOf(ctx context.Context, app chat.SDKAppID, asked string, askers []string) (map[string]*chat.Pendency, error) {
	found := make(map[string]*chat.Pendency)
	err := inList(ctx, t.session, selectPendencies, []any{int64(app), asked}, askers, func(rows *sql.Rows) error {
		p, err := scanPendency(rows)
		found[p.Asker] = &p
		return err
	})
	return found, err
}

// ListPendencies returns a page of requests, newest first.
func (t *tx) ListPendencies(ctx context.Context, app chat.SDKAppID, userID string, page store.PendencyPage) ([]chat.Pendency, error) {
	var pendencies []chat.Pendency
	before := page.Before
	if before == 0 {
		before = math.MaxInt64
	}
	// Both indexes end with the ID, so that the engine merges two short lists.
	err := t.each(ctx, func(rows *sql.Rows) error {
		p, err := scanPendency(rows)
		pendencies = append(pendencies, p)
		return err
	}, pendencyColumns+` WHERE sdkappid = ? AND ((? = 1 AND asked = ?) OR (? = 1 AND asker = ?)) AND id < ? ORDER BY id DESC LIMIT ?`,
		int64(app), bit(page.Received), userID, bit(page.Sent), userID, before, page.Limit)
	return pendencies, err
}

// CountPendencies counts a user's requests.
func (t *tx) CountPendencies(ctx context.Context, app chat.SDKAppID, userID string) (received, sent, unread int, err error) {
	if err := t.queryRow(ctx, `SELECT COUNT(*), COALESCE(SUM(CASE WHEN asked_at > COALESCE((SELECT pendency_read_at FROM account WHERE sdkappid = ? AND user_id = ?), 0)
		THEN 1 ELSE 0 END), 0) FROM pendency WHERE sdkappid = ? AND asked = ?`, []any{int64(app), userID, int64(app), userID}, &received, &unread); err != nil {
		return 0, 0, 0, err
	}
	sent, err = t.count(ctx, "SELECT COUNT(*) FROM pendency WHERE sdkappid = ? AND asker = ?", int64(app), userID)
	return received, sent, unread, err
}

// DeletePendency forgets a request.
func (t *tx) DeletePendency(ctx context.Context, app chat.SDKAppID, asker, asked string) (bool, error) {
	n, err := t.deleted(ctx, "DELETE FROM pendency WHERE sdkappid = ? AND asked = ? AND asker = ?", int64(app), asked, asker)
	return n > 0, err
}

// SetPendencyRead notes until when a user has read his requests.
func (t *tx) SetPendencyRead(ctx context.Context, app chat.SDKAppID, userID string, until time.Time) error {
	_, err := t.exec(ctx, "UPDATE account SET pendency_read_at = ? WHERE sdkappid = ? AND user_id = ?", millis(until), int64(app), userID)
	return err
}

var (
	selectBlocked   = list("SELECT blocked_id FROM block WHERE sdkappid = ? AND user_id = ? AND blocked_id IN ", "")
	selectBlockedBy = list("SELECT user_id FROM block WHERE sdkappid = ? AND blocked_id = ? AND user_id IN ", "")
	deleteBlocked   = list("DELETE FROM block WHERE sdkappid = ? AND user_id = ? AND blocked_id IN ", "")
)

// Blocked reports whether other is on the black list of owner.
func (t *tx) Blocked(ctx context.Context, app chat.SDKAppID, owner, other string) (bool, error) {
	var one int64
	err := t.queryRow(ctx, "SELECT 1 FROM block WHERE sdkappid = ? AND user_id = ? AND blocked_id = ?", []any{int64(app), owner, other}, &one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// BlocksBetween says who of others is blocked and who blocks.
func (t *tx) BlocksBetween(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error) {
	return t.ties(ctx, selectBlocked, selectBlockedBy, app, userID, others)
}

// ListBlocked returns a page of a black list, oldest first.
func (t *tx) ListBlocked(ctx context.Context, app chat.SDKAppID, owner string, after int64, limit int) ([]chat.Since, int64, error) {
	return t.listSince(ctx, after, "SELECT id, blocked_id, blocked_at FROM block WHERE sdkappid = ? AND user_id = ? AND id > ? ORDER BY id LIMIT ?",
		int64(app), owner, after, limit)
}

// CountBlocked is the length of a black list.
func (t *tx) CountBlocked(ctx context.Context, app chat.SDKAppID, owner string) (int, error) {
	return t.count(ctx, "SELECT COUNT(*) FROM block WHERE sdkappid = ? AND user_id = ?", int64(app), owner)
}

// AddBlocked adds users to a black list.
func (t *tx) AddBlocked(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error {
	for _, id := range ids {
		if _, err := t.exec(ctx, `INSERT INTO block (sdkappid, user_id, blocked_id, blocked_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (sdkappid, user_id, blocked_id) DO NOTHING`, int64(app), owner, id, millis(t.now)); err != nil {
			return err
		}
	}
	return nil
}

// DeleteBlocked takes users off a black list.
func (t *tx) DeleteBlocked(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error {
	return execList(ctx, t.session, deleteBlocked, []any{int64(app), owner}, ids)
}

var (
	selectFollowed   = list("SELECT followed_id FROM follow WHERE sdkappid = ? AND user_id = ? AND followed_id IN ", "")
	selectFollowedBy = list("SELECT user_id FROM follow WHERE sdkappid = ? AND followed_id = ? AND user_id IN ", "")
	deleteFollowed   = list("DELETE FROM follow WHERE sdkappid = ? AND user_id = ? AND followed_id IN ", "")
)

// FollowsBetween says who of others is followed and who follows.
func (t *tx) FollowsBetween(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error) {
	return t.ties(ctx, selectFollowed, selectFollowedBy, app, userID, others)
}

// mutualFollow is the condition that the followed user follows back.
const mutualFollow = ` AND EXISTS (SELECT 1 FROM follow b WHERE b.sdkappid = f.sdkappid AND b.user_id = f.followed_id AND b.followed_id = f.user_id)`

// ListFollows returns a page of those who follow or are followed, newest first.
func (t *tx) ListFollows(ctx context.Context, app chat.SDKAppID, userID string, kind chat.FollowKind, before int64, limit int) ([]chat.Since, int64, error) {
	var query string
	switch kind {
	case chat.Followers:
		query = "SELECT f.id, f.user_id, f.followed_at FROM follow f WHERE f.sdkappid = ? AND f.followed_id = ? AND f.id < ?"
	case chat.Following:
		query = "SELECT f.id, f.followed_id, f.followed_at FROM follow f WHERE f.sdkappid = ? AND f.user_id = ? AND f.id < ?"
	case chat.Mutual:
		query = "SELECT f.id, f.followed_id, f.followed_at FROM follow f WHERE f.sdkappid = ? AND f.user_id = ? AND f.id < ?" + mutualFollow
	}
	if before == 0 {
		before = math.MaxInt64
	}
	return t.listSince(ctx, before, query+" ORDER BY f.id DESC LIMIT ?", int64(app), userID, before, limit)
}

// CountFollows counts who follows a user and whom he follows.
func (t *tx) CountFollows(ctx context.Context, app chat.SDKAppID, userID string) (chat.FollowCount, error) {
	var c chat.FollowCount
	var err error
	for _, n := range []struct {
		dest  *int
		query string
	}{
		{&c.Followers, "SELECT COUNT(*) FROM follow f WHERE f.sdkappid = ? AND f.followed_id = ?"},
		{&c.Following, "SELECT COUNT(*) FROM follow f WHERE f.sdkappid = ? AND f.user_id = ?"},
		{&c.Mutual, "SELECT COUNT(*) FROM follow f WHERE f.sdkappid = ? AND f.user_id = ?" + mutualFollow},
	} {
		if *n.dest, err = t.count(ctx, n.query, int64(app), userID); err != nil {
			return c, err
		}
	}
	return c, nil
}

// AddFollows lets a user follow others.
func (t *tx) AddFollows(ctx context.Context, app chat.SDKAppID, userID string, ids []string) error {
	for _, id := range ids {
		if _, err := t.exec(ctx, `INSERT INTO follow (sdkappid, user_id, followed_id, followed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (sdkappid, user_id, followed_id) DO NOTHING`, int64(app), userID, id, millis(t.now)); err != nil {
			return err
		}
	}
	return nil
}

// DeleteFollows ends that a user follows others.
func (t *tx) DeleteFollows(ctx context.Context, app chat.SDKAppID, userID string, ids []string) error {
	return execList(ctx, t.session, deleteFollowed, []any{int64(app), userID}, ids)
}

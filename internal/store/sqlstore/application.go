package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// PutApplication stores an application in the place of an earlier one, and drops
// the oldest of those that are too many.
func (t *tx) PutApplication(ctx context.Context, app chat.SDKAppID, conversation int64, a *chat.Application) error {
	a.Time = t.now
	if _, err := t.exec(ctx, "DELETE FROM application WHERE conversation = ? AND kind = ? AND joiner = ?",
		conversation, int64(a.Kind), a.Joiner); err != nil {
		return err
	}
	if err := t.queryRow(ctx, `INSERT INTO application (sdkappid, conversation, kind, applicant, joiner, note, authentication, added_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		[]any{int64(app), conversation, int64(a.Kind), a.Applicant, a.Joiner, a.Text, a.Authentication, millis(t.now)}, &a.ID); err != nil {
		return err
	}
	if _, err := t.exec(ctx, `DELETE FROM application WHERE conversation = ? AND id <=
		(SELECT id FROM application WHERE conversation = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
		conversation, conversation, chat.MaxApplications); err != nil {
		return err
	}
	_, err := t.exec(ctx, `DELETE FROM application WHERE sdkappid = ? AND applicant = ? AND id <=
		(SELECT id FROM application WHERE sdkappid = ? AND applicant = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
		int64(app), a.Applicant, int64(app), a.Applicant, chat.MaxApplications)
	return err
}

const selectApplications = `SELECT a.id, a.kind, c.name, g.name, a.applicant, a.joiner, a.note, a.authentication, a.added_at FROM application a
	JOIN conversation c ON c.id = a.conversation JOIN chat_group g ON g.conversation = a.conversation`

func scanApplication(scan func(...any) error) (chat.Application, error) {
	var a chat.Application
	var added int64
	err := scan(&a.ID, &a.Kind, &a.GroupID, &a.GroupName, &a.Applicant, &a.Joiner, &a.Text, &a.Authentication, &added)
	a.Time = fromMillis(added)
	return a, err
}

// Application finds the application that waits for joiner.
func (t *tx) Application(ctx context.Context, conversation int64, kind chat.ApplicationKind, joiner string) (*chat.Application, error) {
	return t.application(ctx, " WHERE a.conversation = ? AND a.kind = ? AND a.joiner = ? AND a.added_at > ?",
		conversation, int64(kind), joiner, t.oldestApplication())
}

// ApplicationBy finds the application that has the authentication.
func (t *tx) ApplicationBy(ctx context.Context, conversation int64, authentication string) (*chat.Application, error) {
	return t.application(ctx, " WHERE a.conversation = ? AND a.authentication = ? AND a.added_at > ?",
		conversation, authentication, t.oldestApplication())
}

func (t *tx) application(ctx context.Context, where string, args ...any) (*chat.Application, error) {
	a, err := scanRow(ctx, t, scanApplication, selectApplications+where, args...)
	if err != nil {
		return nil, notFound(err)
	}
	return &a, nil
}

// oldestApplication is the time of those that do not wait any more.
func (t *tx) oldestApplication() int64 { return millis(t.now.Add(-chat.ApplicationLifetime)) }

// ListApplications returns what waits for the decision of one user.
func (t *tx) ListApplications(ctx context.Context, app chat.SDKAppID, page store.ApplicationPage) ([]chat.Application, error) {
	applications := []chat.Application{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		a, err := scanApplication(rows.Scan)
		applications = append(applications, a)
		return err
	}, selectApplications+` JOIN member m ON m.conversation = a.conversation
		WHERE m.sdkappid = ? AND m.user_id = ? AND m.role IN ('Owner', 'Admin')
		AND (CASE WHEN g.type = 'Community' THEN 1 ELSE 0 END) = ? AND a.id > ? AND a.added_at > ? ORDER BY a.id LIMIT ?`,
		int64(app), page.Handler, bit(page.Communities), page.After, t.oldestApplication(), page.Limit)
	return applications, err
}

var deleteApplications = list("DELETE FROM application WHERE conversation = ? AND joiner IN ", "")

// DeleteApplications forgets whatever waits for joiners.
func (t *tx) DeleteApplications(ctx context.Context, conversation int64, joiners []string) error {
	return execList(ctx, t.session, deleteApplications, []any{conversation}, joiners)
}

// purgeApplications forgets applications that nobody decided on.
func (t *tx) purgeApplications(ctx context.Context, limit int) (int, error) {
	return t.deleted(ctx, "DELETE FROM application WHERE id IN (SELECT id FROM application WHERE added_at <= ? ORDER BY added_at LIMIT ?)",
		t.oldestApplication(), limit)
}

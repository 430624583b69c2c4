package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parley-im/parley/internal/chat"
)

var (
	selectProfiles         = list("SELECT user_id, nick, face_url, profile FROM account WHERE sdkappid = ? AND user_id IN ", "")
	selectOfficialProfiles = list(`SELECT c.name, o.name, o.face_url, '' FROM conversation c JOIN official_account o ON o.conversation = c.id
		WHERE c.sdkappid = ? AND c.kind = 'official' AND c.name IN `, "")
	selectCustomStatuses = list("SELECT user_id, custom_status FROM account WHERE sdkappid = ? AND user_id IN ", "")
	selectPresent        = list("SELECT user_id, MAX(CASE WHEN gone = 0 AND lost = 0 AND (seen_at = 0 OR seen_at > ?) AND "+onLiveNode+" THEN 1 ELSE 0 END) FROM session WHERE sdkappid = ? AND kicked = 0 AND expires_at > ? AND user_id IN ", " GROUP BY user_id")
)

// Profiles returns the profiles of accounts and official accounts.
func (t *tx) Profiles(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]*chat.Profile, error) {
	var users, officials []string
	for _, id := range ids {
		if strings.HasPrefix(id, chat.OfficialPrefix) {
			officials = append(officials, id)
		} else {
			users = append(users, id)
		}
	}
	found := make(map[string]*chat.Profile, len(ids))
	scan := func(rows *sql.Rows) error {
		var p chat.Profile
		var fields string
		if err := rows.Scan(&p.UserID, &p.Nick, &p.FaceURL, &fields); err != nil {
			return err
		}
		var err error
		p.Fields, err = decodeFields(fields)
		found[p.UserID] = &p
		return err
	}
	if err := inList(ctx, t.session, selectProfiles, []any{int64(app)}, users, scan); err != nil {
		return nil, err
	}
	return found, inList(ctx, t.session, selectOfficialProfiles, []any{int64(app)}, officials, scan)
}

// PutProfile replaces a profile.
func (t *tx) PutProfile(ctx context.Context, app chat.SDKAppID, p *chat.Profile) error {
	fields, err := encodeFields(p.Fields)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE account SET nick = ?, face_url = ?, profile = ? WHERE sdkappid = ? AND user_id = ?",
		p.Nick, p.FaceURL, fields, int64(app), p.UserID)
	return err
}

// UserStatuses returns how users have described themselves and whether they are
// logged in and online.
func (t *tx) UserStatuses(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]chat.UserStatus, error) {
	found := make(map[string]chat.UserStatus, len(ids))
	if err := inList(ctx, t.session, selectCustomStatuses, []any{int64(app)}, ids, func(rows *sql.Rows) error {
		var id string
		var s chat.UserStatus
		if err := rows.Scan(&id, &s.Custom); err != nil {
			return err
		}
		found[id] = s
		return nil
	}); err != nil {
		return nil, err
	}
	return found, inList(ctx, t.session, selectPresent, []any{millis(t.now.Add(-chat.GhostTime)), int64(app), millis(t.now)}, ids, func(rows *sql.Rows) error {
		var id string
		var online bool
		if err := rows.Scan(&id, &online); err != nil {
			return err
		}
		if s, ok := found[id]; ok {
			s.LoggedIn, s.Online = true, online
			found[id] = s
		}
		return nil
	})
}

// SetCustomStatus stores a user's status.
func (t *tx) SetCustomStatus(ctx context.Context, app chat.SDKAppID, userID, status string) error {
	_, err := t.exec(ctx, "UPDATE account SET custom_status = ? WHERE sdkappid = ? AND user_id = ?", status, int64(app), userID)
	return err
}

// Watched returns whose status a client wants to hear of.
func (t *tx) Watched(ctx context.Context, app chat.SDKAppID, instance int64) ([]string, error) {
	var text string
	err := t.queryRow(ctx, "SELECT watched FROM session WHERE id = ? AND sdkappid = ?", []any{instance, int64(app)}, &text)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && text == "") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []string
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fmt.Errorf("watched by session %d: %w", instance, err)
	}
	return ids, nil
}

// SetWatched stores whose status a client wants to hear of.
func (t *tx) SetWatched(ctx context.Context, app chat.SDKAppID, instance int64, ids []string) error {
	text := ""
	if len(ids) > 0 {
		b, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		text = string(b)
	}
	_, err := t.exec(ctx, "UPDATE session SET watched = ? WHERE id = ? AND sdkappid = ?", text, instance, int64(app))
	return err
}

// encodeFields is how tags and their values are stored.
func encodeFields(fields map[string]any) (string, error) {
	if len(fields) == 0 {
		return "", nil
	}
	b, err := json.Marshal(fields)
	return string(b), err
}

// decodeFields reads what encodeFields wrote.
func decodeFields(text string) (map[string]any, error) {
	if text == "" {
		return nil, nil
	}
	fields := make(map[string]any)
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&fields); err != nil {
		return nil, fmt.Errorf("fields %q: %w", shorten(text), err)
	}
	for tag, v := range fields {
		if n, ok := v.(json.Number); ok {
			whole, err := n.Int64()
			if err != nil {
				return nil, fmt.Errorf("field %s: %w", tag, err)
			}
			fields[tag] = whole
		}
	}
	return fields, nil
}

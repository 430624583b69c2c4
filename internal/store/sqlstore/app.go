package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

const selectApps = "SELECT sdkappid, secret_key, administrators, settings, webhook, created_at FROM app"

// ListApps returns all apps.
func (t *tx) ListApps(ctx context.Context) ([]*chat.App, error) {
	return t.apps(ctx, selectApps+" ORDER BY sdkappid")
}

// App returns one app.
func (t *tx) App(ctx context.Context, id chat.SDKAppID) (*chat.App, error) {
	apps, err := t.apps(ctx, selectApps+" WHERE sdkappid = ?", int64(id))
	if err != nil {
		return nil, err
	}
	if len(apps) == 0 {
		return nil, store.ErrNotFound
	}
	return apps[0], nil
}

func (t *tx) apps(ctx context.Context, query string, args ...any) ([]*chat.App, error) {
	var apps []*chat.App
	err := t.each(ctx, func(rows *sql.Rows) error {
		app := &chat.App{Settings: chat.DefaultSettings(), Webhook: chat.DefaultWebhook()}
		var admins, settings, webhook string
		var created int64
		if err := rows.Scan(&app.SDKAppID, &app.SecretKey, &admins, &settings, &webhook, &created); err != nil {
			return err
		}
		app.CreateTime = fromMillis(created)
		for _, part := range []struct {
			text string
			into any
		}{{admins, &app.Administrators}, {settings, &app.Settings}, {webhook, &app.Webhook}} {
			if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
				return fmt.Errorf("app %d: %w", app.SDKAppID, err)
			}
		}
		apps = append(apps, app)
		return nil
	}, query, args...)
	return apps, err
}

// CreateApp stores a new app.
func (t *tx) CreateApp(ctx context.Context, app *chat.App) error {
	args, err := appColumns(app)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "INSERT INTO app (administrators, settings, webhook, secret_key, created_at, sdkappid) VALUES (?, ?, ?, ?, ?, ?)",
		append(args, app.SecretKey, millis(t.now), int64(app.SDKAppID))...)
	return err
}

// UpdateApp replaces an app's settings.
func (t *tx) UpdateApp(ctx context.Context, app *chat.App) error {
	args, err := appColumns(app)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE app SET administrators = ?, settings = ?, webhook = ? WHERE sdkappid = ?",
		append(args, int64(app.SDKAppID))...)
	return err
}

func appColumns(app *chat.App) ([]any, error) {
	var columns []any
	for _, part := range []any{app.Administrators, app.Settings, app.Webhook} {
		b, err := json.Marshal(part)
		if err != nil {
			return nil, fmt.Errorf("encode app %d: %w", app.SDKAppID, err)
		}
		columns = append(columns, string(b))
	}
	return columns, nil
}

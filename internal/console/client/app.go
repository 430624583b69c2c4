package client

import (
	"context"
	"net/http"
)

// Server asks what the server is.
func (c *Client) Server(ctx context.Context) (Server, error) {
	return get[Server](ctx, c, "/server", nil)
}

// ListApps returns all apps, lowest SDKAppID first, without their secret keys.
func (c *Client) ListApps(ctx context.Context) ([]App, error) {
	list, err := get[AppList](ctx, c, "/apps", nil)
	return list.Apps, err
}

// GetApp returns one app with its secret key.
func (c *Client) GetApp(ctx context.Context, app int64) (App, error) {
	return get[App](ctx, c, appPath(app), nil)
}

// CreateApp makes an app and returns it with its secret key.
func (c *Client) CreateApp(ctx context.Context, n NewApp) (App, error) {
	return call[App](ctx, c, http.MethodPost, "/apps", nil, n)
}

// UpdateApp changes what is given and returns the app without its secret key.
func (c *Client) UpdateApp(ctx context.Context, app int64, change AppChange) (App, error) {
	return call[App](ctx, c, http.MethodPatch, appPath(app), nil, change)
}

package client

import (
	"context"
	"net/http"
	"net/url"
)

// GetWebhook returns an app's webhooks, with their secrets if reveal is set.
func (c *Client) GetWebhook(ctx context.Context, app int64, reveal bool) (Webhook, error) {
	query := url.Values{}
	if reveal {
		query.Set("reveal", "1")
	}
	return get[Webhook](ctx, c, appPath(app, "webhook"), query)
}

// UpdateWebhook changes what is given. Of the secrets, the answer has only a
// signing secret that was just made.
func (c *Client) UpdateWebhook(ctx context.Context, app int64, change WebhookChange) (Webhook, error) {
	return call[Webhook](ctx, c, http.MethodPatch, appPath(app, "webhook"), nil, change)
}

// GetStatus tells how an app's deliveries stand.
func (c *Client) GetStatus(ctx context.Context, app int64) (WebhookStatus, error) {
	return get[WebhookStatus](ctx, c, appPath(app, "webhook", "status"), nil)
}

// CheckURL tries out an address, the app's own if it is empty.
func (c *Client) CheckURL(ctx context.Context, app int64, address string) (CheckAnswer, error) {
	return call[CheckAnswer](ctx, c, http.MethodPost, appPath(app, "webhook", "check"), nil, CheckRequest{URL: address})
}

// Explain answers why a webhook did not fire. Command and conversation may be
// empty.
func (c *Client) Explain(ctx context.Context, app int64, command, conversation string) (Explanation, error) {
	query := url.Values{}
	add(query, "command", command)
	add(query, "conversation", conversation)
	return get[Explanation](ctx, c, appPath(app, "webhook", "explain"), query)
}

// add leaves out what is empty.
func add(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}

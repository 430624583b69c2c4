package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// ListEvents returns one page of the log.
func (c *Client) ListEvents(ctx context.Context, app int64, q EventQuery) (EventPage, error) {
	query := url.Values{}
	add(query, "command", q.Command)
	add(query, "conversation", q.Conversation)
	add(query, "state", q.State)
	add(query, "since", q.Since)
	add(query, "until", q.Until)
	add(query, "before", q.Before)
	if q.Limit > 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	return get[EventPage](ctx, c, appPath(app, "events"), query)
}

// GetEvent returns one event with its body and its attempts.
func (c *Client) GetEvent(ctx context.Context, app int64, event string) (EventDetail, error) {
	return get[EventDetail](ctx, c, appPath(app, "events", event), nil)
}

// Replay lets events be delivered again and returns how many.
func (c *Client) Replay(ctx context.Context, app int64, request ReplayRequest) (int, error) {
	answer, err := call[ReplayAnswer](ctx, c, http.MethodPost, appPath(app, "events", "replay"), nil, request)
	return answer.Replayed, err
}

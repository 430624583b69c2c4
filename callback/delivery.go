package callback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Parley's own headers.
const (
	// HeaderEventID identifies what the webhook is about. It stays the same
	// when a webhook is repeated.
	HeaderEventID = "X-Parley-Event-Id"

	// HeaderAttempt counts the attempts to deliver a webhook, from 1.
	HeaderAttempt = "X-Parley-Attempt"
)

// Delivery is a webhook ready to be sent. The server makes its requests from
// it; tests of a receiver can do the same.
type Delivery struct {
	Query Query

	// Body is what [Encode] returned.
	Body []byte

	// EventID identifies the event over all attempts; left out if empty.
	EventID string

	// Attempt counts from 1; left out if 0.
	Attempt int

	// Secrets sign the request, which then must have an EventID. Without any
	// it goes unsigned.
	Secrets []Secret
}

// NewRequest returns the HTTP request that makes one attempt at now to deliver
// to endpoint, the URL that the app has configured. The request can be sent by
// any client; replies are for [ParseReply] or [Acknowledged]. Redirects should
// not be followed: anything but HTTP 200 is a failure.
//
// Spec: webhooks#1.1, webhooks#1.4
func (d Delivery) NewRequest(ctx context.Context, endpoint *url.URL, now time.Time) (*http.Request, error) {
	if len(d.Secrets) > 0 && d.EventID == "" {
		return nil, errors.New("callback: new request: signed without an event id")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "", bytes.NewReader(d.Body))
	if err != nil {
		return nil, fmt.Errorf("callback: new request: %w", err)
	}
	// Not as text, which would be parsed once more and end up in errors with
	// the secrets that it contains.
	r.URL = d.Query.URL(endpoint, now)
	r.Host = r.URL.Host
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if d.EventID != "" {
		r.Header.Set(HeaderEventID, d.EventID)
	}
	if d.Attempt > 0 {
		r.Header.Set(HeaderAttempt, strconv.Itoa(d.Attempt))
	}
	if len(d.Secrets) > 0 {
		SignHeader(r.Header, d.EventID, d.Body, now, d.Secrets...)
	}
	return r, nil
}

package webhook

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
)

const (
	// maxIdle is how many idle connections are kept, to all hosts.
	maxIdle = 1024
	// maxLoggedReply is how much of a reply the log keeps.
	maxLoggedReply = 1 << 10
	// maxReplyHeader bounds the headers of a reply.
	maxReplyHeader = 64 << 10
)

// client makes the calls. Connections for questions and for deliveries are
// apart, so that a backlog of the latter does not delay the former.
type client struct {
	reach      Reach
	transports map[Reach]*http.Transport
	clock      func() time.Time
}

// newClient makes a client that calls one host up to concurrency times at once.
func newClient(o Options, concurrency int) *client {
	c := &client{reach: o.Reach, transports: make(map[Reach]*http.Transport), clock: o.Clock}
	for _, r := range []Reach{o.Reach, Anywhere} {
		c.transports[r] = &http.Transport{
			DialContext:            r.dialer(),
			TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    chat.MaxWebhookTimeout,
			MaxIdleConnsPerHost:    concurrency,
			MaxIdleConns:           maxIdle,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: maxReplyHeader,
			DisableCompression:     true,
			ReadBufferSize:         2 << 10,
			WriteBufferSize:        8 << 10,
		}
	}
	return c
}

func (c *client) close() {
	for _, t := range c.transports {
		t.CloseIdleConnections()
	}
}

// result is what came back from one call.
type result struct {
	started  time.Time
	duration time.Duration
	// status is 0 if no answer came.
	status int
	reply  []byte
	// err is why the call failed, nil if it answered 200 with a body of
	// permitted size.
	err error
}

// head is the first part of the reply, for the log.
func (r *result) head() string {
	return printableText(r.reply[:min(len(r.reply), maxLoggedReply)])
}

// call makes one call of an app's endpoint and reads the reply, all within
// timeout. Nothing a receiver does can take longer or need more memory.
func (c *client) call(ctx context.Context, app *chat.App, d callback.Delivery, timeout time.Duration) (r result) {
	r.started = c.clock()
	defer func() { r.duration = c.clock().Sub(r.started) }()
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := newRequest(ctx, app, d, r.started)
	if err != nil {
		r.err = err
		return r
	}
	reach := c.reach
	if app.Settings.PrivateAddresses {
		reach = Anywhere
	}
	// The transport itself follows no redirects.
	response, err := c.transports[reach].RoundTrip(request)
	if err != nil {
		r.err = &callError{phase: phaseConnect, timeout: timeout, err: err}
		return r
	}
	defer func() { _ = response.Body.Close() }()
	r.status = response.StatusCode
	r.reply, err = io.ReadAll(io.LimitReader(response.Body, callback.MaxReplyBytes+1))
	switch {
	case r.status != http.StatusOK:
		r.err = &statusError{status: r.status, location: response.Header.Get("Location")}
	case err != nil:
		r.err = &callError{phase: phaseBody, timeout: timeout, err: err}
	case len(r.reply) > callback.MaxReplyBytes:
		r.err = errReplyTooLarge
	}
	return r
}

// newRequest makes the request of a call at now.
func newRequest(ctx context.Context, app *chat.App, d callback.Delivery, now time.Time) (*http.Request, error) {
	endpoint, err := callback.ParseURL(app.Webhook.URL)
	if err != nil {
		return nil, err
	}
	if app.Webhook.SigningSecret != "" {
		secret, err := callback.ParseSecret(app.Webhook.SigningSecret)
		if err != nil {
			return nil, err
		}
		d.Secrets = []callback.Secret{secret}
	}
	request, err := d.NewRequest(ctx, endpoint, now)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "Parley")
	if user := endpoint.User; user != nil {
		password, _ := user.Password()
		request.SetBasicAuth(user.Username(), password)
	}
	if app.Webhook.Mode != chat.ModeOnce || d.Query.Command.IsBefore() {
		// Receivers close idle connections at any moment, even as a call begins.
		// An entry without a value lets the transport repeat such a call on a
		// new connection, and is not sent.
		request.Header["Idempotency-Key"] = nil
	}
	return request, nil
}

package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
)

const (
	// maxIdle is how many idle connections to one host are kept.
	maxIdle = 64
	// maxLoggedReply is how much of a reply the log keeps.
	maxLoggedReply = 1 << 10
)

// client makes the calls. Connections for questions and for deliveries are
// apart, so that a backlog of the latter does not delay the former.
type client struct {
	reach      Reach
	transports map[Reach]*http.Transport
	clock      func() time.Time
}

func newClient(reach Reach, roots *x509.CertPool, clock func() time.Time) *client {
	c := &client{reach: reach, transports: make(map[Reach]*http.Transport), clock: clock}
	for _, r := range []Reach{reach, Anywhere} {
		c.transports[r] = &http.Transport{
			DialContext:            r.dialer(),
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    10 * time.Second,
			MaxIdleConnsPerHost:    maxIdle,
			MaxIdleConns:           8 * maxIdle,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
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

// attempt is the call as the delivery log shows it.
func (r *result) head() string {
	reply := r.reply
	if len(reply) > maxLoggedReply {
		reply = reply[:maxLoggedReply]
	}
	return printableText(reply)
}

// call makes one call of an app's endpoint and reads the reply, all within
// timeout. Nothing a receiver does can take longer or need more memory.
func (c *client) call(ctx context.Context, app *chat.App, d callback.Delivery, timeout time.Duration) (r result) {
	r.started = c.clock()
	defer func() { r.duration = c.clock().Sub(r.started) }()
	endpoint, err := callback.ParseURL(app.Webhook.URL)
	if err != nil {
		r.err = err
		return r
	}
	if app.Webhook.SigningSecret != "" {
		secret, err := callback.ParseSecret(app.Webhook.SigningSecret)
		if err != nil {
			r.err = err
			return r
		}
		d.Secrets = []callback.Secret{secret}
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := d.NewRequest(ctx, endpoint, r.started)
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
	case err != nil:
		r.err = &callError{phase: phaseBody, timeout: timeout, err: err}
	case r.status != http.StatusOK:
		r.err = &statusError{status: r.status, location: response.Header.Get("Location")}
	case len(r.reply) > callback.MaxReplyBytes:
		r.err = errReplyTooLarge
	}
	return r
}

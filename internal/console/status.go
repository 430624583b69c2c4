package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

// countLimit bounds what a question for the status costs.
const countLimit = 100_000

func (c *Console) getStatus(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	endpoint := c.Webhooks.Endpoint(a.SDKAppID)
	status := client.WebhookStatus{
		URLSet: a.Webhook.URL != "", Failing: endpoint.Failing, FailingOn: endpoint.FailingOn, LastSuccess: endpoint.LastSuccess, CountLimit: countLimit,
	}
	if endpoint.Failing {
		status.NextProbe = endpoint.NextProbe
	}
	ctx := r.Context()
	err = c.Store.View(ctx, func(tx store.Tx) error {
		counts, err := tx.CountEvents(ctx, a.SDKAppID, countLimit)
		if err != nil {
			return err
		}
		status.Pending, status.Parked, status.Dead = counts[store.Pending], counts[store.Parked], counts[store.Dead]
		if status.LastSuccess.IsZero() {
			if status.LastSuccess, err = lastSuccess(ctx, tx, a.SDKAppID); err != nil {
				return err
			}
		}
		status.LastReason, err = lastReason(ctx, tx, a.SDKAppID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read how deliveries stand: %w", err)
	}
	status.Summary = summary(&status, a, c.Clock())
	return status, nil
}

// lastSuccess finds in the log when the newest delivered event was acknowledged;
// after a start the webhook edge does not know.
func lastSuccess(ctx context.Context, tx store.Tx, app chat.SDKAppID) (time.Time, error) {
	found, _, err := tx.ListEvents(ctx, store.EventQuery{App: app, States: []store.EventState{store.Delivered}, Limit: 1})
	if err != nil || len(found) == 0 {
		return time.Time{}, err
	}
	attempts, err := tx.Attempts(ctx, found[0].ID)
	if err != nil || len(attempts) == 0 {
		return time.Time{}, err
	}
	last := attempts[len(attempts)-1]
	return last.Time.Add(last.Duration), nil
}

// lastReason is why the newest event that is being retried failed.
func lastReason(ctx context.Context, tx store.Tx, app chat.SDKAppID) (string, error) {
	found, _, err := tx.ListEvents(ctx, store.EventQuery{App: app, Retrying: true, Limit: 1})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Reason, nil
}

// summary says in a sentence how deliveries stand.
func summary(s *client.WebhookStatus, a *chat.App, now time.Time) string {
	switch {
	case !s.URLSet && s.Pending > 0:
		return fmt.Sprintf("the webhook URL is not set; %s for it", wait(s.Pending))
	case !s.URLSet:
		return "the webhook URL is not set, so nothing fires"
	case s.Failing:
		return fmt.Sprintf("the endpoint fails; %s and the next probe is %s", wait(s.Pending), in(s.NextProbe, now))
	case len(a.Webhook.On) == 0:
		return "no webhook is switched on, so nothing fires"
	case s.LastReason != "":
		return "the endpoint answers, but some events are being retried"
	case s.Parked > 0:
		return "the endpoint answers, but some events are parked: they are retried by themselves"
	case s.Pending > 0:
		return "delivering"
	}
	return "everything is delivered"
}

// wait says that so many events do.
func wait(n int) string {
	switch {
	case n >= countLimit:
		return fmt.Sprintf("more than %d events wait", countLimit)
	case n == 1:
		return "1 event waits"
	}
	return fmt.Sprintf("%d events wait", n)
}

// in says how long it is until at.
func in(at, now time.Time) string {
	if !at.After(now) {
		return "due now"
	}
	return "in " + client.Span(at.Sub(now))
}

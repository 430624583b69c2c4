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

// replayStep is how many events one transaction makes pending again, so that
// senders, who share it, do not wait for long.
const replayStep = 500

func (c *Console) replay(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	var request client.ReplayRequest
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	if request.EventID != "" {
		return c.replayOne(r.Context(), a.SDKAppID, request)
	}
	all, err := c.selection(a.SDKAppID, request)
	if err != nil {
		return nil, err
	}
	n, err := c.replayAll(r.Context(), all)
	if err != nil {
		return nil, fmt.Errorf("replay, after %s: %w", count(n, "event"), err)
	}
	return client.ReplayAnswer{Replayed: n}, nil
}

func (c *Console) replayOne(ctx context.Context, app chat.SDKAppID, request client.ReplayRequest) (any, error) {
	if request.Dead || request.Since != "" || request.Until != "" {
		return nil, badRequest("", "an event ID stands alone, without dead, since and until")
	}
	id, ok := c.Webhooks.ParseEventID(request.EventID)
	if !ok {
		return nil, badRequest("", "%.80q is no event ID", request.EventID)
	}
	var found []store.Event
	err := c.Store.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.Event(ctx, app, id); err != nil {
			return err
		}
		var err error
		found, err = tx.Replay(ctx, store.Replay{App: app, ID: id, Limit: 1})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", c.Webhooks.EventID(id), err)
	}
	if len(found) == 0 {
		return nil, &refusal{http.StatusConflict, fmt.Sprintf("event %s waits to be delivered already", c.Webhooks.EventID(id)), ""}
	}
	c.Webhooks.Replayed(app)
	return client.ReplayAnswer{Replayed: 1}, nil
}

// selection reads which events are wanted. What is recorded from now on is not
// among them, so that a replay ends.
func (c *Console) selection(app chat.SDKAppID, request client.ReplayRequest) (store.Replay, error) {
	all := store.Replay{App: app, States: []store.EventState{store.Delivered, store.Failed, store.Dead}}
	switch {
	case request.Dead:
		all.States = []store.EventState{store.Dead}
	case request.Since == "":
		return all, badRequest("", "say which events: an event ID, dead, or since")
	}
	var err error
	if all.Since, err = c.moment("since", request.Since); err != nil {
		return all, err
	}
	if all.Until, err = c.moment("until", request.Until); err != nil {
		return all, err
	}
	if now := c.Clock(); all.Until.IsZero() || all.Until.After(now) {
		all.Until = now.Add(time.Millisecond) // what was recorded just now counts
	}
	return all, nil
}

// replayAll makes events pending again, oldest first, and returns how many.
func (c *Console) replayAll(ctx context.Context, next store.Replay) (n int, err error) {
	defer func() {
		if n > 0 {
			c.Webhooks.Replayed(next.App)
		}
	}()
	next.Limit = replayStep
	for {
		var found []store.Event
		err := c.Store.Update(ctx, func(tx store.Tx) (err error) {
			found, err = tx.Replay(ctx, next)
			return err
		})
		if err != nil {
			return n, err
		}
		n += len(found)
		if len(found) < replayStep {
			return n, nil
		}
		next.After = found[len(found)-1].ID
	}
}

package console

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

// standing is everything that decides how an event is explained.
type standing struct {
	now      time.Time
	app      *chat.App
	endpoint Endpoint
	event    *store.Event
	// attempts are the calls that are still kept.
	attempts []store.Attempt
	// head is the first pending event of the conversation; nil if there is none.
	head *store.Event
	// name is the public name of an event.
	name func(id int64) string
}

// standing reads what there is to know of e.
func (c *Console) standing(ctx context.Context, tx store.Tx, a *chat.App, e *store.Event) (standing, error) {
	s := standing{now: c.Clock(), app: a, endpoint: c.Webhooks.Endpoint(a.SDKAppID), event: e, name: c.Webhooks.EventID}
	var err error
	if s.attempts, err = tx.Attempts(ctx, e.ID); err != nil {
		return s, fmt.Errorf("attempts: %w", err)
	}
	if e.State != store.Pending {
		return s, nil
	}
	first, err := tx.PendingEvents(ctx, a.SDKAppID, e.Conversation, 1)
	if err != nil {
		return s, fmt.Errorf("first pending event of %s: %w", e.Conversation, err)
	}
	if len(first) > 0 {
		s.head = &first[0]
	}
	return s, nil
}

// sentence says in plain words how the event stands.
func (s *standing) sentence() string {
	e := s.event
	switch e.State {
	case store.Delivered:
		return s.delivered()
	case store.Failed:
		return fmt.Sprintf("tried once and not delivered, as the app's delivery mode was once: %s", e.Reason)
	case store.Dead:
		return fmt.Sprintf("given up after %s: %s", count(e.Attempts, "attempt"), e.Reason)
	case store.Parked:
		return fmt.Sprintf("parked: it failed for longer than %s while the endpoint answered for others, so it is retried by itself, next %s, "+
			"and later events of its conversation go on without it; the last attempt failed because %s",
			client.Span(s.app.Settings.HeadOfLine), in(e.NextAttempt, s.now), e.Reason)
	case store.Pending:
		return s.pending()
	}
	return ""
}

func (s *standing) delivered() string {
	text := fmt.Sprintf("delivered at the %s attempt", ordinal(s.event.Attempts))
	if len(s.attempts) == 0 {
		return text
	}
	last := s.attempts[len(s.attempts)-1]
	return text + " after " + client.Span(last.Time.Add(last.Duration).Sub(s.event.Time))
}

// pending names the first obstacle: no address, an endpoint that fails as a
// whole, a predecessor, the event's own failure.
func (s *standing) pending() string {
	e := s.event
	behind := s.head != nil && s.head.ID < e.ID
	switch {
	case s.app.Webhook.URL == "":
		return "waiting: the webhook URL is not set; it is delivered as soon as there is one"
	case s.endpoint.Failing && behind:
		return s.failing() + "; before it, " + s.name(s.head.ID) + " of the same conversation must be delivered"
	case s.endpoint.Failing:
		return s.failing()
	case behind && stateName(s.head) == retrying:
		return fmt.Sprintf("waiting behind %s of the same conversation, which fails since %s because %s",
			s.name(s.head.ID), s.head.FirstAttempt.UTC().Format(time.RFC3339), s.head.Reason)
	case behind:
		return fmt.Sprintf("waiting behind %s of the same conversation, which is about to be delivered", s.name(s.head.ID))
	case stateName(e) == retrying:
		return fmt.Sprintf("%s attempt failed because %s; the next one is %s", ordinal(e.Attempts), e.Reason, in(e.NextAttempt, s.now))
	case e.Attempts > 0:
		return "about to be delivered again"
	}
	return "about to be delivered"
}

// failing tells of an endpoint that fails as a whole.
func (s *standing) failing() string {
	text := fmt.Sprintf("endpoint failing, next probe %s", in(s.endpoint.NextProbe, s.now))
	reason := s.event.Reason
	if reason == "" && s.head != nil {
		reason = s.head.Reason
	}
	if reason != "" {
		text += "; the last attempt failed because " + reason
	}
	return text
}

// ordinal writes "first", "2nd", "13th".
func ordinal(n int) string {
	if n == 1 {
		return "first"
	}
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, suffix)
}

// count writes "1 event", "2 events".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, noun+"s")
}

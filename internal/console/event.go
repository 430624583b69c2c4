package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

const (
	defaultLimit = 50
	maxLimit     = 500
	// maxSteps is how often the store is asked for one page of the log.
	maxSteps = 10
)

// retrying is the state of a pending event whose last attempt failed.
const retrying = "retrying"

func (c *Console) listEvents(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	if err := checkQuery(r, "command", "conversation", "state", "since", "until", "before", "limit"); err != nil {
		return nil, err
	}
	query, err := c.eventQuery(a.SDKAppID, r.URL.Query())
	if err != nil {
		return nil, err
	}
	found, next, err := c.find(r.Context(), query, conversations(r.URL.Query().Get("conversation")))
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	page := client.EventPage{Events: []client.Event{}}
	for i := range found {
		page.Events = append(page.Events, c.eventAnswer(&found[i]))
	}
	if next != 0 {
		page.Next = c.Webhooks.EventID(next)
	}
	return page, nil
}

// eventQuery reads the filters but for the conversation.
func (c *Console) eventQuery(app chat.SDKAppID, values url.Values) (q store.EventQuery, err error) {
	q = store.EventQuery{App: app, Command: values.Get("command"), Limit: defaultLimit}
	if q.Command != "" {
		if err := c.checkCommand("command", q.Command); err != nil {
			return q, err
		}
	}
	if err := setState(&q, values.Get("state")); err != nil {
		return q, err
	}
	if q.Since, err = c.moment("since", values.Get("since")); err != nil {
		return q, err
	}
	if q.Until, err = c.moment("until", values.Get("until")); err != nil {
		return q, err
	}
	if text := values.Get("before"); text != "" {
		id, ok := c.Webhooks.ParseEventID(text)
		if !ok {
			return q, badRequest("before", "%.80q is no event ID", text)
		}
		q.Before = id
	}
	if text := values.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxLimit {
			return q, badRequest("limit", "limit must be a number from 1 to %d", maxLimit)
		}
		q.Limit = n
	}
	return q, nil
}

func setState(q *store.EventQuery, name string) error {
	if name == "" {
		return nil
	}
	if name == retrying {
		q.Retrying = true
		return nil
	}
	state, ok := store.ParseEventState(name)
	if !ok {
		return badRequest("state", "%.40q is no state; there are: pending, retrying, parked, delivered, failed, dead", name)
	}
	q.States = []store.EventState{state}
	return nil
}

// moment reads a parameter that is a time, zero if it is not given.
func (c *Console) moment(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := client.ParseTime(text, c.Clock())
	if err != nil {
		return time.Time{}, badRequest(name, "%s: %v", name, err)
	}
	return at, nil
}

// conversations are those that an operator may mean: a bare ID is taken for that
// of a group as well as of an official account. None stands for all.
func conversations(text string) []string {
	if text == "" {
		return []string{""}
	}
	if c, ok := chat.ParseConversation(text); ok {
		switch c.Kind {
		case chat.KindGroup, chat.KindTopic, chat.KindOfficial, chat.KindPair, chat.KindUser, chat.KindNone:
			return []string{text}
		}
	}
	return []string{chat.GroupConversation(text).String(), chat.OfficialConversation(text).String()}
}

// find returns a page of the log. The store looks at a bounded number of rows at
// a time, so it may take several steps to fill a page.
func (c *Console) find(ctx context.Context, q store.EventQuery, conversations []string) (page []store.Event, next int64, err error) {
	limit := q.Limit
	for range maxSteps {
		q.Limit = limit - len(page)
		var found []store.Event
		if found, next, err = c.step(ctx, q, conversations); err != nil {
			return nil, 0, err
		}
		page = append(page, found...)
		if next == 0 || len(page) == limit {
			return page, next, nil
		}
		q.Before = next
	}
	return page, next, nil
}

// step asks the store once for each conversation and merges what it finds.
func (c *Console) step(ctx context.Context, q store.EventQuery, conversations []string) (page []store.Event, next int64, err error) {
	err = c.Store.View(ctx, func(tx store.Tx) error {
		page, next = nil, 0
		for _, name := range conversations {
			q.Conversation = name
			found, end, err := tx.ListEvents(ctx, q)
			if err != nil {
				return err
			}
			page, next = append(page, found...), max(next, end)
		}
		return nil
	})
	if err != nil || len(conversations) == 1 {
		return page, next, err
	}
	page, next = merged(page, next, q.Limit)
	return page, next, nil
}

// merged puts pages of several listings into one. Only as far down as all of
// them have looked is the result complete, so there it ends.
func merged(found []store.Event, next int64, limit int) ([]store.Event, int64) {
	slices.SortFunc(found, func(a, b store.Event) int { return cmp.Compare(b.ID, a.ID) })
	end := 0
	for end < len(found) && end < limit && found[end].ID >= next {
		end++
	}
	if end == limit && end < len(found) {
		next = found[end-1].ID
	}
	return found[:end], next
}

func (c *Console) getEvent(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	id, ok := c.Webhooks.ParseEventID(r.PathValue("event"))
	if !ok {
		return nil, badRequest("", "%.80q is no event ID", r.PathValue("event"))
	}
	var s standing
	err = c.Store.View(r.Context(), func(tx store.Tx) error {
		e, err := tx.Event(r.Context(), a.SDKAppID, id)
		if err != nil {
			return err
		}
		s, err = c.standing(r.Context(), tx, a, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", c.Webhooks.EventID(id), err)
	}
	detail := client.EventDetail{Event: c.eventAnswer(s.event), URL: withoutQuery(a.Webhook.URL), Body: string(s.event.Body), AttemptLog: []client.Attempt{}}
	detail.Explanation = s.sentence()
	for _, attempt := range s.attempts {
		detail.AttemptLog = append(detail.AttemptLog, client.Attempt{
			Number: attempt.Number, Time: attempt.Time, Duration: client.Duration(attempt.Duration), Status: attempt.Status,
			Reason: attempt.Reason, Reply: attempt.Reply,
		})
	}
	return detail, nil
}

func (c *Console) eventAnswer(e *store.Event) client.Event {
	return client.Event{
		EventID: c.Webhooks.EventID(e.ID), Command: e.Command, Conversation: e.Conversation, Time: e.Time, State: stateName(e),
		Attempts: e.Attempts, NextAttempt: e.NextAttempt, Reason: e.Reason, ClientIP: e.ClientIP, Platform: string(e.Platform),
	}
}

// stateName is the state as operators know it. An event that was made pending
// again has attempts, but not of this round.
func stateName(e *store.Event) string {
	if e.State == store.Pending && e.Attempts > 0 && !e.FirstAttempt.IsZero() {
		return retrying
	}
	return e.State.String()
}

// withoutQuery leaves out of a URL what may be secret.
func withoutQuery(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery = nil, "", false
	return u.String()
}

package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

// explained is how many of the newest events an explanation looks at.
const explained = 5

// explain answers why an app's webhook did not fire, or what became of it.
func (c *Console) explain(r *http.Request) (any, error) {
	a, err := c.appOf(r)
	if err != nil {
		return nil, err
	}
	if err := checkQuery(r, "command", "conversation"); err != nil {
		return nil, err
	}
	q := inquiry{
		console: c, app: a, command: r.URL.Query().Get("command"), conversation: r.URL.Query().Get("conversation"),
		answer: client.Explanation{Findings: []client.Finding{}, Hints: []string{}, Events: []client.Event{}},
	}
	for _, look := range []func(context.Context) error{q.lookAtURL, q.lookAtCommand, q.lookAtConversation, q.lookAtEndpoint, q.lookAtEvents} {
		if err := look(r.Context()); err != nil {
			return nil, fmt.Errorf("explain: %w", err)
		}
	}
	return q.answer, nil
}

// inquiry gathers an explanation, from the settings to the single event.
type inquiry struct {
	console *Console
	app     *chat.App
	// command and conversation are those in question; empty means all.
	command, conversation string
	answer                client.Explanation
}

// note adds a finding. The first bad one is the verdict.
func (q *inquiry) note(ok bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	q.answer.Findings = append(q.answer.Findings, client.Finding{OK: ok, Text: text})
	if !ok {
		q.conclude(text)
	}
}

// conclude gives the verdict unless there is one.
func (q *inquiry) conclude(text string) {
	if q.answer.Verdict == "" {
		q.answer.Verdict = text
	}
}

func (q *inquiry) hint(format string, args ...any) {
	q.answer.Hints = append(q.answer.Hints, fmt.Sprintf(format, args...))
}

func (q *inquiry) lookAtURL(context.Context) error {
	if q.app.Webhook.URL == "" {
		q.note(false, "the webhook URL is not set, so nothing fires")
		q.hint("set it: parley webhook set --sdkappid %d --url URL", q.app.SDKAppID)
		return nil
	}
	q.note(true, "the webhook URL is %s", withoutQuery(q.app.Webhook.URL))
	return nil
}

func (q *inquiry) lookAtCommand(context.Context) error {
	w := &q.app.Webhook
	if q.command == "" {
		q.lookAtSwitches()
		return nil
	}
	if err := q.console.checkCommand("command", q.command); err != nil {
		q.note(false, "%v", err)
		return nil
	}
	if !slices.Contains(w.On, q.command) {
		q.note(false, "%s is switched off", q.command)
		q.hint("switch it on: parley webhook set --sdkappid %d --on %s", q.app.SDKAppID, q.command)
		return nil
	}
	q.note(true, "%s is switched on", q.command)
	if callback.Command(q.command).IsBefore() {
		q.note(true, "it asks before something happens and waits %s for an answer; without one the policy is %s",
			client.Span(w.TimeoutOf(q.command)), w.OnFailureOf(q.command))
		q.conclude("before-webhooks are asked at once and leave no trace in the event log; calls that failed are in the server's log")
		q.hint("look for \"a before-webhook failed\" in the server's log")
	}
	return nil
}

// lookAtSwitches tells what is on when no command is in question.
func (q *inquiry) lookAtSwitches() {
	var on, off []string
	for _, command := range q.console.Webhooks.Commands() {
		if slices.Contains(q.app.Webhook.On, string(command)) {
			on = append(on, string(command))
		} else {
			off = append(off, string(command))
		}
	}
	if len(on) == 0 {
		q.note(false, "every webhook is switched off")
		q.hint("switch them on: parley webhook set --sdkappid %d --on after", q.app.SDKAppID)
		return
	}
	q.note(true, "switched on: %s", strings.Join(on, ", "))
	if len(off) > 0 {
		q.note(true, "switched off: %s", strings.Join(off, ", "))
	}
}

// lookAtConversation tells whether there is what the events are about. A missing
// group is no verdict: sends to it are refused, and that fires too.
func (q *inquiry) lookAtConversation(ctx context.Context) error {
	if q.conversation == "" {
		return nil
	}
	var exists []string
	err := q.console.Store.View(ctx, func(tx store.Tx) error {
		exists = nil
		for _, name := range conversations(q.conversation) {
			there, err := exist(ctx, tx, q.app.SDKAppID, name)
			if err != nil {
				return err
			}
			if there {
				exists = append(exists, name)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(exists) == 0 {
		q.answer.Findings = append(q.answer.Findings, client.Finding{Text: fmt.Sprintf("there is no %s", strings.Join(conversations(q.conversation), " or "))})
		q.hint("a message to a group that does not exist fires %s only", callback.CommandGroupSendMsgException)
		return nil
	}
	q.note(true, "%s exists", strings.Join(exists, " and "))
	return nil
}

// exist reports whether there is the group or official account that name is for.
func exist(ctx context.Context, tx store.Tx, app chat.SDKAppID, name string) (bool, error) {
	c, _ := chat.ParseConversation(name)
	var err error
	switch c.Kind {
	case chat.KindGroup:
		_, err = tx.Group(ctx, app, c.ID)
	case chat.KindOfficial:
		_, err = tx.Official(ctx, app, c.ID)
	case chat.KindTopic:
		var g *chat.Group
		if g, err = tx.Group(ctx, app, chat.CommunityOf(c.ID)); err == nil {
			_, err = tx.Topic(ctx, g.Conversation, c.ID)
		}
	case chat.KindPair, chat.KindUser:
		users := c.Users()
		known, err := tx.AccountsExisting(ctx, app, users)
		return len(known) == len(users), err
	case chat.KindNone:
		return false, nil
	}
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (q *inquiry) lookAtEndpoint(context.Context) error {
	endpoint := q.console.Webhooks.Endpoint(q.app.SDKAppID)
	if !endpoint.Failing {
		return nil
	}
	q.note(false, "the endpoint fails as a whole; its events wait in order and the next probe is %s", in(endpoint.NextProbe, q.console.Clock()))
	q.hint("try it out: parley webhook check --sdkappid %d", q.app.SDKAppID)
	return nil
}

// lookAtEvents tells what became of the newest events in question.
func (q *inquiry) lookAtEvents(ctx context.Context) error {
	query := store.EventQuery{App: q.app.SDKAppID, Command: q.command, Limit: explained}
	found, next, err := q.console.find(ctx, query, conversations(q.conversation))
	if err != nil {
		return err
	}
	if len(found) == 0 {
		q.nothingRecorded(next != 0)
		return nil
	}
	for i := range found {
		e := q.console.eventAnswer(&found[i])
		err := q.console.Store.View(ctx, func(tx store.Tx) error {
			s, err := q.console.standing(ctx, tx, q.app, &found[i])
			e.Explanation = s.sentence()
			return err
		})
		if err != nil {
			return err
		}
		q.answer.Events = append(q.answer.Events, e)
	}
	newest := q.answer.Events[0]
	text := fmt.Sprintf("the newest event, %s of %s: %s", newest.EventID, newest.Command, newest.Explanation)
	q.note(true, "%s", text)
	q.conclude(text)
	return nil
}

// nothingRecorded explains the absence of events. partly says that the log goes
// on beyond what was looked at.
func (q *inquiry) nothingRecorded(partly bool) {
	if callback.Command(q.command).IsBefore() {
		return
	}
	text := "no such event was recorded"
	if partly {
		text = "no such event is among the newest ones of the log"
	}
	q.note(false, "%s", text)
	retention := "for ever"
	if kept := q.app.Settings.EventRetention; kept > 0 {
		retention = "for " + client.Span(kept)
	}
	q.hint("an event is recorded only while the URL is set and its command is on; settled ones are kept %s", retention)
	q.hint("a message that carries ForbidAfterSendMsgCallback fires nothing, nor does one that repeats an earlier one")
	q.hint("a message that was refused fires %s instead: parley webhook log --command %s",
		callback.CommandGroupSendMsgException, callback.CommandGroupSendMsgException)
}

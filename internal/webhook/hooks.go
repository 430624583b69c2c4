package webhook

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"sync"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// maxQuestions is how many questions of one app are on their way at once;
// further ones wait, within their timeout.
const maxQuestions = 256

// Hooks asks and records for the operations.
type Hooks struct {
	client  *client
	log     *slog.Logger
	metrics *metrics
	// reached is told that an app's backend answered.
	reached func(chat.SDKAppID)

	mu    sync.Mutex // guards slots
	slots map[chat.SDKAppID]chan struct{}
}

var _ event.Hooks = (*Hooks)(nil)

// Record turns what happened into a row for the outbox.
func (h *Hooks) Record(app *chat.App, happened event.Event) []event.Outgoing {
	row, ok := rows[reflect.TypeOf(happened)]
	if !ok || !app.Webhook.Enabled(string(row.command)) {
		return nil
	}
	body, err := callback.Encode(row.body(happened))
	if err != nil {
		// Bodies are made of what was parsed before.
		h.log.Error("a webhook body could not be encoded, the event is lost", "sdkappid", app.SDKAppID, "command", row.command, "error", err)
		return nil
	}
	caller := happened.Origin()
	return []event.Outgoing{{
		SDKAppID:     app.SDKAppID,
		Command:      string(row.command),
		Conversation: happened.Conversation().String(),
		ClientIP:     caller.ClientIP,
		Platform:     caller.Platform,
		Body:         body,
	}}
}

// Ask puts a question to the app's backend. Without an answer the policy of the
// command decides.
func (h *Hooks) Ask(ctx context.Context, app *chat.App, question event.Event) event.Answer {
	row, ok := rows[reflect.TypeOf(question)]
	if !ok || !app.Webhook.Enabled(string(row.command)) {
		return event.Answer{}
	}
	answer, err := h.ask(ctx, app, row, question)
	if err == nil {
		h.metrics.asked(row.command, "answered")
		h.reached(app.SDKAppID)
		return answer
	}
	policy := app.Webhook.OnFailureOf(string(row.command))
	h.metrics.asked(row.command, "failed")
	h.log.WarnContext(ctx, "a before-webhook failed", "sdkappid", app.SDKAppID, "command", row.command,
		"conversation", question.Conversation().String(), "policy", policy, "reason", err.Error())
	if policy == chat.DenyOnFailure {
		return event.Answer{Refusal: chat.ErrWebhookFailed.Wrap(err)}
	}
	return event.Answer{}
}

func (h *Hooks) ask(ctx context.Context, app *chat.App, row row, question event.Event) (event.Answer, error) {
	body, err := callback.Encode(row.body(question))
	if err != nil {
		return event.Answer{}, err
	}
	timeout := app.Webhook.TimeoutOf(string(row.command))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	slots := h.slotsOf(app.SDKAppID)
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return event.Answer{}, errTooManyQuestions
	}
	caller := question.Origin()
	r := h.client.call(ctx, app, callback.Delivery{
		Query: query(app, row.command, caller.ClientIP, caller.Platform), Body: body, EventID: "ask-" + rand.Text(),
	}, timeout)
	if r.err != nil {
		return event.Answer{}, r.err
	}
	return readAnswer(row.command, messageOf(question), r.reply)
}

var errTooManyQuestions = fmt.Errorf("%d questions wait for the receiver's answer already", maxQuestions)

func (h *Hooks) slotsOf(app chat.SDKAppID) chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	slots := h.slots[app]
	if slots == nil {
		slots = make(chan struct{}, maxQuestions)
		h.slots[app] = slots
	}
	return slots
}

func query(app *chat.App, command callback.Command, clientIP string, platform chat.Platform) callback.Query {
	return callback.Query{
		SDKAppID: int64(app.SDKAppID), Command: command, ClientIP: clientIP, OptPlatform: callback.Platform(platform), Token: app.Webhook.Token,
	}
}

// readAnswer reads the app's decision. asked is the message that it is about, nil
// for a question about anything else, in which nothing can be replaced or
// discarded. A replacement that is no valid message counts as a failed webhook, so
// that it cannot let the original through. Spec: webhooks#4.1
func readAnswer(command callback.Command, asked *chat.Message, text []byte) (event.Answer, error) {
	reply, err := callback.ParseReply(text)
	switch {
	case err != nil:
		return event.Answer{}, fmt.Errorf("the receiver's reply is unusable: %w", err)
	case decidesEach(command):
		return decisions(command, reply), nil
	case reply.ErrorCode == callback.CodeAllow && asked == nil:
		return event.Answer{RefusedMembers: reply.RefusedMembersAccount}, nil
	case reply.ErrorCode == callback.CodeAllow:
		return replacement(asked, reply)
	case reply.ErrorCode == callback.CodeDiscard && asked != nil:
		return event.Answer{Discard: true}, nil
	case command.PassesOn(reply.ErrorCode):
		return event.Answer{Refusal: &chat.Error{Code: reply.ErrorCode, Text: reply.ErrorInfo}, ByApp: true}, nil
	}
	return event.Answer{Refusal: refusalOf(command), ByApp: true}, nil
}

// replacement checks what is to stand in the place of the message or of a part
// of it. Its limits are those of a message that is sent.
func replacement(asked *chat.Message, reply callback.Reply) (event.Answer, error) {
	answer := event.Answer{CloudCustomData: reply.CloudCustomData}
	if answer.CloudCustomData == nil && reply.MsgBody == nil {
		return answer, nil
	}
	size := len(asked.Body.JSON) + len(asked.CloudCustomData)
	if reply.CloudCustomData != nil {
		size += len(*reply.CloudCustomData) - len(asked.CloudCustomData)
	}
	if reply.MsgBody != nil {
		raw, err := plainJSON(*reply.MsgBody)
		if err != nil {
			return event.Answer{}, fmt.Errorf("the replacement MsgBody: %w", err)
		}
		body, why := chat.ParseBody(raw)
		if why != "" {
			return event.Answer{}, fmt.Errorf("the replacement is refused: %s", why)
		}
		size += len(body.JSON) - len(asked.Body.JSON)
		answer.Body = &body
	}
	if size > chat.MaxMessageBytes {
		return event.Answer{}, errReplacementTooLong
	}
	return answer, nil
}

var errReplacementTooLong = fmt.Errorf("the replacement makes a message of more than %d bytes", chat.MaxMessageBytes)

// plainJSON encodes v without the escapes that are only for web pages.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return b.Bytes(), err
}

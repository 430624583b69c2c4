package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// refused records that the message could not be sent, if that is sure, and returns
// what the sender is told: his refusal even if this fails, but to try again if the
// database is away.
func (s *sending) refused(ctx context.Context, refusal *chat.Error) error {
	if errors.Is(refusal, store.ErrUnreachable) {
		return refusal // the message may be stored, and this would be another wait for the database
	}
	app := s.caller.App
	if !app.Webhook.Enabled("Group.CallbackSendMsgException") || (s.byApp && !app.Settings.ReportRefusals) {
		return refusal
	}
	if s.message == nil {
		s.message = s.request.remains(s.caller)
		s.learnType(ctx)
	}
	e := event.GroupMessageRefused{GroupMessage: s.event(), Err: refusal, At: s.clock()}
	e.GroupID, e.TopicID = chat.Cut(e.GroupID, chat.MaxReportedID), chat.Cut(e.TopicID, chat.MaxReportedID)
	rows := s.hooks.Record(app, e)
	if len(rows) == 0 {
		return refusal
	}
	_, err := s.store.Append(ctx, &store.Append{App: app.SDKAppID, Events: func() []event.Outgoing { return rows }})
	if err != nil {
		s.log.ErrorContext(ctx, "a refused message could not be recorded for its webhook",
			"sdkappid", app.SDKAppID, "group_id", e.GroupID, "code", refusal.Code, "error", err)
	}
	if errors.Is(err, store.ErrUnreachable) {
		return translate(err)
	}
	return refusal
}

// learnType looks up the type of the group that a message with wrong parameters
// was meant for; without such a group it stays empty. Spec: webhooks#5.3
func (s *sending) learnType(ctx context.Context) {
	if !chat.WellFormedGroupID(s.request.GroupID) {
		return
	}
	// A failure leaves it empty, like a group that is not there.
	_ = s.store.View(ctx, func(tx store.Tx) error {
		g, err := tx.Group(ctx, s.caller.App.SDKAppID, s.request.GroupID)
		if err == nil {
			s.sender.Type = g.Type
			s.adapt()
		}
		return err
	})
}

// remains is what can still be told of a message whose parameters were wrong.
// Spec: webhooks#5.3
func (r *SendRequest) remains(caller chat.Caller) *chat.Message {
	m := &chat.Message{Sender: chat.Cut(r.sender(caller), chat.MaxReportedID), OnlineOnly: r.OnlineOnly}
	if r.Random != nil {
		m.Random = *r.Random
	}
	if len(r.MsgBody)+len(r.CloudCustomData) <= chat.MaxRemainsBytes {
		m.Body, m.CloudCustomData = chat.Remains(r.MsgBody), r.CloudCustomData
	}
	return m
}

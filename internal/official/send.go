package official

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// SendRequest is a broadcast. Spec: official#4.10
type SendRequest struct {
	ID              string
	Random          *uint32
	MsgBody         json.RawMessage
	CloudCustomData string
	OnlineOnly      bool
	NoLastMsg       bool
	OfflinePush     json.RawMessage
	// SkipBefore and SkipAfter silence the app's webhooks for this message.
	SkipBefore, SkipAfter bool
}

// Sent is what became of a broadcast.
type Sent struct {
	MsgKey string
	Time   time.Time
}

// maxAttempts bounds how often a broadcast starts anew because its account
// changed under it.
const maxAttempts = 8

// Send broadcasts a message to all subscribers, who share one stored copy.
func (s *Service) Send(ctx context.Context, caller chat.Caller, r *SendRequest) (Sent, error) {
	m, err := r.message()
	if err != nil {
		return Sent{}, err
	}
	send := &sending{Service: s, caller: caller, request: r, message: m}
	sent, err := send.run(ctx)
	if err == nil {
		return sent, nil
	}
	if first, ok := send.earlier(ctx); ok {
		return first, nil
	}
	return Sent{}, internal(err)
}

// message checks the parameters and the size.
func (r *SendRequest) message() (*chat.Message, error) {
	switch {
	case r.ID == "":
		return nil, chat.ErrOfficialParameter.Because("Official_Account is required")
	case r.Random == nil:
		return nil, chat.ErrOfficialParameter.Because("Random is required")
	case r.OnlineOnly && r.NoLastMsg:
		return nil, chat.ErrOfficialParameter.Because("SendMsgControl does not go with OnlineOnlyFlag")
	case len(r.MsgBody)+len(r.CloudCustomData) > chat.MaxMessageBytes:
		return nil, chat.ErrMessageTooLong
	}
	if p := bytes.TrimSpace(r.OfflinePush); len(p) > 0 && p[0] != '{' {
		return nil, chat.ErrOfficialParameter.Because("OfflinePushInfo must be an object")
	}
	body, why := chat.ParseBody(r.MsgBody)
	if why != "" {
		return nil, chat.ErrOfficialParameter.Because("%s", why)
	}
	return &chat.Message{
		Sender: r.ID, Random: *r.Random, Priority: chat.PriorityNormal, Body: body, CloudCustomData: r.CloudCustomData,
		OnlineOnly: r.OnlineOnly, NoLastMsg: r.NoLastMsg, OfflinePush: r.OfflinePush,
	}, nil
}

// sending is one broadcast on its way.
type sending struct {
	*Service
	caller       chat.Caller
	request      *SendRequest
	message      *chat.Message
	account      *chat.OfficialAccount
	duplicateKey int64
}

func (s *sending) run(ctx context.Context) (Sent, error) {
	if err := s.read(ctx); err != nil {
		return Sent{}, err
	}
	s.duplicateKey = s.message.DuplicateKey(s.account.Conversation)
	app := s.caller.App
	// A repeated broadcast is found before it counts against the frequency.
	if first, ok := s.earlier(ctx); ok {
		return first, nil
	}
	if err := s.guard.Broadcast(app, s.request.ID); err != nil {
		return Sent{}, err
	}
	if err := s.guard.Content(app, s.message.Body.Texts...); err != nil {
		return Sent{}, err
	}
	if done, err := s.ask(ctx); done || err != nil {
		return Sent{MsgKey: chat.MsgKey(1, s.clock()), Time: s.clock()}, err
	}
	return s.commit(ctx)
}

func (s *sending) read(ctx context.Context) error {
	return s.store.View(ctx, func(tx store.Tx) (err error) {
		s.account, err = find(ctx, tx, s.caller.App, s.request.ID)
		return err
	})
}

// ask puts the broadcast to the app's backend. done means that it is discarded
// although the caller is told of success.
func (s *sending) ask(ctx context.Context) (done bool, err error) {
	if s.request.SkipBefore {
		return false, nil
	}
	answer := s.hooks.Ask(ctx, s.caller.App, event.BeforeOfficialMessage{OfficialMessage: s.event(), At: s.clock()})
	switch {
	case answer.Refusal != nil:
		return true, answer.Refusal
	case answer.Discard:
		return true, nil
	}
	if answer.Body != nil {
		s.message.Body = *answer.Body
	}
	if answer.CloudCustomData != nil {
		s.message.CloudCustomData = *answer.CloudCustomData
	}
	return false, nil
}

func (s *sending) commit(ctx context.Context) (Sent, error) {
	sequence := store.Stored
	if s.message.OnlineOnly {
		sequence = store.Numbered // so that MsgKeys differ
	}
	for range maxAttempts {
		appended, err := s.store.Append(ctx, &store.Append{
			App:          s.caller.App.SDKAppID,
			Conversation: s.account.Conversation,
			Revision:     s.account.Revision,
			Sequence:     sequence,
			Message:      s.message,
			DuplicateKey: s.duplicateKey,
			Events:       s.sentEvents,
		})
		if err == nil {
			return Sent{MsgKey: chat.MsgKey(appended.Seq, appended.Time), Time: appended.Time}, nil
		}
		if !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrNotFound) {
			return Sent{}, err
		}
		if err := s.read(ctx); err != nil {
			return Sent{}, err
		}
	}
	return Sent{}, ErrInternal.Because("the official account changes too fast")
}

func (s *sending) event() event.OfficialMessage {
	return event.OfficialMessage{Caller: s.caller, OfficialID: s.request.ID, Message: s.message}
}

func (s *sending) sentEvents() []event.Outgoing {
	if s.request.SkipAfter {
		return nil
	}
	return s.hooks.Record(s.caller.App, event.OfficialMessageSent{OfficialMessage: s.event()})
}

// earlier finds an equal broadcast of the last minutes.
func (s *sending) earlier(ctx context.Context) (Sent, bool) {
	if s.duplicateKey == 0 {
		return Sent{}, false
	}
	var first store.Appended
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		first, err = tx.Sent(ctx, s.duplicateKey)
		return err
	})
	return Sent{MsgKey: chat.MsgKey(first.Seq, first.Time), Time: first.Time}, err == nil
}

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
	// ClientSeq and ClientTime are the numbers that the client of an owner gave the
	// message; 0 from the REST API.
	ClientSeq, ClientTime int64
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
	send := &sending{Service: s, caller: caller, request: r, message: m, given: m}
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
		return nil, errNoID
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
		OnlineOnly: r.OnlineOnly, NoLastMsg: r.NoLastMsg, OfflinePush: r.OfflinePush, ClientSeq: r.ClientSeq, ClientTime: r.ClientTime,
	}, nil
}

// sending is one broadcast on its way.
type sending struct {
	*Service
	caller  chat.Caller
	request *SendRequest
	message *chat.Message
	// given is what the sender gave, by which a repeated send is recognised; the
	// app's backend may rewrite message.
	given   *chat.Message
	account *chat.OfficialAccount
	// duplicateKey is that of given in the account's conversation, 0 without one.
	duplicateKey int64
}

func (s *sending) run(ctx context.Context) (Sent, error) {
	if err := s.read(ctx); err != nil {
		return Sent{}, err
	}
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
	o, err := s.ask(ctx)
	if err != nil {
		return Sent{}, err
	}
	return s.commit(ctx, o)
}

func (s *sending) read(ctx context.Context) error {
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		s.account, err = find(ctx, tx, s.caller.App, s.request.ID)
		return err
	})
	s.duplicateKey = 0
	if err == nil {
		s.duplicateKey = s.given.DuplicateKey(s.account.Conversation)
	}
	return err
}

// outcome is what is to become of a broadcast that was admitted.
type outcome bool

const (
	delivered outcome = true
	// discarded broadcasts are numbered only, so that the sender gets what he
	// would have got for any other, also when he repeats himself.
	discarded outcome = false
)

// ask puts the broadcast to the app's backend.
func (s *sending) ask(ctx context.Context) (outcome, error) {
	if s.request.SkipBefore {
		return delivered, nil
	}
	answer := s.hooks.Ask(ctx, s.caller.App, event.BeforeOfficialMessage{OfficialMessage: s.event(), At: s.clock()})
	switch {
	case answer.Refusal != nil:
		return discarded, answer.Refusal
	case answer.Discard:
		return discarded, nil
	}
	s.message = answer.Rewrite(s.message)
	return delivered, nil
}

func (s *sending) commit(ctx context.Context, o outcome) (Sent, error) {
	var err error
	for range maxAttempts {
		var sent Sent
		sent, err = s.append(ctx, o)
		if !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrNotFound) {
			return sent, err
		}
		if err := s.read(ctx); err != nil {
			return Sent{}, err
		}
	}
	return Sent{}, chat.ErrOfficialInternal.Because("the official account changes too fast").Wrap(err)
}

func (s *sending) append(ctx context.Context, o outcome) (Sent, error) {
	a := store.Append{
		App:          s.caller.App.SDKAppID,
		Conversation: s.account.Conversation,
		Revision:     s.account.Revision,
		Sequence:     store.Stored,
		Message:      s.message,
		DuplicateKey: s.duplicateKey,
		Events:       s.sentEvents,
		Announce:     func() []event.Event { return []event.Event{s.sent()} },
	}
	if s.message.OnlineOnly || o == discarded {
		a.Sequence = store.Numbered // so that no two MsgKeys are the same
	}
	if o == discarded {
		a.Events, a.Announce = func() []event.Outgoing { return nil }, nil
	}
	appended, err := s.store.Append(ctx, &a)
	return Sent{MsgKey: chat.MsgKey(appended.Seq, appended.Time), Time: appended.Time}, err
}

func (s *sending) event() event.OfficialMessage {
	return event.OfficialMessage{Caller: s.caller, OfficialID: s.request.ID, Message: s.message}
}

func (s *sending) sent() event.OfficialMessageSent {
	return event.OfficialMessageSent{OfficialMessage: s.event()}
}

func (s *sending) sentEvents() []event.Outgoing {
	if s.request.SkipAfter {
		return nil
	}
	return s.hooks.Record(s.caller.App, s.sent())
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

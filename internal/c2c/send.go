package c2c

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// SendRequest is a message that the caller wants to send to one user.
type SendRequest struct {
	To string
	// MsgSeq is the sender's own number, Random his nonce.
	MsgSeq, Random *uint32
	// ClientTime is when the client made the message, as a Unix time in seconds.
	ClientTime       int64
	MsgBody          json.RawMessage
	CloudCustomData  string
	OnlineOnly       bool
	NoUnread         bool
	NoLastMsg        bool
	NeedReadReceipt  bool
	SupportExtension bool
	OfflinePush      json.RawMessage
	// SkipBefore and SkipAfter silence the app's webhooks for this message.
	SkipBefore, SkipAfter bool
	// Fault is what the edge found wrong with the request; it is refused with
	// it as if found here.
	Fault *chat.Error
}

// Sent is what became of a message.
type Sent struct {
	Key  chat.PairKey
	Time time.Time
}

// Send checks and stores a message. Every refusal goes to the caller and, as an
// event, to the app's backend.
func (s *Service) Send(ctx context.Context, caller chat.Caller, r *SendRequest) (Sent, error) {
	send := &sending{Service: s, caller: caller, request: r}
	sent, err := send.run(ctx)
	if err == nil {
		return sent, nil
	}
	if sent, ok := send.earlier(ctx); ok {
		return sent, nil
	}
	refusal := chat.AsError(translate(err))
	return Sent{}, send.refused(ctx, refusal)
}

// sending is one message on its way.
type sending struct {
	*Service

	caller  chat.Caller
	request *SendRequest
	// message is nil until the parameters were found right.
	message *chat.Message
	// given is what the sender gave, by which a repeated send is recognised; the
	// app's backend may rewrite message.
	given *chat.Message
	pair  store.Pair
	// unread is what the receiver has not read yet, for the webhook.
	unread int
	byApp  bool
}

// run takes the steps of the protocol in their order.
func (s *sending) run(ctx context.Context) (Sent, error) {
	if err := s.prepare(); err != nil {
		return Sent{}, err
	}
	if err := s.admit(ctx); err != nil {
		return Sent{}, err
	}
	if err := s.guard.Content(s.caller.App, s.message.Body.Texts...); err != nil {
		return Sent{}, err
	}
	answered, done, err := s.ask(ctx)
	if done || err != nil {
		return answered, err
	}
	return s.commit(ctx, delivered)
}

// prepare checks the parameters and the size and makes the message.
func (s *sending) prepare() error {
	r := s.request
	switch {
	case r.Fault != nil:
		return r.Fault
	case r.To == "":
		return chat.ErrPairRequest.Because("To_Account is required")
	case r.Random == nil:
		return chat.ErrPairRequest.Because("MsgRandom is required")
	case len(r.MsgBody)+len(r.CloudCustomData) > chat.MaxMessageBytes:
		return chat.ErrMessageTooLong
	}
	body, why := chat.ParseBody(r.MsgBody)
	if why != "" {
		return chat.ErrPairRequest.Because("%s", why)
	}
	s.message = &chat.Message{
		Sender: s.caller.UserID, Random: *r.Random, Priority: chat.PriorityNormal, Body: body, CloudCustomData: r.CloudCustomData,
		OnlineOnly: r.OnlineOnly, NoUnread: r.NoUnread, NoLastMsg: r.NoLastMsg, NeedReadReceipt: r.NeedReadReceipt,
		SupportExtension: r.SupportExtension, OfflinePush: r.OfflinePush, ClientTime: chat.ClientNumber(r.ClientTime), ClientSeq: r.clientSeq(),
	}
	s.given = s.message
	return nil
}

// clientSeq is the sender's number of the message. Some number must name it, and
// the nonce is at hand when he gave none.
func (r *SendRequest) clientSeq() int64 {
	if r.MsgSeq != nil && *r.MsgSeq != 0 {
		return int64(*r.MsgSeq)
	}
	return max(int64(*r.Random), 1)
}

// admit decides whether the sender may send to the receiver.
func (s *sending) admit(ctx context.Context) error {
	app, to := s.caller.App.SDKAppID, s.request.To
	return s.store.View(ctx, func(tx store.Tx) (err error) {
		if s.pair, err = tx.Pair(ctx, app, s.message.Sender, to); err != nil {
			return err
		}
		if !s.pair.SenderExists || !s.pair.ReceiverExists {
			return chat.ErrPairAccount
		}
		blocked, err := tx.Blocked(ctx, app, to, s.message.Sender)
		if err != nil {
			return err
		}
		if blocked {
			return chat.ErrBlocked
		}
		if s.request.SkipAfter {
			return nil
		}
		s.unread, err = unread(ctx, tx, s.caller.App, to, afterSend)
		return err
	})
}

// ask puts the message to the app's backend. done means that the sender has his
// answer and nothing is left to do.
func (s *sending) ask(ctx context.Context) (sent Sent, done bool, err error) {
	const command = "C2C.CallbackBeforeSendMsg"
	if s.request.SkipBefore || !s.caller.App.Webhook.Enabled(command) {
		return Sent{}, false, nil
	}
	// The backend must not be asked about a message that is already sent.
	if sent, ok := s.earlier(ctx); ok {
		return sent, true, nil
	}
	// It is told the key that the message will have if nothing holds it up.
	asked := *s.message
	asked.Time = s.clock()
	answer := s.hooks.Ask(ctx, s.caller.App, event.BeforePairMessage{
		PairMessage: event.PairMessage{Caller: s.caller, To: s.request.To, Message: &asked}, At: asked.Time,
	})
	switch {
	case answer.Refusal != nil:
		s.byApp = answer.ByApp
		return Sent{}, true, answer.Refusal
	case answer.Discard:
		sent, err := s.commit(ctx, discarded)
		return sent, true, err
	}
	s.message = answer.Rewrite(s.message)
	return Sent{}, false, nil
}

// outcome is what is to become of a message that was admitted.
type outcome bool

const (
	delivered outcome = true
	// discarded messages are not stored, but repeating one gets the first answer.
	discarded outcome = false
)

// commit stores the message with its webhook.
func (s *sending) commit(ctx context.Context, o outcome) (Sent, error) {
	if !s.pair.Open {
		if err := s.open(ctx); err != nil {
			return Sent{}, err
		}
	}
	a := store.Append{
		App:          s.caller.App.SDKAppID,
		Conversation: s.pair.Conversation,
		Revision:     s.pair.Revision,
		Sequence:     store.Online,
		Message:      s.message,
		DuplicateKey: s.given.DuplicateKey(s.pair.Conversation),
		Events:       func() []event.Outgoing { return nil },
	}
	if o == delivered {
		a.Events = s.sentEvents
		a.Announce = func() []event.Event { return []event.Event{s.sent()} }
		if !s.message.OnlineOnly {
			a.Sequence = store.Stored
		}
	}
	appended, err := s.store.Append(ctx, &a)
	return s.answer(appended), err
}

// answer is what the sender is told. The number that names the message is his own.
func (s *sending) answer(a store.Appended) Sent {
	key := chat.PairKey{MsgSeq: s.given.ClientSeq, Random: s.given.Random, Time: a.Time.Unix()}
	return Sent{Key: key, Time: a.Time}
}

// open makes the conversation, with the first message or when one of the two is
// new to it.
func (s *sending) open(ctx context.Context) error {
	app := s.caller.App.SDKAppID
	return s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.OpenPair(ctx, app, s.message.Sender, s.request.To); err != nil {
			return err
		}
		opened, err := tx.Pair(ctx, app, s.message.Sender, s.request.To)
		s.pair.Conversation, s.pair.Revision = opened.Conversation, opened.Revision
		return err
	})
}

func (s *sending) event() event.PairMessage {
	return event.PairMessage{Caller: s.caller, To: s.request.To, Message: s.message}
}

func (s *sending) sent() event.PairMessageSent {
	e := event.PairMessageSent{PairMessage: s.event(), Unread: s.unread, Hushed: s.pair.Hushed}
	if !s.message.OnlineOnly && !s.message.NoUnread && !s.pair.Hushed {
		e.Unread++
	}
	return e
}

func (s *sending) sentEvents() []event.Outgoing {
	if s.request.SkipAfter {
		return nil
	}
	return s.hooks.Record(s.caller.App, s.sent())
}

// earlier finds an equal send of the last minutes, whose sender perhaps never got
// his answer: it is answered as the first one was, whatever has changed since.
func (s *sending) earlier(ctx context.Context) (Sent, bool) {
	if s.pair.Conversation == 0 {
		return Sent{}, false
	}
	var first store.Appended
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		first, err = tx.Sent(ctx, s.given.DuplicateKey(s.pair.Conversation))
		return err
	})
	return s.answer(first), err == nil
}

// refused records that the message could not be sent, if that is sure, and returns
// what the sender is told: his refusal even if this fails, but to try again if the
// database is away.
func (s *sending) refused(ctx context.Context, refusal *chat.Error) error {
	if errors.Is(refusal, store.ErrUnreachable) {
		return refusal // the message may be stored, and this would be another wait for the database
	}
	app := s.caller.App
	if !app.Webhook.Enabled(afterSend) || s.request.SkipAfter || (s.byApp && !app.Settings.ReportRefusals) {
		return refusal
	}
	if s.message == nil {
		s.message = s.request.remains(s.caller)
	}
	refused := *s.message
	refused.Time = s.clock()
	e := event.PairMessageSent{PairMessage: s.event(), Err: refusal}
	e.To, e.Message = chat.Cut(e.To, chat.MaxReportedID), &refused
	rows := s.hooks.Record(app, e)
	if len(rows) == 0 {
		return refusal
	}
	_, err := s.store.Append(ctx, &store.Append{App: app.SDKAppID, Events: func() []event.Outgoing { return rows }})
	if err != nil {
		s.log.ErrorContext(ctx, "a refused message could not be recorded for its webhook",
			"sdkappid", app.SDKAppID, "to", e.To, "code", refusal.Code, "error", err)
	}
	if errors.Is(err, store.ErrUnreachable) {
		return translate(err)
	}
	return refusal
}

// remains is what can still be told of a message whose parameters were wrong.
func (r *SendRequest) remains(caller chat.Caller) *chat.Message {
	m := &chat.Message{Sender: caller.UserID, OnlineOnly: r.OnlineOnly}
	if r.Random != nil {
		m.Random = *r.Random
	}
	if r.MsgSeq != nil {
		m.ClientSeq = int64(*r.MsgSeq)
	}
	if len(r.MsgBody)+len(r.CloudCustomData) <= chat.MaxRemainsBytes {
		m.Body, m.CloudCustomData = chat.Remains(r.MsgBody), r.CloudCustomData
	}
	return m
}

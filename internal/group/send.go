package group

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// SendRequest is a message that somebody wants to send into a group.
// Spec: groups#7.1
type SendRequest struct {
	GroupID string
	TopicID string
	// From is the sender; empty means the caller.
	From             string
	Random           *uint32
	Priority         string
	MsgBody          json.RawMessage
	CloudCustomData  string
	OnlineOnly       bool
	NoUnread         bool
	NoLastMsg        bool
	NeedReadReceipt  bool
	SupportExtension bool
	// SkipBefore and SkipAfter silence the app's webhooks for this message.
	SkipBefore, SkipAfter bool
	OfflinePush           json.RawMessage
	// To, if any, are the only receivers.
	To       []string
	Mentions []chat.Mention
	// Fault is what the edge found wrong with the request; it is refused with
	// it as if found here.
	Fault *chat.Error
}

// Sent is what became of a message.
type Sent struct {
	Seq  int64
	Time time.Time
	// DropReason says why a message of low priority was dropped although its
	// sender is told of success; usually empty.
	DropReason string
}

// DroppedByRate is the DropReason of a message over the frequency limit.
const DroppedByRate = "MsgFreqCtrl"

// maxAttempts bounds how often a send starts anew because the group changed
// under it.
const maxAttempts = 8

// Send checks, numbers and stores a message. Every refusal goes to the caller
// and, as an event, to the app's backend.
func (s *Service) Send(ctx context.Context, caller chat.Caller, r *SendRequest) (Sent, error) {
	send := &sending{Service: s, caller: caller, request: r}
	err := send.prepare()
	if err == nil {
		var sent Sent
		if sent, err = send.run(ctx); err == nil {
			return sent, nil
		}
	}
	refusal := chat.AsError(translate(err))
	if sent, ok := send.earlier(ctx); ok {
		return sent, nil
	}
	send.refused(ctx, refusal)
	return Sent{}, refusal
}

// sending is one message on its way.
type sending struct {
	*Service
	caller  chat.Caller
	request *SendRequest
	// message is nil until the parameters were found right.
	message *chat.Message
	// duplicateKey is that of what the sender gave, before any rewriting.
	duplicateKey int64
	sender       store.Sender
	byApp        bool
}

// run takes the steps behind the parameters, in the order of the protocol.
func (s *sending) run(ctx context.Context) (Sent, error) {
	if err := s.admit(ctx); err != nil {
		return Sent{}, err
	}
	if dropped, err := s.limit(); dropped || err != nil {
		return Sent{Time: s.clock(), DropReason: DroppedByRate}, err
	}
	if err := s.guard.Content(s.caller.App, s.message.Body.Texts...); err != nil {
		return Sent{}, err
	}
	answered, done, err := s.ask(ctx)
	if done || err != nil {
		return answered, err
	}
	return s.commit(ctx)
}

// limit counts the message against the group's frequency limit.
func (s *sending) limit() (dropped bool, err error) {
	err = s.guard.GroupMessage(s.caller.App, s.request.GroupID)
	if err != nil && s.sender.Type.Is(chat.AVChatRoom) && s.message.Priority >= chat.PriorityLow {
		return true, nil
	}
	return false, err
}

// ask puts the message to the app's backend. done means that the sender has his
// answer and nothing is left to do.
func (s *sending) ask(ctx context.Context) (sent Sent, done bool, err error) {
	const command = "Group.CallbackBeforeSendMsg"
	if s.request.SkipBefore || !s.caller.App.Webhook.Enabled(command) {
		return Sent{}, false, nil
	}
	// The backend must not be asked about a message that is already sent.
	if sent, ok := s.earlier(ctx); ok {
		return sent, true, nil
	}
	answer := s.hooks.Ask(ctx, s.caller.App, event.BeforeGroupMessage{GroupMessage: s.event(), At: s.clock()})
	switch {
	case answer.Refusal != nil:
		s.byApp = answer.ByApp
		return Sent{}, true, answer.Refusal
	case answer.Discard:
		return Sent{Time: s.clock()}, true, nil
	}
	if answer.Body != nil {
		s.message.Body = *answer.Body
	}
	if answer.CloudCustomData != nil {
		s.message.CloudCustomData = *answer.CloudCustomData
	}
	return Sent{}, false, nil
}

// commit numbers and stores the message with its webhook. If the group changed
// since the sender's rights were read, they are read again.
func (s *sending) commit(ctx context.Context) (Sent, error) {
	for range maxAttempts {
		appended, err := s.store.Append(ctx, &store.Append{
			App:          s.caller.App.SDKAppID,
			Conversation: s.sender.Conversation,
			Revision:     s.sender.Revision,
			Sequence:     s.sequence(),
			Message:      s.message,
			Member:       s.sender.Role != chat.RoleNone,
			DuplicateKey: s.duplicateKey,
			Events:       s.sentEvents,
		})
		if err == nil {
			return Sent{Seq: appended.Seq, Time: appended.Time}, nil
		}
		if !errors.Is(err, store.ErrStale) && !errors.Is(err, store.ErrNotFound) {
			return Sent{}, err
		}
		if err := s.admitAnew(ctx); err != nil {
			return Sent{}, err
		}
	}
	return Sent{}, chat.ErrInternal.Because("the group changes too fast")
}

func (s *sending) sequence() store.Sequence {
	switch {
	case !s.sender.Type.Rules().History:
		return store.Numbered
	case s.message.OnlineOnly:
		return store.Online
	}
	return store.Stored
}

func (s *sending) sentEvents() []event.Outgoing {
	if s.request.SkipAfter {
		return nil
	}
	return s.hooks.Record(s.caller.App, event.GroupMessageSent{GroupMessage: s.event()})
}

func (s *sending) event() event.GroupMessage {
	return event.GroupMessage{
		Caller: s.caller, GroupID: s.request.GroupID, Type: s.sender.Type, TopicID: s.request.TopicID, Message: s.message,
	}
}

// earlier finds an equal send of the last minutes, whose sender perhaps never
// got his answer: it is answered as the first one was, whatever has changed
// since.
func (s *sending) earlier(ctx context.Context) (Sent, bool) {
	if s.duplicateKey == 0 {
		return Sent{}, false
	}
	var first store.Appended
	err := s.store.View(ctx, func(tx store.Tx) (err error) {
		first, err = tx.Sent(ctx, s.duplicateKey)
		return err
	})
	return Sent{Seq: first.Seq, Time: first.Time}, err == nil
}

// refused records that the message could not be sent. The sender gets his
// refusal even if this fails.
func (s *sending) refused(ctx context.Context, refusal *chat.Error) {
	app := s.caller.App
	if s.byApp && !app.Settings.ReportRefusals {
		return
	}
	if s.message == nil {
		s.message = s.request.remains(s.caller)
	}
	rows := s.hooks.Record(app, event.GroupMessageRefused{GroupMessage: s.event(), Err: refusal, At: s.clock()})
	if len(rows) == 0 {
		return
	}
	_, err := s.store.Append(ctx, &store.Append{App: app.SDKAppID, Events: func() []event.Outgoing { return rows }})
	if err != nil {
		s.log.ErrorContext(ctx, "a refused message could not be recorded for its webhook",
			"sdkappid", app.SDKAppID, "group_id", s.request.GroupID, "code", refusal.Code, "error", err)
	}
}

// translate turns errors of storage into what a sender is told.
func translate(err error) error {
	switch {
	case errors.Is(err, store.ErrFull):
		return chat.ErrInternal.Because("the server's disk is full, nothing was stored").Wrap(err)
	case errors.Is(err, store.ErrClosed):
		return chat.ErrInternal.Because("the server is shutting down, nothing was stored").Wrap(err)
	}
	return err
}

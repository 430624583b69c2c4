package group

import (
	"context"
	"encoding/json"
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
	// From is on whose behalf an administrator sends; empty means his own.
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
	// ClientTime and ClientSeq are what the sender's client says of the message,
	// see chat.Message; 0 if it says nothing.
	ClientTime, ClientSeq int64
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

// Send checks, numbers and stores a message. Every refusal goes to the caller
// and, as an event, to the app's backend.
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
	// sender is zero until the group was found.
	sender store.Sender
	// duplicateKey is that of given in the sender's conversation, 0 without one.
	duplicateKey int64
	byApp        bool
}

// run takes the steps of the protocol in their order.
func (s *sending) run(ctx context.Context) (Sent, error) {
	if err := s.prepare(); err != nil {
		return Sent{}, err
	}
	if err := s.admit(ctx); err != nil {
		return Sent{}, err
	}
	if err := s.guard.GroupMessage(s.caller.App, s.request.GroupID); err != nil {
		return s.overLimit(ctx, err)
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

// overLimit refuses a message over the frequency limit, except one of low
// priority in an AVChatRoom: its sender is told of success. Spec: groups#1.5
func (s *sending) overLimit(ctx context.Context, refusal error) (Sent, error) {
	if !s.sender.Type.Is(chat.AVChatRoom) || s.message.Priority < chat.PriorityLow {
		return Sent{}, refusal
	}
	if sent, ok := s.earlier(ctx); ok {
		return sent, nil
	}
	return Sent{Time: s.clock(), DropReason: DroppedByRate}, nil
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
		sent, err := s.commit(ctx, discarded)
		return sent, true, err
	}
	s.message = answer.Rewrite(s.message)
	return Sent{}, false, nil
}

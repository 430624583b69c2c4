package callback

import "context"

// GroupBeforeSendMsg asks before a group message is stored and delivered. It
// has no sequence number yet.
//
// The reply may allow the message, rewrite it, refuse it, or drop it silently
// ([Allow], [Replace], [Refuse], [RefuseWith] with codes 10100 to 10200,
// [Discard]). Spec: webhooks#4.1
type GroupBeforeSendMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`
	GroupID         string  `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	FromAccount string `json:"From_Account"`

	// OperatorAccount is who made the request: the sender, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// Random is the random number that the sender gave the message.
	Random uint32 `json:"Random"`

	// MsgID is the message's id on clients, left out if the sender gave none.
	MsgID string `json:"MsgId,omitempty"`

	// OnlineOnlyFlag is 1 for a message to online members only, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// TopicID is left out unless the message goes to a topic.
	TopicID string `json:"TopicId,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupBeforeSendMsg].
func (GroupBeforeSendMsg) Command() Command { return CommandGroupBeforeSendMsg }

func (b GroupBeforeSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnGroupBeforeSendMsg registers the function that decides on group messages.
// A nil reply allows; an error answers HTTP 500, on which the app's failure
// policy decides.
func (h *Handler) OnGroupBeforeSendMsg(fn func(context.Context, Request, *GroupBeforeSendMsg) (*Reply, error)) {
	onBefore(h, fn)
}

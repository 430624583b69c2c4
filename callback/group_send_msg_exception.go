package callback

import "context"

// GroupSendMsgException reports a group message that could not be delivered,
// with the code and text that the sender got: a bad parameter, no such group,
// a muted sender, too many messages, filtered content.
//
// Spec: webhooks#4.3, webhooks#5
type GroupSendMsgException struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// GroupID is as the sender gave it, which may be empty or malformed.
	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created; "" if
	// there is no such group.
	Type string `json:"Type"`

	FromAccount string `json:"From_Account"`

	// OperatorAccount is who made the request: the sender, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// Random is the random number that the sender gave the message, 0 if it
	// gave none.
	Random uint32 `json:"Random"`

	// OnlineOnlyFlag is 1 for a message to online members only, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	// MsgBody is the message as given, without what was not an object.
	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// ErrorCode and ErrorInfo are what the sender got.
	ErrorCode int    `json:"ErrorCode"`
	ErrorInfo string `json:"ErrorInfo"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupSendMsgException].
func (GroupSendMsgException) Command() Command { return CommandGroupSendMsgException }

func (b GroupSendMsgException) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnGroupSendMsgException registers the function that learns of group messages
// that failed. After an error the report comes again.
func (h *Handler) OnGroupSendMsgException(fn func(context.Context, Request, *GroupSendMsgException) error) {
	onAfter(h, fn)
}

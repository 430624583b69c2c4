package callback

import "context"

// GroupAfterSendMsg reports a group message that was sent. It comes once for
// each message, however many members the group has.
//
// Spec: webhooks#4.2
type GroupAfterSendMsg struct {
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

	// MsgSeq is the message's number in the group, or in the topic, and gives
	// the order of messages. The server's own tips take numbers too.
	MsgSeq int64 `json:"MsgSeq"`

	// MsgTime is the server's time of the message in Unix seconds.
	MsgTime int64 `json:"MsgTime"`

	// MsgID is the message's id on clients, left out if the sender gave none.
	MsgID string `json:"MsgId,omitempty"`

	// OnlineOnlyFlag is 1 for a message to online members only, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	// MsgBody is the message as delivered, after a rewrite if there was one.
	MsgBody []MsgElement `json:"MsgBody"`

	// GroupAtInfo is left out if the message mentions nobody.
	GroupAtInfo []GroupAt `json:"GroupAtInfo,omitempty"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// TopicID is left out unless the message went to a topic.
	TopicID string `json:"TopicId,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterSendMsg].
func (GroupAfterSendMsg) Command() Command { return CommandGroupAfterSendMsg }

func (b GroupAfterSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnGroupAfterSendMsg registers the function that learns of sent group
// messages. After an error the report comes again.
func (h *Handler) OnGroupAfterSendMsg(fn func(context.Context, Request, *GroupAfterSendMsg) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterRecallMsg reports group messages that were recalled, one or several
// at a time.
//
// Spec: webhooks#4.4
type GroupAfterRecallMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OperatorAccount is who recalled.
	OperatorAccount string `json:"Operator_Account"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	GroupID    string             `json:"GroupId"`
	MsgSeqList []GroupRecalledMsg `json:"MsgSeqList"`

	// TopicID is left out unless the messages were in a topic.
	TopicID string `json:"TopicId,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// GroupRecalledMsg is a group message that was recalled.
type GroupRecalledMsg struct {
	// MsgSeq is the message's number in the group, or in the topic.
	MsgSeq int64 `json:"MsgSeq"`

	// MsgID is the message's id on clients, left out if the sender gave none.
	MsgID string `json:"MsgId,omitempty"`
}

// Command returns [CommandGroupAfterRecallMsg].
func (GroupAfterRecallMsg) Command() Command { return CommandGroupAfterRecallMsg }

func (b GroupAfterRecallMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgSeqList = orEmpty(b.MsgSeqList)
	return &b
}

// OnGroupAfterRecallMsg registers the function that learns of recalled group
// messages. After an error the report comes again.
func (h *Handler) OnGroupAfterRecallMsg(fn func(context.Context, Request, *GroupAfterRecallMsg) error) {
	onAfter(h, fn)
}

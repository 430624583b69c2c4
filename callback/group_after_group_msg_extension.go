package callback

import "context"

// GroupAfterGroupMsgExtension reports a change of the key-value pairs that members
// attach to a group message.
type GroupAfterGroupMsgExtension struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// MsgSeq is the message's number in the group.
	MsgSeq int64 `json:"MsgSeq"`

	// OperateType is 1 if pairs were set, 2 if they were deleted, 3 if all were.
	OperateType int `json:"OperateType"`

	// ExtensionList are the pairs that changed; empty if all were deleted.
	ExtensionList []MsgExtension `json:"ExtensionList"`

	// Seq is the version of all pairs of the message together.
	Seq int64 `json:"Seq"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// MsgExtension is one key-value pair of a message.
type MsgExtension struct {
	// Key is the name of the pair.
	Key string `json:"Key"`

	// Value is empty if the pair was deleted.
	Value string `json:"Value"`

	// Seq is the version of this pair.
	Seq int64 `json:"Seq"`
}

// Command returns [CommandGroupAfterGroupMsgExtension].
func (GroupAfterGroupMsgExtension) Command() Command { return CommandGroupAfterGroupMsgExtension }

func (b GroupAfterGroupMsgExtension) wire() any {
	b.CallbackCommand = b.Command()
	b.ExtensionList = orEmpty(b.ExtensionList)
	return &b
}

// OnGroupAfterGroupMsgExtension registers the function that learns of changed
// key-value pairs. After an error the report comes again.
func (h *Handler) OnGroupAfterGroupMsgExtension(fn func(context.Context, Request, *GroupAfterGroupMsgExtension) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterReadReceipt reports how far messages that ask for read receipts have
// been read: when such a message is sent, and whenever members acknowledge it.
//
// Spec: webhooks#4.5
type GroupAfterReadReceipt struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	GroupMsgReceiptList []GroupMsgReceipt `json:"GroupMsgReceiptList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// GroupMsgReceipt is how far one message has been read. The sender is in neither
// number.
type GroupMsgReceipt struct {
	// MsgSeq is the message's number in the group.
	MsgSeq int64 `json:"MsgSeq"`

	// ReadNum is how many members have acknowledged the message, UnreadNum how
	// many have not.
	ReadNum int `json:"ReadNum"`
	// UnreadNum is how many members have not confirmed it yet.
	UnreadNum int `json:"UnreadNum"`

	// ReadReceiptMembers are those who acknowledged it just now; empty when the
	// message was sent.
	ReadReceiptMembers []GroupMember `json:"ReadReceiptMembers"`
}

// Command returns [CommandGroupAfterReadReceipt].
func (GroupAfterReadReceipt) Command() Command { return CommandGroupAfterReadReceipt }

func (b GroupAfterReadReceipt) wire() any {
	b.CallbackCommand = b.Command()
	list := make([]GroupMsgReceipt, len(b.GroupMsgReceiptList))
	for i, r := range b.GroupMsgReceiptList {
		r.ReadReceiptMembers = orEmpty(r.ReadReceiptMembers)
		list[i] = r
	}
	b.GroupMsgReceiptList = list
	return &b
}

// OnGroupAfterReadReceipt registers the function that learns of read receipts.
// After an error the report comes again.
func (h *Handler) OnGroupAfterReadReceipt(fn func(context.Context, Request, *GroupAfterReadReceipt) error) {
	onAfter(h, fn)
}

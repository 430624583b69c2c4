package callback

import "context"

// C2CAfterC2CMsgExtension reports a change of the key-value pairs that two users
// attach to a message between them.
type C2CAfterC2CMsgExtension struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// FromAccount sent the message to ToAccount.
	FromAccount string `json:"From_Account"`
	ToAccount   string `json:"To_Account"`

	// MsgKey identifies the message between the two users.
	MsgKey string `json:"MsgKey"`

	// OperateType is 1 if pairs were set, 2 if they were deleted, 3 if all were.
	OperateType int `json:"OperateType"`

	// ExtensionList are the pairs that changed; empty if all were deleted.
	ExtensionList []MsgExtension `json:"ExtensionList"`

	// Seq is the version of all pairs of the message together.
	Seq int64 `json:"Seq"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandC2CAfterC2CMsgExtension].
func (C2CAfterC2CMsgExtension) Command() Command { return CommandC2CAfterC2CMsgExtension }

func (b C2CAfterC2CMsgExtension) wire() any {
	b.CallbackCommand = b.Command()
	b.ExtensionList = orEmpty(b.ExtensionList)
	return &b
}

// OnC2CAfterC2CMsgExtension registers the function that learns of changed key-value
// pairs. After an error the report comes again.
func (h *Handler) OnC2CAfterC2CMsgExtension(fn func(context.Context, Request, *C2CAfterC2CMsgExtension) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterChangeGroupOwner reports a group that belongs to somebody else.
type GroupAfterChangeGroupOwner struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// OldOwnerAccount is empty if nobody owned the group.
	OldOwnerAccount string `json:"OldOwner_Account"`

	// NewOwnerAccount is who owns the group now.
	NewOwnerAccount string `json:"NewOwner_Account"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterChangeGroupOwner].
func (GroupAfterChangeGroupOwner) Command() Command { return CommandGroupAfterChangeGroupOwner }

func (b GroupAfterChangeGroupOwner) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterChangeGroupOwner registers the function that learns of new owners.
// After an error the report comes again.
func (h *Handler) OnGroupAfterChangeGroupOwner(fn func(context.Context, Request, *GroupAfterChangeGroupOwner) error) {
	onAfter(h, fn)
}

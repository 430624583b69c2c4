package callback

import "context"

// GroupAfterGroupInfoChanged reports a change of a group's name, introduction,
// notification or picture. Other changes are not reported.
type GroupAfterGroupInfoChanged struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// What is nil did not change.
	Name *string `json:"Name,omitempty"`
	// Introduction is the new introduction.
	Introduction *string `json:"Introduction,omitempty"`
	Notification *string `json:"Notification,omitempty"`
	FaceURL      *string `json:"FaceUrl,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterGroupInfoChanged].
func (GroupAfterGroupInfoChanged) Command() Command { return CommandGroupAfterGroupInfoChanged }

func (b GroupAfterGroupInfoChanged) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterGroupInfoChanged registers the function that learns of changed
// profiles. After an error the report comes again.
func (h *Handler) OnGroupAfterGroupInfoChanged(fn func(context.Context, Request, *GroupAfterGroupInfoChanged) error) {
	onAfter(h, fn)
}

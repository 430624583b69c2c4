package callback

import "context"

// GroupAfterMemberFieldChanged reports a change of a member's role or name card.
type GroupAfterMemberFieldChanged struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// MemberAccount and ModifiedAccount are both the member, for receivers of
	// either kind.
	MemberAccount string `json:"Member_Account"`
	// ModifiedAccount is the member too, under the name that other receivers expect.
	ModifiedAccount string `json:"Modified_Account"`

	// Role is Admin or Member; nil if it did not change.
	Role *string `json:"Role,omitempty"`

	// NameCard is the member's name in the group; nil if it did not change.
	NameCard *string `json:"NameCard,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterMemberFieldChanged].
func (GroupAfterMemberFieldChanged) Command() Command { return CommandGroupAfterMemberFieldChanged }

func (b GroupAfterMemberFieldChanged) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterMemberFieldChanged registers the function that learns of changed
// members. After an error the report comes again.
func (h *Handler) OnGroupAfterMemberFieldChanged(fn func(context.Context, Request, *GroupAfterMemberFieldChanged) error) {
	onAfter(h, fn)
}

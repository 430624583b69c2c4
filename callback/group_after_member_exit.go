package callback

import "context"

// GroupAfterMemberExit reports users who are no members of a group any more.
type GroupAfterMemberExit struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// ExitType is Kicked for users who were removed, Quit for those who left.
	ExitType string `json:"ExitType"`

	// OperatorAccount is who removed them, or the member himself.
	OperatorAccount string `json:"Operator_Account"`

	ExitMemberList []GroupMember `json:"ExitMemberList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterMemberExit].
func (GroupAfterMemberExit) Command() Command { return CommandGroupAfterMemberExit }

func (b GroupAfterMemberExit) wire() any {
	b.CallbackCommand = b.Command()
	b.ExitMemberList = orEmpty(b.ExitMemberList)
	return &b
}

// OnGroupAfterMemberExit registers the function that learns of members who left.
// After an error the report comes again.
func (h *Handler) OnGroupAfterMemberExit(fn func(context.Context, Request, *GroupAfterMemberExit) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterNewMemberJoin reports users who became members of a group.
type GroupAfterNewMemberJoin struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// JoinType is Apply for users who joined by themselves, Invited for those who
	// were added.
	JoinType string `json:"JoinType"`

	// OperatorAccount is who added them or let them in, or the member himself.
	OperatorAccount string `json:"Operator_Account"`

	NewMemberList []GroupMember `json:"NewMemberList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterNewMemberJoin].
func (GroupAfterNewMemberJoin) Command() Command { return CommandGroupAfterNewMemberJoin }

func (b GroupAfterNewMemberJoin) wire() any {
	b.CallbackCommand = b.Command()
	b.NewMemberList = orEmpty(b.NewMemberList)
	return &b
}

// OnGroupAfterNewMemberJoin registers the function that learns of new members.
// After an error the report comes again.
func (h *Handler) OnGroupAfterNewMemberJoin(fn func(context.Context, Request, *GroupAfterNewMemberJoin) error) {
	onAfter(h, fn)
}

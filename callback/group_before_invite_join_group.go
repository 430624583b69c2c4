package callback

import "context"

// GroupBeforeInviteJoinGroup asks before users are added to a group.
//
// The reply may allow it, leave some of them out ([AllowExcept]), or refuse all
// ([Refuse], [RefuseWith] with codes 10100 to 10200).
type GroupBeforeInviteJoinGroup struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// DestinationMembers are those who would be added.
	DestinationMembers []GroupMember `json:"DestinationMembers"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupBeforeInviteJoinGroup].
func (GroupBeforeInviteJoinGroup) Command() Command { return CommandGroupBeforeInviteJoinGroup }

func (b GroupBeforeInviteJoinGroup) wire() any {
	b.CallbackCommand = b.Command()
	b.DestinationMembers = orEmpty(b.DestinationMembers)
	return &b
}

// OnGroupBeforeInviteJoinGroup registers the function that decides who may be
// added. A nil reply allows; an error answers HTTP 500, on which the app's failure
// policy decides.
func (h *Handler) OnGroupBeforeInviteJoinGroup(fn func(context.Context, Request, *GroupBeforeInviteJoinGroup) (*Reply, error)) {
	onBefore(h, fn)
}

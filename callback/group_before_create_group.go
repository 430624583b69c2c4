package callback

import "context"

// GroupBeforeCreateGroup asks before a group is created. It has no id yet.
//
// The reply may allow the group or refuse it ([Allow], [Refuse], [RefuseWith]
// with codes 10100 to 10200).
type GroupBeforeCreateGroup struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// OwnerAccount is empty for a group without an owner.
	OwnerAccount string `json:"Owner_Account"`

	// Type is the group's type, as it was asked for.
	Type string `json:"Type"`

	// Name is the group's name.
	Name string `json:"Name"`

	// CreateGroupNum is how many groups of that type the owner has already.
	CreateGroupNum int `json:"CreateGroupNum"`

	// MemberList are the initial members, without the owner.
	MemberList []GroupMember `json:"MemberList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupBeforeCreateGroup].
func (GroupBeforeCreateGroup) Command() Command { return CommandGroupBeforeCreateGroup }

func (b GroupBeforeCreateGroup) wire() any {
	b.CallbackCommand = b.Command()
	b.MemberList = orEmpty(b.MemberList)
	return &b
}

// OnGroupBeforeCreateGroup registers the function that decides on new groups. A
// nil reply allows; an error answers HTTP 500, on which the app's failure policy
// decides.
func (h *Handler) OnGroupBeforeCreateGroup(fn func(context.Context, Request, *GroupBeforeCreateGroup) (*Reply, error)) {
	onBefore(h, fn)
}

// GroupMember is an account in a list of members.
type GroupMember struct {
	MemberAccount string `json:"Member_Account"`
}

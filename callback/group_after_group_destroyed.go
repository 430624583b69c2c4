package callback

import "context"

// GroupAfterGroupDestroyed reports a group that is gone.
type GroupAfterGroupDestroyed struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OwnerAccount is empty for a group without an owner.
	OwnerAccount string `json:"Owner_Account"`

	// Name is the name that the group had.
	Name string `json:"Name"`

	// MemberList are the members, up to 20,000; those of an AVChatRoom are not
	// listed.
	MemberList []GroupMember `json:"MemberList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterGroupDestroyed].
func (GroupAfterGroupDestroyed) Command() Command { return CommandGroupAfterGroupDestroyed }

func (b GroupAfterGroupDestroyed) wire() any {
	b.CallbackCommand = b.Command()
	b.MemberList = orEmpty(b.MemberList)
	return &b
}

// OnGroupAfterGroupDestroyed registers the function that learns of groups that are
// gone. After an error the report comes again.
func (h *Handler) OnGroupAfterGroupDestroyed(fn func(context.Context, Request, *GroupAfterGroupDestroyed) error) {
	onAfter(h, fn)
}

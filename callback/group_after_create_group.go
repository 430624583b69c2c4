package callback

import "context"

// GroupAfterCreateGroup reports a new group.
type GroupAfterCreateGroup struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// OwnerAccount is empty for a group without an owner.
	OwnerAccount string `json:"Owner_Account"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// Name is the group's name.
	Name string `json:"Name"`

	// InviteOption is how users are invited into the group: FreeAccess,
	// NeedPermission or DisableInvite.
	InviteOption string `json:"InviteOption,omitempty"`

	// MemberList are all members, the owner among them.
	MemberList []GroupMember `json:"MemberList"`

	// UserDefinedDataList are the group's app-defined fields, left out if it has
	// none.
	UserDefinedDataList []UserDefinedData `json:"UserDefinedDataList,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterCreateGroup].
func (GroupAfterCreateGroup) Command() Command { return CommandGroupAfterCreateGroup }

func (b GroupAfterCreateGroup) wire() any {
	b.CallbackCommand = b.Command()
	b.MemberList = orEmpty(b.MemberList)
	return &b
}

// OnGroupAfterCreateGroup registers the function that learns of new groups. After
// an error the report comes again.
func (h *Handler) OnGroupAfterCreateGroup(fn func(context.Context, Request, *GroupAfterCreateGroup) error) {
	onAfter(h, fn)
}

// UserDefinedData is one app-defined field.
type UserDefinedData struct {
	// Key is the name of the field.
	Key string `json:"Key"`
	// Value is what the group has in it.
	Value string `json:"Value"`
}

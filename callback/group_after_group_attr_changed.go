package callback

import "context"

// GroupAfterGroupAttrChanged reports a change of a group's attributes.
type GroupAfterGroupAttrChanged struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// OperatorAccount is who made the request.
	OperatorAccount string `json:"Operator_Account"`

	// OptionType is set if the attributes replace all earlier ones, else modify,
	// delete, or clear if all are gone.
	OptionType string `json:"OptionType"`

	// GroupAttr are the attributes that changed; those that were deleted have no
	// value. It is empty if all are gone.
	GroupAttr []GroupAttr `json:"GroupAttr"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// GroupAttr is one attribute of a group.
type GroupAttr struct {
	// Key is the name of the attribute.
	Key string `json:"key"`
	// Value is its value.
	Value string `json:"value"`
}

// Command returns [CommandGroupAfterGroupAttrChanged].
func (GroupAfterGroupAttrChanged) Command() Command { return CommandGroupAfterGroupAttrChanged }

func (b GroupAfterGroupAttrChanged) wire() any {
	b.CallbackCommand = b.Command()
	b.GroupAttr = orEmpty(b.GroupAttr)
	return &b
}

// OnGroupAfterGroupAttrChanged registers the function that learns of changed
// attributes. After an error the report comes again.
func (h *Handler) OnGroupAfterGroupAttrChanged(fn func(context.Context, Request, *GroupAfterGroupAttrChanged) error) {
	onAfter(h, fn)
}

package callback

import "context"

// ProfilePortraitSet reports that fields of a user's profile were set.
//
// Spec: webhooks#4.12
type ProfilePortraitSet struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OperatorAccount is who made the request: the user himself, or an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// FromAccount is whose profile it is.
	FromAccount string `json:"From_Account"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`

	// ProfileItem are the fields that were set, with their new values.
	ProfileItem []ProfileItem `json:"ProfileItem"`
}

// ProfileItem is one field of a profile.
type ProfileItem struct {
	// Tag is the name of the field, such as Tag_Profile_IM_Nick.
	Tag string `json:"Tag"`

	// Value is a string or a number, as the tag wants.
	Value any `json:"Value"`
}

// Command returns [CommandProfilePortraitSet].
func (ProfilePortraitSet) Command() Command { return CommandProfilePortraitSet }

func (b ProfilePortraitSet) wire() any {
	b.CallbackCommand = b.Command()
	b.ProfileItem = orEmpty(b.ProfileItem)
	return &b
}

// OnProfilePortraitSet registers the function that learns of new profiles. After an
// error the report comes again.
func (h *Handler) OnProfilePortraitSet(fn func(context.Context, Request, *ProfilePortraitSet) error) {
	onAfter(h, fn)
}

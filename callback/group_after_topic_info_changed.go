package callback

import "context"

// GroupAfterTopicInfoChanged reports a change of a topic's name, introduction,
// notification or picture. Other changes are not reported.
//
// Spec: webhooks#4.8
type GroupAfterTopicInfoChanged struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// GroupID is that of the community.
	GroupID string `json:"GroupId"`

	TopicID string `json:"TopicId"`

	// Type is that of the community.
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

// Command returns [CommandGroupAfterTopicInfoChanged].
func (GroupAfterTopicInfoChanged) Command() Command { return CommandGroupAfterTopicInfoChanged }

func (b GroupAfterTopicInfoChanged) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterTopicInfoChanged registers the function that learns of changed topics.
// After an error the report comes again.
func (h *Handler) OnGroupAfterTopicInfoChanged(fn func(context.Context, Request, *GroupAfterTopicInfoChanged) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterCreateTopic reports a new topic of a community.
//
// Spec: webhooks#4.8
type GroupAfterCreateTopic struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// GroupID is that of the community.
	GroupID string `json:"GroupId"`

	TopicID string `json:"TopicId"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// OwnerAccount is the community's owner, empty if it has none.
	OwnerAccount string `json:"Owner_Account"`

	// Type is that of the community.
	Type string `json:"Type"`

	// Name is the topic's.
	Name string `json:"Name"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterCreateTopic].
func (GroupAfterCreateTopic) Command() Command { return CommandGroupAfterCreateTopic }

func (b GroupAfterCreateTopic) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterCreateTopic registers the function that learns of new topics. After an
// error the report comes again.
func (h *Handler) OnGroupAfterCreateTopic(fn func(context.Context, Request, *GroupAfterCreateTopic) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupAfterTopicDestroyed reports that topics of a community are gone. Parley
// reports each by itself, behind all that happened in it.
//
// Spec: webhooks#4.8
type GroupAfterTopicDestroyed struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// GroupID is that of the community.
	GroupID string `json:"GroupId"`

	// Type is that of the community.
	Type string `json:"Type"`

	// TopicIDList is the topics that are gone.
	TopicIDList []string `json:"TopicIdList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterTopicDestroyed].
func (GroupAfterTopicDestroyed) Command() Command { return CommandGroupAfterTopicDestroyed }

func (b GroupAfterTopicDestroyed) wire() any {
	b.CallbackCommand = b.Command()
	b.TopicIDList = orEmpty(b.TopicIDList)
	return &b
}

// OnGroupAfterTopicDestroyed registers the function that learns of topics that are
// gone. After an error the report comes again.
func (h *Handler) OnGroupAfterTopicDestroyed(fn func(context.Context, Request, *GroupAfterTopicDestroyed) error) {
	onAfter(h, fn)
}

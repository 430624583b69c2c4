package event

import "github.com/parley-im/parley/internal/chat"

// Topic is the part that all events about one topic share.
type Topic struct {
	Group

	TopicID string
}

// Conversation is the topic's.
func (t Topic) Conversation() chat.Conversation {
	return chat.TopicConversation(t.GroupID, t.TopicID)
}

// BeforeTopicCreate asks whether a topic may be created.
type BeforeTopicCreate struct {
	Group

	Name string
}

// TopicCreated says that a community has a new topic.
type TopicCreated struct {
	Topic

	// Owner is the community's.
	Owner, Name string
	// Notice is what all members are told.
	Notice *chat.Notice
}

// TopicDestroyed says that a topic is gone.
type TopicDestroyed struct {
	Topic

	// Notice is what all members are told.
	Notice *chat.Notice
}

// TopicInfoChanged says that a topic's name, introduction, notification or picture
// changed. Nothing else is set in Change.
type TopicInfoChanged struct {
	Topic

	Change chat.GroupChange
}

// TopicMsgFlagChanged says that one member wants a topic's messages otherwise.
type TopicMsgFlagChanged struct {
	Topic

	UserID  string
	MsgFlag string
}

package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// TopicState is what one member has of his own in a topic.
type TopicState struct {
	// Topic is the topic's conversation.
	Topic int64
	// ReadSeq is up to which message he has read, NotRead if he has neither read nor
	// sent anything since he joined.
	ReadSeq int64
	// MsgFlag is how he wants its messages, empty if like those of the community.
	MsgFlag string
	// MuteUntil is his mute in the topic as a Unix time, 0 for none.
	MuteUntil int64
}

// NotRead is the read position of somebody who has none of his own yet.
const NotRead = -1

// TopicFlag is how a user wants the messages of a topic.
type TopicFlag struct{ TopicID, MsgFlag string }

// Topics keeps the topics of communities. Members and their mutes in all topics are
// kept with the community, mutes in one topic with the topic's conversation.
type Topics interface {
	// CreateTopic sets t.Conversation. It fails with ErrExists if the ID is taken.
	CreateTopic(ctx context.Context, app chat.SDKAppID, community int64, t *chat.Topic) error
	// Topic fails with ErrNotFound if the community has no such topic.
	Topic(ctx context.Context, community int64, topicID string) (*chat.Topic, error)
	// ListTopics returns the topics of a community, oldest first.
	ListTopics(ctx context.Context, community int64) ([]chat.Topic, error)
	// CountTopics returns how many topics a community has.
	CountTopics(ctx context.Context, community int64) (int, error)
	// UpdateTopic stores the profile; the revision grows.
	UpdateTopic(ctx context.Context, t *chat.Topic) error
	// DeleteTopic removes a topic. What belonged to it is purged later.
	DeleteTopic(ctx context.Context, t *chat.Topic) error

	// TopicSender is Sender for a send into a topic. ErrNotFound if there is no such
	// topic.
	TopicSender(ctx context.Context, app chat.SDKAppID, groupID, topicID, userID string) (Sender, error)
	// TopicState reads what a user has in one topic.
	TopicState(ctx context.Context, community, topic int64, userID string) (TopicState, error)
	// TopicStates reads what a user has in the topics of a community, by their
	// conversations; those where he has nothing are left out.
	TopicStates(ctx context.Context, community int64, userID string) (map[int64]TopicState, error)
	// RaiseTopicRead raises a member's read position in a topic, and says whether it
	// was lower before. The revision stays as it is.
	RaiseTopicRead(ctx context.Context, app chat.SDKAppID, community, topic int64, userID string, seq int64) (raised bool, err error)
	// SetTopicFlag sets how a member wants the messages of a topic.
	SetTopicFlag(ctx context.Context, app chat.SDKAppID, community, topic int64, userID, msgFlag string) error
	// TopicFlags returns how a user wants the messages of topics, as far as he said.
	TopicFlags(ctx context.Context, app chat.SDKAppID, userID string) ([]TopicFlag, error)
	// Uncounted returns the numbers behind after of messages that do not count as
	// unread, lowest first.
	Uncounted(ctx context.Context, conversation, after int64, limit int) ([]int64, error)
}

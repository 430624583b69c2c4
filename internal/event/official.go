package event

import "github.com/parley-im/parley/internal/chat"

// Official is the part that all events about one official account share.
type Official struct {
	Caller     chat.Caller
	OfficialID string
}

// Conversation is the official account's.
func (o Official) Conversation() chat.Conversation { return chat.OfficialConversation(o.OfficialID) }

// Origin is the caller.
func (o Official) Origin() chat.Caller { return o.Caller }

// OfficialSubscribed says that users became subscribers, or want messages in
// another way.
type OfficialSubscribed struct {
	Official

	Subscribers []chat.Subscriber
}

// OfficialUnsubscribed says that users are no subscribers any more.
type OfficialUnsubscribed struct {
	Official

	UserIDs []string
}

// OfficialDestroyed says that an official account is gone.
type OfficialDestroyed struct{ Official }

package chat

import "strings"

// ConversationKind is what a conversation belongs to.
type ConversationKind string

// The kinds of conversation.
const (
	KindGroup    ConversationKind = "group"
	KindOfficial ConversationKind = "official"
	KindNone     ConversationKind = "none"
)

// Conversation names a stream of messages within an app. Its webhooks are
// delivered in order.
type Conversation struct {
	Kind ConversationKind
	ID   string
}

// GroupConversation is that of a group, which need not exist.
func GroupConversation(groupID string) Conversation {
	return Conversation{Kind: KindGroup, ID: groupID}
}

// OfficialConversation is that of an official account.
func OfficialConversation(officialID string) Conversation {
	return Conversation{Kind: KindOfficial, ID: officialID}
}

// String is the form that the outbox, the log and the command line use:
// "group:@TGS#2ABC".
func (c Conversation) String() string { return string(c.Kind) + ":" + c.ID }

// ParseConversation reads the form that String writes.
func ParseConversation(s string) (Conversation, bool) {
	kind, id, ok := strings.Cut(s, ":")
	return Conversation{Kind: ConversationKind(kind), ID: id}, ok
}

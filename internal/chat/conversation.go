package chat

import "strings"

// ConversationKind is what a conversation belongs to.
type ConversationKind string

// The kinds of conversation.
const (
	KindGroup    ConversationKind = "group"
	KindTopic    ConversationKind = "topic"
	KindOfficial ConversationKind = "official"
	KindPair     ConversationKind = "c2c"
	KindUser     ConversationKind = "user"
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

// TopicConversation is that of a topic, or of the group if topicID is empty.
func TopicConversation(groupID, topicID string) Conversation {
	if topicID == "" {
		return GroupConversation(groupID)
	}
	return Conversation{Kind: KindTopic, ID: topicID}
}

// OfficialConversation is that of an official account.
func OfficialConversation(officialID string) Conversation {
	return Conversation{Kind: KindOfficial, ID: officialID}
}

// PairConversation is that of two users, whoever is named first.
func PairConversation(a, b string) Conversation {
	if b < a {
		a, b = b, a
	}
	return Conversation{Kind: KindPair, ID: pairEscape.Replace(a) + "," + pairEscape.Replace(b)}
}

// pairEscape keeps a comma in a UserID apart from the one between two.
var pairEscape = strings.NewReplacer(`\`, `\\`, ",", `\,`)

// Users are those who take part in the conversation of a pair or of one user.
func (c Conversation) Users() []string {
	if c.Kind != KindPair {
		return []string{c.ID}
	}
	var users []string
	var name strings.Builder
	for i := 0; i < len(c.ID); i++ {
		switch {
		case c.ID[i] == '\\' && i+1 < len(c.ID):
			i++
			name.WriteByte(c.ID[i])
		case c.ID[i] == ',':
			users = append(users, name.String())
			name.Reset()
		default:
			name.WriteByte(c.ID[i])
		}
	}
	return append(users, name.String())
}

// UserConversation orders what happens to one user, like his logins.
func UserConversation(userID string) Conversation { return Conversation{Kind: KindUser, ID: userID} }

// String is the form that the outbox, the log and the command line use:
// "group:@TGS#2ABC".
func (c Conversation) String() string { return string(c.Kind) + ":" + c.ID }

// ParseConversation reads the form that String writes.
func ParseConversation(s string) (Conversation, bool) {
	kind, id, ok := strings.Cut(s, ":")
	return Conversation{Kind: ConversationKind(kind), ID: id}, ok
}

// Package event holds what can happen in chat, a struct for each event, and the
// two ways in which an operation meets the app's webhooks: it asks before it
// acts, and it records after, in the transaction of the fact. Those events that
// clients of other nodes are to hear of can be encoded.
package event

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// Event is something that happened and that the app's backend may want to hear.
type Event interface {
	// Conversation is the stream in whose order the event is delivered.
	Conversation() chat.Conversation
	// Origin is whose request caused the event.
	Origin() chat.Caller
}

// GroupMessage is the part that all events about one group message share.
type GroupMessage struct {
	Caller  chat.Caller
	GroupID string
	// Type is empty when the group does not exist.
	Type    chat.GroupType
	TopicID string
	Message *chat.Message
}

// Conversation is the group's or the topic's.
func (m GroupMessage) Conversation() chat.Conversation {
	return chat.TopicConversation(m.GroupID, m.TopicID)
}

// Origin is the caller.
func (m GroupMessage) Origin() chat.Caller { return m.Caller }

// GroupMessageSent says that a group message was stored and numbered.
type GroupMessageSent struct{ GroupMessage }

// GroupMessageRefused says that a group message could not be sent.
type GroupMessageRefused struct {
	GroupMessage
	// Err is what the sender was told.
	Err *chat.Error
	At  time.Time
}

// GroupMessagesRecalled says that messages of a group were recalled.
type GroupMessagesRecalled struct {
	Caller  chat.Caller
	GroupID string
	Type    chat.GroupType
	TopicID string
	// Operator is who recalled.
	Operator string
	Reason   string
	Seqs     []int64
	// Messages are those at Seqs, in the same order. Of what the group does not
	// store nothing but the number may be known.
	Messages []chat.Message
	At       time.Time
}

// Conversation is the group's or the topic's.
func (r GroupMessagesRecalled) Conversation() chat.Conversation {
	return chat.TopicConversation(r.GroupID, r.TopicID)
}

// Origin is the caller.
func (r GroupMessagesRecalled) Origin() chat.Caller { return r.Caller }

// OfficialMessage is the part that all events about one broadcast share.
type OfficialMessage struct {
	Caller     chat.Caller
	OfficialID string
	Message    *chat.Message
}

// Conversation is the official account's.
func (m OfficialMessage) Conversation() chat.Conversation {
	return chat.OfficialConversation(m.OfficialID)
}

// Origin is the caller.
func (m OfficialMessage) Origin() chat.Caller { return m.Caller }

// OfficialMessageSent says that a broadcast was stored for all subscribers.
type OfficialMessageSent struct{ OfficialMessage }

// OfficialMessagesRecalled says that broadcasts were recalled.
type OfficialMessagesRecalled struct {
	Caller     chat.Caller
	OfficialID string
	MsgKeys    []string
	// Messages are those that were recalled.
	Messages []chat.Message
	At       time.Time
}

// Conversation is the official account's.
func (r OfficialMessagesRecalled) Conversation() chat.Conversation {
	return chat.OfficialConversation(r.OfficialID)
}

// Origin is the caller.
func (r OfficialMessagesRecalled) Origin() chat.Caller { return r.Caller }

// BeforeGroupMessage asks whether a group message may be sent.
type BeforeGroupMessage struct {
	GroupMessage
	At time.Time
}

// BeforeOfficialMessage asks whether a broadcast may be sent.
type BeforeOfficialMessage struct {
	OfficialMessage
	At time.Time
}

// Answer is what the app's backend said to a question, its failure policy
// applied.
type Answer struct {
	// Refusal, if not nil, is what the sender is told.
	Refusal *chat.Error
	// ByApp is set when the app's backend itself chose to refuse.
	ByApp bool
	// Discard lets the sender believe in a success that never happens.
	Discard bool
	// Body and CloudCustomData, if not nil, replace what the sender gave.
	Body            *chat.Body
	CloudCustomData *string
	// RefusedMembers are those of the users asked about who are left out.
	RefusedMembers []string
	// Refusals are what becomes of single users, for questions that are answered
	// for each; those who are missing may pass.
	Refusals map[string]*chat.Error
}

// Rewrite returns a message as the app's backend wants it, which is m itself if it
// wants nothing else.
func (a *Answer) Rewrite(m *chat.Message) *chat.Message {
	if a.Body == nil && a.CloudCustomData == nil {
		return m
	}
	rewritten := *m
	if a.Body != nil {
		rewritten.Body = *a.Body
	}
	if a.CloudCustomData != nil {
		rewritten.CloudCustomData = *a.CloudCustomData
	}
	return &rewritten
}

// Outgoing is one webhook call to be made: a row for the outbox.
type Outgoing struct {
	SDKAppID     chat.SDKAppID
	Command      string
	Conversation string
	ClientIP     string
	Platform     chat.Platform
	// Body is the exact JSON that the receiver gets.
	Body []byte
}

// Hooks is the webhook edge as operations see it.
type Hooks interface {
	// Ask puts a question to the app's backend and waits for the answer, at
	// most as long as the app's timeout for that question.
	Ask(ctx context.Context, app *chat.App, question Event) Answer
	// Record turns what happened into rows for the outbox; none if the app does
	// not want to hear of it.
	Record(app *chat.App, happened Event) []Outgoing
}

package chat

import (
	"encoding/binary"
	"hash/fnv"
	"time"
)

// Limits of a message. Spec: rest-common#4.4
const (
	// MaxMessageBytes bounds MsgBody and CloudCustomData together, as sent.
	MaxMessageBytes = 12 << 10
	MaxMentions     = 30
	MaxReceivers    = 50
	// DuplicateWindow is how long a repeated send is recognised.
	DuplicateWindow = 5 * time.Minute
)

// Priority ranks messages when a group is over its limit. The numbers are those
// that history shows. Spec: rest-common#4.2
type Priority int

// The priorities.
const (
	PriorityHigh Priority = iota + 1
	PriorityNormal
	PriorityLow
	PriorityLowest
)

// ParsePriority reads a priority's name; empty means Normal.
func ParsePriority(s string) (Priority, bool) {
	switch s {
	case "High":
		return PriorityHigh, true
	case "Normal", "":
		return PriorityNormal, true
	case "Low":
		return PriorityLow, true
	case "Lowest":
		return PriorityLowest, true
	}
	return 0, false
}

// Place is what stands at a sequence number. Spec: groups#8.1
type Place int

// The places.
const (
	PlaceMessage Place = iota
	PlaceGone
	PlaceRecalled
)

// Mention is one entry of GroupAtInfo. Spec: groups#7.1
type Mention struct {
	// All mentions everybody; UserID is empty then.
	All    bool   `json:"all,omitempty"`
	UserID string `json:"user,omitempty"`
}

// Message is one message of a group or an official account.
type Message struct {
	// Seq is the number in the conversation, from 1; online-only messages are
	// counted apart.
	Seq    int64
	Time   time.Time
	Sender string
	// Random is the sender's nonce; with the content it finds duplicates.
	Random   uint32
	Priority Priority
	Body     Body
	// CloudCustomData is empty when the message has none.
	CloudCustomData string
	OnlineOnly      bool
	NoUnread        bool
	NoLastMsg       bool
	NeedReadReceipt bool
	// SupportExtension allows key-value pairs to be attached.
	SupportExtension bool
	Mentions         []Mention
	// Receivers, if any, are the only members who get the message.
	Receivers []string
	// OfflinePush is the OfflinePushInfo object as given, nil if none.
	OfflinePush []byte
	Place       Place
}

// DuplicateKey is equal for two sends of the same sender, nonce and content into
// one conversation, and hardly ever for others.
func (m *Message) DuplicateKey(conversation int64) int64 {
	h := fnv.New64a()
	var n [12]byte
	binary.LittleEndian.PutUint64(n[:8], uint64(conversation))
	binary.LittleEndian.PutUint32(n[8:], m.Random)
	h.Write(n[:])
	for _, part := range []string{m.Sender, string(m.Body.JSON), m.CloudCustomData} {
		binary.LittleEndian.PutUint32(n[:4], uint32(len(part)))
		h.Write(n[:4])
		h.Write([]byte(part))
	}
	return int64(h.Sum64())
}

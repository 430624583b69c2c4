package chat

import (
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// Limits of a message. Spec: rest-common#4.4
const (
	// MaxMessageBytes bounds MsgBody and CloudCustomData together, as sent.
	MaxMessageBytes = 12 << 10
	// MaxRemainsBytes bounds what a message that was refused for its size leaves in
	// the outbox, MaxReportedID what is told of an ID that can be none.
	MaxRemainsBytes = 64 << 10
	MaxReportedID   = 256
	MaxMentions     = 30
	MaxReceivers    = 50
	// DuplicateWindow is how long a repeated send is recognised.
	DuplicateWindow = 5 * time.Minute
	// DefaultRecallWindow is how long a client's user may recall a message.
	DefaultRecallWindow = 2 * time.Minute
)

// ClientNumber is what a client says of its message, or 0 if no client says so.
func ClientNumber(n int64) int64 {
	if n < 0 || n > math.MaxUint32 {
		return 0
	}
	return n
}

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

// Message is one message of a group, an official account or two users.
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
	// ClientTime is when the sender's client made the message, as a Unix time in
	// seconds. Together with sender and Random it names the message for clients;
	// storage fills in Time where the sender gave none.
	ClientTime int64
	// ClientSeq is the sender's own counter; in one-to-one conversations it is the
	// MsgSeq of the protocol.
	ClientSeq int64
	// Version counts how often the message was modified.
	Version int64
	// Tip is set for what the group itself says; Body is empty then.
	Tip *Tip
	// Recall says who took the message back; nil unless Place is PlaceRecalled.
	Recall *Recall
}

// Recall is how a message was taken back.
type Recall struct {
	// Revoker is the account that recalled.
	Revoker string
	Reason  string
	Time    time.Time
}

// AddressedTo reports whether a message is for a user: it names no receivers, or he
// is one of them, or he sent it.
func (m *Message) AddressedTo(userID string) bool {
	return len(m.Receivers) == 0 || m.Sender == userID || slices.Contains(m.Receivers, userID)
}

// DuplicateKey is equal for two sends of the same sender, nonce and content into
// one conversation, and hardly ever for others. Storage keeps it for as long as
// a repeated send is recognised, so it must stay the same from one version of
// the program to the next.
func (m *Message) DuplicateKey(conversation int64) int64 {
	var n [12]byte
	binary.LittleEndian.PutUint64(n[:8], uint64(conversation))
	binary.LittleEndian.PutUint32(n[8:], m.Random)
	h := hash(fnvOffset, n[:])
	h = hashSized(h, m.Sender)
	h = hashSized(h, m.Body.JSON)
	h = hashSized(h, m.CloudCustomData)
	return int64(h)
}

// The numbers of FNV-1a with 64 bits.
const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hash continues an FNV-1a hash. Package hash/fnv would want a copy of every
// string.
func hash[T string | ~[]byte](h uint64, text T) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * fnvPrime
	}
	return h
}

// hashSized hashes the length too, so that no border between two parts can move.
func hashSized[T string | ~[]byte](h uint64, text T) uint64 {
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(len(text)))
	return hash(hash(h, n[:]), text)
}

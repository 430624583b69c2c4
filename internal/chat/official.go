package chat

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Prefixes of official account IDs. Spec: official#2
const (
	OfficialPrefix         = "@TOA#_"
	OfficialAssignedPrefix = "@TOA#_@TOA#"
)

// Limits of an official account. Spec: official#3
const (
	MaxOfficialIDBytes           = 48
	MaxOfficialNameBytes         = 150
	MaxOfficialIntroductionBytes = 400
	MaxOfficialFaceURLBytes      = 500
	MaxOfficialOrganizationBytes = 500
	MaxOfficialCustomBytes       = 3000
	DefaultMaxSubscribers        = 100_000
	MaxOfficialBatch             = 50
	MaxSubscriberBatch           = 100
	MaxSubscriberPage            = 200
	MaxRecallBatch               = 10
	MaxRecallReasonBytes         = 100
)

// OfficialAccount is an account that broadcasts to its subscribers.
type OfficialAccount struct {
	// Conversation is the store's number of the account's message sequence.
	Conversation  int64
	ID            string
	Owner         string
	Name          string
	Introduction  string
	FaceURL       string
	Organization  string
	CustomString  string
	MaxSubscriber int
	SubscriberNum int
	CreateTime    time.Time
	LastMsgTime   time.Time
	// Revision grows with every change of the account.
	Revision int64
}

// Subscriber is a user who receives an official account's broadcasts.
type Subscriber struct {
	UserID        string
	SubscribeTime time.Time
	MsgFlag       string
	CustomString  string
}

// CheckOfficialID returns why id cannot be chosen for a new official account,
// or "".
func CheckOfficialID(id string) string {
	switch {
	case len(id) > MaxOfficialIDBytes:
		return "longer than 48 bytes"
	case !printable(id):
		return "a character outside printable ASCII"
	case !strings.HasPrefix(id, OfficialPrefix):
		return "it must begin with " + OfficialPrefix
	case strings.HasPrefix(id, OfficialAssignedPrefix):
		return "it must not begin with " + OfficialAssignedPrefix
	case id == OfficialPrefix:
		return "nothing follows " + OfficialPrefix
	}
	return ""
}

// NewOfficialID makes the ID of an official account for which none was given.
func NewOfficialID() string { return OfficialAssignedPrefix + randomName(8) }

// MsgKey names a broadcast: its sequence number, the constant 1, and its time
// in seconds. Spec: official#2
func MsgKey(seq int64, at time.Time) string {
	return fmt.Sprintf("%d_1_%d", seq, at.Unix())
}

// ParseMsgKey returns the sequence number and the time of a broadcast's key. A
// text that MsgKey would not write is refused with ErrMsgKey.
func ParseMsgKey(key string) (seq int64, at time.Time, err error) {
	first, rest, _ := strings.Cut(key, "_1_")
	seq, seqErr := strconv.ParseInt(first, 10, 64)
	sec, secErr := strconv.ParseInt(rest, 10, 64)
	at = time.Unix(sec, 0)
	if seqErr != nil || secErr != nil || seq < 1 || MsgKey(seq, at) != key {
		return 0, time.Time{}, ErrMsgKey
	}
	return seq, at, nil
}

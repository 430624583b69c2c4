package chat

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits of one-to-one messages.
const (
	// PairRecallWindow is how long a sender can take his message back.
	PairRecallWindow = 120 * time.Second
	// MaxPairPage is how many messages one page of history has.
	MaxPairPage = 100
	// MaxPairKeys is how many messages one request names.
	MaxPairKeys = 100
	// MaxPeers is how many users one request names.
	MaxPeers = 100
	// MaxUnread is up to what unread messages of one conversation are counted.
	MaxUnread = 1000
)

// RecvOption is how a user wants the messages of one peer. The numbers are those of
// the client protocol.
type RecvOption int

// The options.
const (
	RecvNotify RecvOption = iota
	RecvDiscard
	RecvNoPush
	RecvNoPushExceptAt
)

// RecvOptionOf is the option that a member's or a subscriber's MsgFlag stands for.
func RecvOptionOf(msgFlag string) RecvOption {
	switch msgFlag {
	case FlagDiscard:
		return RecvDiscard
	case FlagNoPush:
		return RecvNoPush
	case "AcceptNotNotifyExceptAt", "NotReceiveMsgExceptAt":
		return RecvNoPushExceptAt
	}
	return RecvNotify
}

// MsgFlag is the option as it is stored of subscribers.
func (o RecvOption) MsgFlag() string {
	switch o {
	case RecvDiscard:
		return FlagDiscard
	case RecvNoPush, RecvNoPushExceptAt:
		return FlagNoPush
	case RecvNotify:
	}
	return FlagNotify
}

// PairKey names a message between two users. Spec: accounts#2.0
type PairKey struct {
	// MsgSeq is the sender's own number.
	MsgSeq int64
	Random uint32
	// Time is that of the server, as a Unix time in seconds.
	Time int64
}

// PairKeyOf is the key of a message. A broadcast that came without a number of its
// sender is named by that of the server.
func PairKeyOf(m *Message) PairKey {
	return PairKey{MsgSeq: m.WireSeq(), Random: m.Random, Time: m.Time.Unix()}
}

// WireSeq is the MsgSeq of a one-to-one message or a broadcast for clients: the
// sender's own number, or the server's if he gave none.
func (m *Message) WireSeq() int64 {
	if m.ClientSeq != 0 {
		return m.ClientSeq
	}
	return m.Seq
}

// String is the key as it is written: "<MsgSeq>_<MsgRandom>_<MsgTime>".
func (k PairKey) String() string { return fmt.Sprintf("%d_%d_%d", k.MsgSeq, k.Random, k.Time) }

// ParsePairKey reads what String writes.
func ParsePairKey(s string) (PairKey, error) {
	parts := strings.Split(s, "_")
	if len(parts) != 3 {
		return PairKey{}, ErrMsgKey
	}
	seq, seqErr := strconv.ParseInt(parts[0], 10, 64)
	random, randomErr := strconv.ParseUint(parts[1], 10, 32)
	at, atErr := strconv.ParseInt(parts[2], 10, 64)
	if seqErr != nil || randomErr != nil || atErr != nil {
		return PairKey{}, ErrMsgKey
	}
	return PairKey{MsgSeq: seq, Random: uint32(random), Time: at}, nil
}

// Limits of conversation lists.
const (
	// MaxConversations is how many conversations a list shows.
	MaxConversations = 500
	// MaxContactPage is how many conversations one page has.
	MaxContactPage = 200
	// MaxPinned is how many conversations a user pins.
	MaxPinned = 50
	// MaxMarked is how many conversations carry marks or conversation groups.
	MaxMarked = 1000
	// MaxContactBatch is how many conversations one request names.
	MaxContactBatch = 100
	// MaxContactGroups is how many conversation groups a user has.
	MaxContactGroups = 20
	// MaxContactGroupBytes bounds the name of a conversation group.
	MaxContactGroupBytes = 32
	// MaxCustomMarkBytes bounds a conversation's own data.
	MaxCustomMarkBytes = 256
)

// ContactGroup is a group into which a user sorts conversations.
type ContactGroup struct {
	ID   int64
	Name string
}

// DoNotDisturb is when a user wants no offline pushes.
type DoNotDisturb struct {
	// Start and End are Unix times in seconds, or seconds of the day if Repeated.
	Start, End int64
	Repeated   int
	Level      int
}

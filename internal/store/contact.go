package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// Pair is what a send must know of two users.
type Pair struct {
	// Conversation and Revision are zero until something was said.
	Conversation int64
	Revision     int64
	// Open reports whether both have the conversation among their contacts.
	Open bool
	// SenderExists and ReceiverExists report whether there are such accounts.
	SenderExists, ReceiverExists bool
	// Hushed reports whether the receiver wants no messages of the sender.
	Hushed bool
}

// Contact is a conversation as one user sees it. What stands in storage of it is
// his own; the rest is read from what the conversation belongs to.
type Contact struct {
	Conversation int64
	Kind         chat.ConversationKind
	// Name is the peer, the group or the official account.
	Name string
	// NextSeq is the number that the next message gets.
	NextSeq int64
	// LastMsgTime orders the conversation among others.
	LastMsgTime time.Time

	// ReadSeq is up to which message he has read. Of groups it is the member's.
	ReadSeq int64
	// ReadTime is up to when he has read, as a Unix time in seconds.
	ReadTime int64
	// ClearedSeq is the last message that he does not see any more, or not yet.
	ClearedSeq int64
	// HiddenSeq is up to which message the conversation is not in his list.
	HiddenSeq int64
	PinTime   time.Time
	// RecvOption is how he wants its messages. Only that of a peer is stored with
	// the contact.
	RecvOption   chat.RecvOption
	StandardMark uint64
	CustomMark   string
	// Groups are the conversation groups it is in.
	Groups []int64

	// Owned is set of an official account that is the user's own.
	Owned bool
	// PeerReadTime is up to when the peer has read, as a Unix time in seconds.
	PeerReadTime int64
	// What follows is set of groups.
	GroupName, FaceURL string
	GroupType          chat.GroupType
	JoinTime           time.Time
	HistoryBeforeJoin  bool
}

// Ref names the conversation as its user does.
func (c *Contact) Ref() event.ContactRef {
	return event.ContactRef{Group: c.Kind == chat.KindGroup, ID: c.Name}
}

// Seen is a message with its place among all messages.
type Seen struct {
	ID           int64
	Conversation int64
	Message      chat.Message
}

// Unread is how many messages of a contact a user has not read.
type Unread struct {
	Conversation int64
	Name         string
	// ReadSeq is up to which message he has read, NextSeq the number that the next
	// one gets.
	ReadSeq, NextSeq int64
	// Count is at most chat.MaxUnread.
	Count int
}

// Place is one message of a conversation.
type Place struct {
	Conversation int64
	Seq          int64
}

// Contacts keeps how users see their conversations.
type Contacts interface {
	// Pair reads what Pair holds in one step.
	Pair(ctx context.Context, app chat.SDKAppID, sender, receiver string) (Pair, error)
	// OpenPair makes the conversation of two users and puts it among the contacts
	// of both, as far as that is not so already. Who is new to it sees nothing of
	// what was said before.
	OpenPair(ctx context.Context, app chat.SDKAppID, a, b string) error
	// Contact reads one contact; ErrNotFound if the user is no member, no
	// subscriber, or nothing was said.
	Contact(ctx context.Context, app chat.SDKAppID, userID string, of chat.Conversation) (*Contact, error)
	// ListContacts returns the conversations in which there is something to see,
	// pinned ones first, then newest first. AVChatRooms and communities with topics
	// are left out.
	ListContacts(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]Contact, error)
	// ListPairs returns the pairs and subscriptions in which something was said at
	// or after a time, newest first.
	ListPairs(ctx context.Context, app chat.SDKAppID, userID string, since time.Time, limit int) ([]Contact, error)
	// ListMarked returns the contacts that have marks or are in conversation groups.
	ListMarked(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]Contact, error)
	// CountPinned returns how many conversations a user has pinned.
	CountPinned(ctx context.Context, app chat.SDKAppID, userID string) (int, error)
	// PutContact stores what is the user's own of a contact.
	PutContact(ctx context.Context, app chat.SDKAppID, userID string, c *Contact) error
	// UnreadPairs counts what others said to a user and he has not read, in pairs
	// and in official accounts; contacts without any are left out.
	UnreadPairs(ctx context.Context, app chat.SDKAppID, userID string) ([]Unread, error)
	// UnreadIgnored counts the messages behind places that are not to be counted:
	// recalled ones and those with NoUnread.
	UnreadIgnored(ctx context.Context, behind []Place) (map[int64]int, error)

	// MessagesAfter returns messages behind a sequence number, oldest first.
	MessagesAfter(ctx context.Context, conversation, after int64, limit int) ([]chat.Message, error)
	// NewestMessages returns messages up to a sequence number, newest first.
	NewestMessages(ctx context.Context, conversation, before int64, limit int) ([]Seen, error)
	// MessagesBehind returns what others than the user said behind places and what
	// counts as unread, newest first.
	MessagesBehind(ctx context.Context, userID string, behind []Place, limit int) ([]Seen, error)
	// VisibleAt returns the messages at places, by conversation: those that exist
	// and that the user has not hidden from himself.
	VisibleAt(ctx context.Context, userID string, places []Place) (map[int64]chat.Message, error)
	// SeqAt returns the number of the last message that is not later than a time,
	// 0 if there is none.
	SeqAt(ctx context.Context, conversation int64, at time.Time) (int64, error)
	// LastMessageID returns the place of the newest message of all.
	LastMessageID(ctx context.Context) (int64, error)

	// ContactGroups returns a user's conversation groups, oldest first.
	ContactGroups(ctx context.Context, app chat.SDKAppID, userID string) ([]chat.ContactGroup, error)
	// CreateContactGroup sets g.ID. It fails with ErrExists if the name is taken.
	CreateContactGroup(ctx context.Context, app chat.SDKAppID, userID string, g *chat.ContactGroup) error
	// RenameContactGroup fails with ErrExists if the name is taken.
	RenameContactGroup(ctx context.Context, id int64, name string) error
	// DeleteContactGroup forgets a conversation group.
	DeleteContactGroup(ctx context.Context, id int64) error

	// DoNotDisturb is zero if the user has set none.
	DoNotDisturb(ctx context.Context, app chat.SDKAppID, userID string) (chat.DoNotDisturb, error)
	SetDoNotDisturb(ctx context.Context, app chat.SDKAppID, userID string, d chat.DoNotDisturb) error

	// Subscriptions returns the official accounts of a user, oldest first.
	Subscriptions(ctx context.Context, app chat.SDKAppID, userID string) ([]Subscription, error)
	// SetSubscriberFlag sets how a subscriber wants messages.
	SetSubscriberFlag(ctx context.Context, conversation int64, userID, msgFlag string) error
}

// Subscription is one official account of a user.
type Subscription struct {
	Conversation int64
	OfficialID   string
	MsgFlag      string
}

// Threads reads the streams that make up a user's conversation with a peer: what
// the two said to each other, and, if the peer is an official account, what it
// said to all. Either may be missing.
func Threads(ctx context.Context, tx Tx, app chat.SDKAppID, userID, peer string) ([]Contact, error) {
	of := []chat.Conversation{chat.PairConversation(userID, peer)}
	if strings.HasPrefix(peer, chat.OfficialPrefix) {
		of = append(of, chat.OfficialConversation(peer))
	}
	var threads []Contact
	for _, conversation := range of {
		c, err := tx.Contact(ctx, app, userID, conversation)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		threads = append(threads, *c)
	}
	return threads, nil
}

// keyPages bounds how far FindPairMessage looks within one second.
const keyPages = 10

// FindPairMessage finds a message of a conversation by its key; ErrNotFound if
// there is none.
func FindPairMessage(ctx context.Context, tx Tx, conversation int64, key chat.PairKey) (*chat.Message, error) {
	before, err := tx.SeqAt(ctx, conversation, EndOfSecond(key.Time))
	if err != nil {
		return nil, err
	}
	for range keyPages {
		page, err := tx.ListMessages(ctx, conversation, MessagePage{Before: before, Limit: chat.MaxPairPage})
		if err != nil {
			return nil, err
		}
		for i := range page {
			m := &page[i]
			if m.Time.Unix() < key.Time {
				return nil, ErrNotFound
			}
			if chat.PairKeyOf(m) == key {
				return m, nil
			}
			before = m.Seq - 1
		}
		if before < 1 || len(page) == 0 {
			break
		}
	}
	return nil, ErrNotFound
}

// EndOfSecond is the last moment of a Unix time in seconds that storage tells from
// the next second.
func EndOfSecond(sec int64) time.Time { return time.Unix(sec+1, 0).Add(-time.Millisecond) }

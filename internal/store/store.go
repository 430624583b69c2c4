// Package store is what Parley asks of storage: an interface for each noun, the
// transaction that joins them, and the append that sends take. What it promises
// is what the suite in storetest checks.
//
// Writes of concurrent callers share one transaction. A caller is answered after
// the commit, and what was answered survives the loss of power.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// Errors of storage.
var (
	// ErrNotFound means that there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrExists means that the name is taken.
	ErrExists = errors.New("already exists")
	// ErrStale means that the conversation changed since its revision was read.
	ErrStale = errors.New("conversation changed meanwhile")
	// ErrClosed means that the store is shutting down.
	ErrClosed = errors.New("store is closed")
	// ErrUnreachable means that the database did not answer; whether anything was
	// stored is not known.
	ErrUnreachable = errors.New("the database cannot be reached")
	// ErrFull means that the disk has no space left; nothing was stored.
	ErrFull = errors.New("the database's disk is full or cannot be written")
)

// Explain returns what a caller is told of a failure of storage that has nothing to
// do with what he asked for: a refusal like as that says why. Other errors stay as
// they are.
func Explain(err error, as *chat.Error) error {
	switch {
	case errors.Is(err, ErrFull):
		return as.Because("the server's disk is full, nothing was stored").Wrap(err)
	case errors.Is(err, ErrClosed):
		return as.Because("the server is shutting down, nothing was stored").Wrap(err)
	case errors.Is(err, ErrUnreachable):
		return as.Because("the database cannot be reached, whether anything was stored is not known; a message is not stored twice if it is sent again with its Random").Wrap(err)
	}
	return err
}

// Store is durable storage.
type Store interface {
	// View runs fn on a consistent snapshot. It never waits for writers. A panic
	// of fn goes on to the caller.
	View(ctx context.Context, fn func(Tx) error) error
	// Peek is View for a single read, which is a snapshot by itself: a database that
	// is elsewhere is asked once instead of three times. If fn reads more than once,
	// its reads may not fit together. fn may run twice.
	Peek(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a transaction that it may share with other updates. fn
	// may run more than once, so it must set what it returns anew each time. If
	// fn fails or panics, nothing of it is kept and an error is returned. If ctx
	// ends before fn has begun, fn never runs; once begun it is not interrupted.
	Update(ctx context.Context, fn func(Tx) error) error
	// UpdateOwn is Update for what only this node changes at this time, like the
	// outcomes of its deliveries. It runs beside what other nodes append and change of
	// their own, so it finds all else as it may be at any time; only their Updates have
	// to wait for it, and it for theirs.
	UpdateOwn(ctx context.Context, fn func(Tx) error) error
	// Append numbers and stores one message with its events, or fails and does
	// neither. Appends of concurrent callers share statements. ErrNotFound means
	// that the conversation is gone.
	Append(ctx context.Context, a *Append) (Appended, error)
	// OnEvents sets the function that hears of events once they are committed,
	// in order, before the callers who added them get their answers. It must not
	// block. It is set once, before the first write.
	OnEvents(fn func([]Event))
	// OnAnnounce sets the function that hears what was announced once it is
	// committed, in order, after OnEvents' function and before the callers get
	// their answers. It may block for a moment; all writes wait for it. It is set
	// once, before the first write.
	OnAnnounce(fn func([]event.Event))
	// OnUncertain sets the function that hears of changes for which the database did not
	// say whether it has committed them, once that is decided and those that were are
	// to be seen: nobody has heard of their events, nor of what they announced. since is
	// the time of the first one. It must not block for long, and is set once, before the
	// first write.
	OnUncertain(fn func(since time.Time))
	// InstallationID is random, made with the database.
	InstallationID() string
	// Purge deletes at most limit rows of what retention no longer keeps, and
	// says whether to call again at once because more may be left.
	Purge(ctx context.Context, limit int) (more bool, err error)
	// Close finishes the writes that were accepted and waits for running views;
	// who comes later gets ErrClosed. Closing again does nothing.
	Close() error
}

// Sequence is which of a conversation's counters a message takes.
type Sequence int

// The sequences.
const (
	// NoSequence: no message, only events.
	NoSequence Sequence = iota
	// Stored messages are numbered and kept.
	Stored
	// Numbered messages take the same numbers but are not kept.
	Numbered
	// Online messages have a counter of their own and are not kept.
	Online
)

// Append is one message on its way into a conversation.
type Append struct {
	App          chat.SDKAppID
	Conversation int64
	// Community is that of a topic's conversation, 0 for all others.
	Community int64
	// Revision is the conversation's when the sender's rights were read, with that
	// of its community added; the append fails with ErrStale if it has changed
	// since, unless it repeats an earlier send.
	Revision int64
	Sequence Sequence
	// Message is completed with Seq and Time.
	Message *chat.Message
	// Admit, if not nil, decides on the append within its transaction, beside which no
	// Update changes anything, on no node; other appends may. It reads the sender anew
	// and sets Revision and Member. The append fails with its error. It only reads, and
	// may be called more than once.
	Admit func(Tx) error
	// Member is set when the sender is a member whose last sending time is kept.
	Member bool
	// DuplicateKey finds an earlier equal send within chat.DuplicateWindow; 0
	// looks for none.
	DuplicateKey int64
	// Events returns the rows for the outbox. It is called when Message is
	// complete, perhaps more than once.
	Events func() []event.Outgoing
	// Announce, if not nil, returns what those who are connected hear after the
	// commit. It is called when Message is complete, perhaps more than once.
	Announce func() []event.Event
}

// Appended is what became of an Append.
type Appended struct {
	Seq  int64
	Time time.Time
	// Duplicate means that Seq and Time are those of an earlier equal send and
	// that nothing was stored.
	Duplicate bool
}

// Tx is one transaction. It belongs to the function it was given to.
type Tx interface {
	// Now is the transaction's one time.
	Now() time.Time
	// CommitLag is for how long at most something may be stored and not yet seen by
	// others, while something that was stored after it is.
	CommitLag() time.Duration
	// Announce lets those who are connected hear of what happened, once it is
	// committed; nothing is stored.
	Announce(happened ...event.Event)
	Apps
	Accounts
	Groups
	Members
	Messages
	Officials
	Events
	Sessions
	Notices
	Contacts
	Profiles
	Relations
	Applications
	Receipts
	Attributes
	Marks
	Topics
	Rooms
	Nodes
}

// Record stores the webhook events of what happened, in the transaction of the
// fact, and lets those who are connected hear of it.
func Record(ctx context.Context, tx Tx, hooks event.Hooks, app *chat.App, happened ...event.Event) error {
	for _, e := range happened {
		if err := tx.AddEvents(ctx, hooks.Record(app, e)); err != nil {
			return err
		}
	}
	tx.Announce(happened...)
	return nil
}

// Apps keeps tenants.
type Apps interface {
	// ListApps returns all apps, lowest SDKAppID first.
	ListApps(ctx context.Context) ([]*chat.App, error)
	// App fails with ErrNotFound.
	App(ctx context.Context, id chat.SDKAppID) (*chat.App, error)
	// CreateApp fails with ErrExists if the SDKAppID is taken.
	CreateApp(ctx context.Context, app *chat.App) error
	// UpdateApp replaces everything but key and creation time.
	UpdateApp(ctx context.Context, app *chat.App) error
}

// Accounts keeps users.
type Accounts interface {
	// PutAccounts imports accounts or updates what is given of existing ones.
	PutAccounts(ctx context.Context, app chat.SDKAppID, accounts []chat.AccountUpdate) error
	// AccountsExisting returns which of ids are imported.
	AccountsExisting(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error)
	// Persons returns how those of ids who are imported are shown.
	Persons(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]chat.Person, error)
	// DeleteAccounts removes accounts, their memberships, subscriptions and mutes.
	DeleteAccounts(ctx context.Context, app chat.SDKAppID, ids []string) error
}

// Sender is what a send must know of a group and of who sends.
type Sender struct {
	Conversation int64
	// Community is that of a topic's conversation, 0 for a group's. Revision is the
	// sum of both, and MuteAll and MuteUntil are whichever is stricter.
	Community int64
	Revision  int64
	Type      chat.GroupType
	MuteAll   bool
	MemberNum int
	// Role is RoleNone for those who are no members.
	Role chat.Role
	// MuteUntil is the sender's mute as a Unix time, 0 for none.
	MuteUntil int64
	// Imported reports whether the account exists.
	Imported bool
}

// Groups keeps group profiles.
type Groups interface {
	// CreateGroup sets g.Conversation. It fails with ErrExists if the ID is taken.
	CreateGroup(ctx context.Context, app chat.SDKAppID, g *chat.Group) error
	// Group fails with ErrNotFound.
	Group(ctx context.Context, app chat.SDKAppID, groupID string) (*chat.Group, error)
	// Sender reads what Sender holds in one step; ErrNotFound if there is no
	// such group.
	Sender(ctx context.Context, app chat.SDKAppID, groupID, userID string) (Sender, error)
	// UpdateGroup stores the profile. Owner, MemberNum and the sequence stay as
	// they are; the revision grows.
	UpdateGroup(ctx context.Context, g *chat.Group) error
	// SetOwner makes a user the group's owner, nobody if userID is empty; roles stay
	// as they are. The revision grows.
	SetOwner(ctx context.Context, conversation int64, userID string) error
	// CountOwned returns how many groups of a type a user owns; no count exceeds most.
	CountOwned(ctx context.Context, app chat.SDKAppID, userID string, t chat.GroupType, most int) (int, error)
	// DeleteGroup removes a group with its topics. What belonged to it is purged
	// later.
	DeleteGroup(ctx context.Context, g *chat.Group) error
	// Touch grows the revision of a conversation.
	Touch(ctx context.Context, conversation int64) error
}

// MemberPage selects members, oldest first.
type MemberPage struct {
	// Roles, if any, are the only ones wanted.
	Roles  []chat.Role
	Offset int
	// Limit is the most to return; 0 means all.
	Limit int
	// After continues behind the member whose place it is, instead of Offset.
	After int64
}

// Members keeps who is in a group, and who is muted there.
type Members interface {
	// AddMembers adds those who are no members yet and returns them. It keeps
	// the group's MemberNum.
	AddMembers(ctx context.Context, app chat.SDKAppID, conversation int64, members []chat.Member) ([]string, error)
	// RemoveMembers returns those who were members.
	RemoveMembers(ctx context.Context, conversation int64, ids []string) ([]string, error)
	// Member fails with ErrNotFound.
	Member(ctx context.Context, conversation int64, userID string) (*chat.Member, error)
	// Roles returns the roles of those of ids who are members.
	Roles(ctx context.Context, conversation int64, ids []string) (map[string]chat.Role, error)
	// ListMembers returns a page of members and the place of its last one.
	ListMembers(ctx context.Context, conversation int64, page MemberPage) ([]chat.Member, int64, error)
	// UpdateMember stores role, message option, name card and app-defined fields.
	UpdateMember(ctx context.Context, conversation int64, m *chat.Member) error
	// SetMutes mutes users, members or not, until a Unix time; 0 lifts.
	SetMutes(ctx context.Context, conversation int64, ids []string, until int64) error
	// Mutes returns the mutes that have not ended, by UserID.
	Mutes(ctx context.Context, conversation int64) ([]Mute, error)
	// Memberships returns the groups of a user, oldest membership first.
	Memberships(ctx context.Context, app chat.SDKAppID, userID string) ([]Membership, error)
}

// Mute is one muted user.
type Mute struct {
	UserID string
	// Until is a Unix time in seconds, chat.MuteForever for ever.
	Until int64
}

// MessagePage selects messages, newest first.
type MessagePage struct {
	// Before is the largest sequence number wanted; 0 means the newest.
	Before int64
	Limit  int
}

// RecallPage selects recalled messages by the time of their recall, From and Until
// included.
type RecallPage struct {
	From, Until time.Time
	Limit       int
}

// Messages keeps what was said.
type Messages interface {
	// ListMessages returns a page of messages.
	ListMessages(ctx context.Context, conversation int64, page MessagePage) ([]chat.Message, error)
	// MessagesAt returns the messages at seqs that exist.
	MessagesAt(ctx context.Context, conversation int64, seqs []int64) (map[int64]chat.Message, error)
	// Sent finds the send of the last chat.DuplicateWindow that has the same
	// duplicate key; ErrNotFound if there is none.
	Sent(ctx context.Context, duplicateKey int64) (Appended, error)
	// NewestMessage is when the last message of all was sent; zero if there is none.
	NewestMessage(ctx context.Context) (time.Time, error)
	// RecallMessages marks messages as recalled.
	RecallMessages(ctx context.Context, conversation int64, seqs []int64, how chat.Recall) error
	// ListRecalled returns what was recalled in a span of time, first recalled
	// first, without what it said.
	ListRecalled(ctx context.Context, conversation int64, page RecallPage) ([]chat.Message, error)
	// ModifyMessage stores body, custom data and version of the message at m.Seq.
	ModifyMessage(ctx context.Context, conversation int64, m *chat.Message) error
	// AppendMessage numbers a message that belongs to the change which the
	// transaction makes, like a group's tip, and stores it if the sequence is
	// Stored. It completes m with Seq and Time.
	AppendMessage(ctx context.Context, app chat.SDKAppID, conversation int64, sequence Sequence, m *chat.Message) error
}

// Officials keeps official accounts and their subscribers.
type Officials interface {
	// CreateOfficial sets o.Conversation. It fails with ErrExists if the ID is taken.
	CreateOfficial(ctx context.Context, app chat.SDKAppID, o *chat.OfficialAccount) error
	// Official fails with ErrNotFound.
	Official(ctx context.Context, app chat.SDKAppID, id string) (*chat.OfficialAccount, error)
	// DeleteOfficial removes an account. What belonged to it is purged later.
	DeleteOfficial(ctx context.Context, o *chat.OfficialAccount) error
	// AddSubscribers adds those who are none yet and returns them. It keeps
	// SubscriberNum.
	AddSubscribers(ctx context.Context, app chat.SDKAppID, conversation int64, subscribers []chat.Subscriber) ([]string, error)
	// RemoveSubscribers returns those who were subscribers.
	RemoveSubscribers(ctx context.Context, conversation int64, ids []string) ([]string, error)
	// SubscribersExisting returns which of ids are subscribers.
	SubscribersExisting(ctx context.Context, conversation int64, ids []string) (map[string]bool, error)
	// ListSubscribers returns at most limit subscribers behind the place after,
	// and the place of the last one.
	ListSubscribers(ctx context.Context, conversation, after int64, limit int) ([]chat.Subscriber, int64, error)
}

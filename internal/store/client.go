package store

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// Sessions keeps the logins of clients.
type Sessions interface {
	// CreateSession stores a new login and sets its Instance.
	CreateSession(ctx context.Context, app chat.SDKAppID, s *chat.Session) error
	// Session finds a login by its key; ErrNotFound if there is none.
	Session(ctx context.Context, app chat.SDKAppID, key string) (*chat.Session, error)
	// SessionsOf returns the logins of a user that hold, oldest first.
	SessionsOf(ctx context.Context, app chat.SDKAppID, userID string) ([]chat.Session, error)
	// Online returns which of ids have a client that is connected to a node that is
	// alive.
	Online(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error)
	// ConnectedSince returns which of ids have a login that holds and whose client is
	// connected, or was after since. A node that was lost counts as well: another one
	// takes over its clients, and waits for them.
	ConnectedSince(ctx context.Context, app chat.SDKAppID, ids []string, since time.Time) (map[string]bool, error)
	// KickSession ends a login; it stays known, so that its client can be told.
	KickSession(ctx context.Context, app chat.SDKAppID, instance int64, why chat.KickType) error
	// DeleteSession forgets a login.
	DeleteSession(ctx context.Context, app chat.SDKAppID, instance int64) error
	// ConnectSession stores that a client is connected to a node, and reports whether
	// the app was told that it is gone, which is true no more.
	ConnectSession(ctx context.Context, app chat.SDKAppID, instance int64, node string) (gone bool, err error)
	// SetSessionSeen stores that a client has lost its connection to a node, and until
	// when it has what was pushed to it. It changes nothing if the client is connected
	// to another node.
	SetSessionSeen(ctx context.Context, app chat.SDKAppID, instance int64, node string, seen time.Time) error
	// SetSessionGone stores that the app is told that a client is gone, and reports
	// whether it is: it has no connection, and node was the last that it had one to.
	SetSessionGone(ctx context.Context, app chat.SDKAppID, instance int64, node string) (bool, error)
	// AbandonSessions gives the logins whose nodes are forgotten to the node heir. Until
	// their clients connect, they are offline. It sets when they were seen for all that
	// count as connected, and returns those whose clients are not known to be gone.
	AbandonSessions(ctx context.Context, heir string, seen time.Time) (map[chat.SDKAppID][]chat.Session, error)
}

// Notices keeps what groups told users, until they are read or too many.
type Notices interface {
	// AddNotice stores a notice and sets its ID and Time. Of one user the newest
	// chat.MaxNotices are kept.
	AddNotice(ctx context.Context, app chat.SDKAppID, n *chat.Notice) error
	// ListNotices returns a user's notices behind the ID after, oldest first.
	ListNotices(ctx context.Context, app chat.SDKAppID, userID string, after int64, limit int) ([]chat.Notice, error)
	// DeleteNotices forgets notices of a user.
	DeleteNotices(ctx context.Context, app chat.SDKAppID, userID string, ids []int64) error
}

// Membership is one group of a user.
type Membership struct {
	Conversation int64
	GroupID      string
	Type         chat.GroupType
	SupportTopic bool
	MsgFlag      string
	LastMsgTime  time.Time
	// NextMsgSeq is the number that the next message gets.
	NextMsgSeq int64
}

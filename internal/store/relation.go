package store

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// Relations keeps friends, requests to be friends, black lists and follows. Lists
// belong to their owner; what an owner has nothing of is empty, never an error.
type Relations interface {
	Friends
	Pendencies
	Blocks
	Follows
}

// Friends keeps lists of friends and their groups.
type Friends interface {
	// Friendships says of each of others whether he is in the list of userID and
	// userID in his. Those who are in neither are left out.
	Friendships(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error)
	// FriendsAmong returns the entries for those of ids who are in the list.
	FriendsAmong(ctx context.Context, app chat.SDKAppID, owner string, ids []string) (map[string]*chat.Friend, error)
	// ListFriends returns at most limit entries behind the place after, oldest
	// first, and the place of the last one.
	ListFriends(ctx context.Context, app chat.SDKAppID, owner string, after int64, limit int) ([]chat.Friend, int64, error)
	CountFriends(ctx context.Context, app chat.SDKAppID, owner string) (int, error)
	// ListedBy returns at most limit users who have userID in their lists.
	ListedBy(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]string, error)
	// PutFriend adds or replaces an entry. Its groups must exist.
	PutFriend(ctx context.Context, app chat.SDKAppID, owner string, f *chat.Friend) error
	DeleteFriends(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error
	// FriendGroups returns the groups of a list, oldest first.
	FriendGroups(ctx context.Context, app chat.SDKAppID, owner string) ([]chat.FriendGroup, error)
	// FriendGroupNames returns the names of FriendGroups.
	FriendGroupNames(ctx context.Context, app chat.SDKAppID, owner string) ([]string, error)
	// AddFriendGroups makes those that do not exist yet.
	AddFriendGroups(ctx context.Context, app chat.SDKAppID, owner string, names []string) error
	// DeleteFriendGroups keeps the friends.
	DeleteFriendGroups(ctx context.Context, app chat.SDKAppID, owner string, names []string) error
	// RenameFriendGroup renames one that exists; the new name must be free.
	RenameFriendGroup(ctx context.Context, app chat.SDKAppID, owner, from, to string) error
	// GroupFriends puts friends into a group that exists, or takes them out.
	GroupFriends(ctx context.Context, app chat.SDKAppID, owner, group string, ids []string, in bool) error
}

// PendencyPage selects requests to be friends, newest first.
type PendencyPage struct {
	// Received and Sent say which ones are wanted.
	Received, Sent bool
	// Before is the smallest ID that was seen already; 0 begins with the newest.
	Before int64
	Limit  int
}

// Pendencies keeps requests to be friends.
type Pendencies interface {
	// PutPendency stores a request in the place of an earlier one and sets its ID.
	PutPendency(ctx context.Context, app chat.SDKAppID, p *chat.Pendency) error
	// PendenciesOf returns the requests that askers made to asked, by asker.
	PendenciesOf(ctx context.Context, app chat.SDKAppID, asked string, askers []string) (map[string]*chat.Pendency, error)
	ListPendencies(ctx context.Context, app chat.SDKAppID, userID string, page PendencyPage) ([]chat.Pendency, error)
	// CountPendencies counts the requests that userID received and made, and those
	// that he received after he last read them.
	CountPendencies(ctx context.Context, app chat.SDKAppID, userID string) (received, sent, unread int, err error)
	// DeletePendency reports whether there was one.
	DeletePendency(ctx context.Context, app chat.SDKAppID, asker, asked string) (bool, error)
	// SetPendencyRead notes that the user has read what he received until then.
	SetPendencyRead(ctx context.Context, app chat.SDKAppID, userID string, until time.Time) error
}

// Blocks keeps black lists.
type Blocks interface {
	// Blocked reports whether other is on the black list of owner.
	Blocked(ctx context.Context, app chat.SDKAppID, owner, other string) (bool, error)
	// BlocksBetween says of each of others whether userID has blocked him and he
	// userID. Those who are on neither list are left out.
	BlocksBetween(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error)
	// ListBlocked returns at most limit entries behind the place after, oldest
	// first, and the place of the last one.
	ListBlocked(ctx context.Context, app chat.SDKAppID, owner string, after int64, limit int) ([]chat.Since, int64, error)
	CountBlocked(ctx context.Context, app chat.SDKAppID, owner string) (int, error)
	AddBlocked(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error
	DeleteBlocked(ctx context.Context, app chat.SDKAppID, owner string, ids []string) error
}

// Follows keeps who follows whom.
type Follows interface {
	// FollowsBetween says of each of others whether userID follows him and he
	// userID. Those of whom neither holds are left out.
	FollowsBetween(ctx context.Context, app chat.SDKAppID, userID string, others []string) (map[string]chat.Tie, error)
	// ListFollows returns at most limit users before the place before, newest
	// first, and the place of the last one; 0 begins with the newest.
	ListFollows(ctx context.Context, app chat.SDKAppID, userID string, kind chat.FollowKind, before int64, limit int) ([]chat.Since, int64, error)
	CountFollows(ctx context.Context, app chat.SDKAppID, userID string) (chat.FollowCount, error)
	AddFollows(ctx context.Context, app chat.SDKAppID, userID string, ids []string) error
	DeleteFollows(ctx context.Context, app chat.SDKAppID, userID string, ids []string) error
}

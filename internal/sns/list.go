package sns

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// entry is a friend in somebody's list.
type entry struct {
	owner  string
	friend *chat.Friend
}

// lists adds to lists of friends and keeps to their limits. It counts each list
// once in a transaction.
type lists struct {
	tx     store.Tx
	app    chat.SDKAppID
	length map[string]int
	groups map[string][]string
}

func newLists(tx store.Tx, app chat.SDKAppID) *lists {
	return &lists{tx: tx, app: app, length: make(map[string]int), groups: make(map[string][]string)}
}

// add adds all entries, or none if one of the lists is full; user is who is told.
func (l *lists) add(ctx context.Context, user string, entries []entry) (*chat.Error, error) {
	for _, e := range entries {
		refusal, err := l.room(ctx, user, e)
		if err != nil || refusal != nil {
			return refusal, err
		}
	}
	for _, e := range entries {
		if err := l.tx.PutFriend(ctx, l.app, e.owner, e.friend); err != nil {
			return nil, err
		}
		l.length[e.owner]++
	}
	return nil, nil
}

func (l *lists) room(ctx context.Context, user string, e entry) (*chat.Error, error) {
	n, known := l.length[e.owner]
	if !known {
		var err error
		if n, err = l.tx.CountFriends(ctx, l.app, e.owner); err != nil {
			return nil, err
		}
		l.length[e.owner] = n
	}
	switch {
	case n >= chat.MaxFriends && e.owner == user:
		return chat.ErrFriendsFull, nil
	case n >= chat.MaxFriends:
		return chat.ErrPeerFriendsFull, nil
	}
	return l.makeGroups(ctx, e.owner, e.friend.Groups)
}

// makeGroups makes the groups of friends that do not exist yet, if there is room.
func (l *lists) makeGroups(ctx context.Context, owner string, names []string) (*chat.Error, error) {
	if len(names) == 0 {
		return nil, nil
	}
	known, read := l.groups[owner]
	if !read {
		var err error
		if known, err = l.tx.FriendGroupNames(ctx, l.app, owner); err != nil {
			return nil, err
		}
	}
	missing := slices.DeleteFunc(chat.Unique(names), func(name string) bool { return slices.Contains(known, name) })
	if len(known)+len(missing) > chat.MaxFriendGroups {
		return chat.ErrFriendGroupsFull, nil
	}
	l.groups[owner] = append(known, missing...)
	return nil, l.tx.AddFriendGroups(ctx, l.app, owner, missing)
}

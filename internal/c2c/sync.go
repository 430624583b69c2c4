package c2c

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// What one synchronisation returns at most.
const (
	maxSyncMessages = 200
	maxSyncContacts = 200
	syncPage        = 50
)

// cookieSlack is by how much the times of messages may lag behind their numbers.
const cookieSlack = 2 * time.Second

// Sync is what a client has to know when it comes or comes back.
type Sync struct {
	// Messages are those that it may not have, oldest first.
	Messages []Said
	// Unread is how many messages the user has not read, by peer.
	Unread  []store.Unread
	Notices []chat.Notice
	// Persons are the senders.
	Persons map[string]chat.Person
	// Cookie says where the next synchronisation begins.
	Cookie string
}

// cookie is up to where a client is synchronised.
type cookie struct {
	// message is the place of the newest message of all, at its time.
	message int64
	at      time.Time
	notice  int64
}

func (c cookie) String() string {
	return fmt.Sprintf("%d-%d-%d", c.message, c.at.UnixMilli(), c.notice)
}

func parseCookie(text string) (c cookie, ok bool) {
	var ms int64
	n, err := fmt.Sscanf(text, "%d-%d-%d", &c.message, &ms, &c.notice)
	c.at = time.UnixMilli(ms)
	return c, n == 3 && err == nil
}

// Sync returns what was said to the caller and he has not read; with the cookie of
// an earlier synchronisation, what was said since.
func (s *Service) Sync(ctx context.Context, caller chat.Caller, text string) (Sync, error) {
	since, returning := parseCookie(text)
	var sync Sync
	err := s.store.View(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		next := cookie{at: tx.Now(), notice: since.notice}
		var err error
		if next.message, err = tx.LastMessageID(ctx); err != nil {
			return err
		}
		if sync.Notices, err = tx.ListNotices(ctx, app, caller.UserID, since.notice, chat.MaxNotices); err != nil {
			return err
		}
		for _, n := range sync.Notices {
			next.notice = max(next.notice, n.ID)
		}
		if sync.Unread, err = tx.UnreadPairs(ctx, app, caller.UserID); err != nil {
			return err
		}
		sync.Cookie = next.String()
		if returning {
			sync.Messages, err = missed(ctx, tx, caller, since)
		} else {
			sync.Messages, err = notRead(ctx, tx, caller, sync.Unread)
		}
		if err != nil {
			return err
		}
		sync.Persons, err = senders(ctx, tx, app, sync.Messages)
		return err
	})
	return sync, translate(err)
}

// notRead returns the newest of the messages that the caller has not read.
func notRead(ctx context.Context, tx store.Tx, caller chat.Caller, unread []store.Unread) ([]Said, error) {
	if len(unread) == 0 {
		return nil, nil
	}
	behind := make([]store.Place, 0, len(unread))
	peers := make(map[int64]string, len(unread))
	for _, u := range unread {
		behind = append(behind, store.Place{Conversation: u.Conversation, Seq: max(u.ReadSeq, u.NextSeq-1-maxSyncMessages)})
		peers[u.Conversation] = u.Name
	}
	seen, err := tx.MessagesBehind(ctx, caller.UserID, behind, maxSyncMessages)
	return inOrder(seen, caller.UserID, peers), err
}

// missed returns what was said in the caller's conversations since a cookie was
// given to him.
func missed(ctx context.Context, tx store.Tx, caller chat.Caller, since cookie) ([]Said, error) {
	// Where several nodes store at once, a message may have become visible after one
	// with a higher place. The client tells copies.
	sure := since.at.Add(-tx.CommitLag())
	contacts, err := tx.ListPairs(ctx, caller.App.SDKAppID, caller.UserID, sure.Add(-cookieSlack), maxSyncContacts)
	if err != nil {
		return nil, err
	}
	var all []store.Seen
	peers := make(map[int64]string, len(contacts))
	for _, c := range contacts {
		if c.RecvOption == chat.RecvDiscard {
			continue
		}
		seen, err := newer(ctx, tx, caller.UserID, &c, func(s *store.Seen) bool {
			return s.ID <= since.message && (tx.CommitLag() == 0 || s.Message.Time.Before(sure))
		})
		if err != nil {
			return nil, err
		}
		all = append(all, seen...)
		peers[c.Conversation] = c.Name
	}
	return inOrder(all, caller.UserID, peers), nil
}

// Since returns what was said to the caller and by him, and what groups told him, since
// a time; Unread and Cookie are left out.
func (s *Service) Since(ctx context.Context, caller chat.Caller, at time.Time) (Sync, error) {
	var sync Sync
	err := s.store.View(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		notices, err := tx.ListNotices(ctx, app, caller.UserID, 0, chat.MaxNotices)
		if err != nil {
			return err
		}
		sync.Notices = slices.DeleteFunc(notices, func(n chat.Notice) bool { return n.Time.Before(at) })
		contacts, err := tx.ListPairs(ctx, app, caller.UserID, at, maxSyncContacts)
		if err != nil {
			return err
		}
		var all []store.Seen
		peers := make(map[int64]string, len(contacts))
		for _, c := range contacts {
			if c.RecvOption == chat.RecvDiscard {
				continue
			}
			seen, err := newer(ctx, tx, caller.UserID, &c, func(s *store.Seen) bool { return s.Message.Time.Before(at) })
			if err != nil {
				return err
			}
			all = append(all, seen...)
			peers[c.Conversation] = c.Name
		}
		sync.Messages = inOrder(all, caller.UserID, peers)
		sync.Persons, err = senders(ctx, tx, app, sync.Messages)
		return err
	})
	return sync, translate(err)
}

// newer returns the newest messages of a contact up to the first one that is known.
func newer(ctx context.Context, tx store.Tx, userID string, c *store.Contact, known func(*store.Seen) bool) ([]store.Seen, error) {
	var found []store.Seen
	for before := int64(math.MaxInt64); len(found) < maxSyncMessages; {
		page, err := tx.NewestMessages(ctx, c.Conversation, before, syncPage)
		if err != nil {
			return nil, err
		}
		for _, s := range page {
			if known(&s) || s.Message.Seq <= c.ClearedSeq {
				return found, nil
			}
			own(c, userID, &s.Message)
			found = append(found, s)
			before = s.Message.Seq - 1
		}
		if len(page) < syncPage {
			return found, nil
		}
	}
	return found, nil
}

// inOrder returns the newest of what was seen, oldest first.
func inOrder(seen []store.Seen, userID string, peers map[int64]string) []Said {
	slices.SortFunc(seen, func(a, b store.Seen) int { return cmp.Compare(a.ID, b.ID) })
	seen = seen[max(0, len(seen)-maxSyncMessages):]
	said := make([]Said, 0, len(seen))
	for _, s := range seen {
		said = append(said, says(s.Message, userID, peers[s.Conversation]))
	}
	return said
}

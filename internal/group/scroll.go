package group

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// maxScroll bounds how many sequence numbers one page covers.
const maxScroll = 50

// ScrollRequest selects messages for a client, by a range of sequence numbers or
// by the numbers themselves.
type ScrollRequest struct {
	GroupID, TopicID string
	// Number is how many sequence numbers to look at; at most 50 are.
	Number int
	// Seq is the largest of them; 0 means the newest.
	Seq int64
	// Seqs, if not nil, are the only ones wanted.
	Seqs []int64
}

// Scroll is what a client sees of a range of sequence numbers.
type Scroll struct {
	Group *chat.Group
	// Messages are those that the caller may see, newest first, tips among them.
	Messages []chat.Message
	// Persons and NameCards are how their senders are shown.
	Persons   map[string]chat.Person
	NameCards map[string]string
	// Hidden are the numbers of messages in the range that the caller does not see,
	// highest first.
	Hidden []int64
	// Next is the largest number below the range that may hold something.
	Next int64
	// Finished is set when the caller can see nothing older.
	Finished bool
}

// Scroll reads the history as a member sees it. A Community may be read by anyone.
func (s *Service) Scroll(ctx context.Context, caller chat.Caller, r ScrollRequest) (Scroll, error) {
	if err := checkID(r.GroupID); err != nil {
		return Scroll{}, err
	}
	switch {
	case r.Seqs == nil && r.Number < 1:
		return Scroll{}, chat.ErrParameter.Because("ReqMsgNumber must be positive")
	case r.Seq < 0:
		return Scroll{}, chat.ErrParameter.Because("ReqMsgSeq must not be negative")
	case len(r.Seqs) > maxScroll:
		return Scroll{}, chat.ErrParameter.Because("ReqMsgSeqList has at most %d entries", maxScroll)
	}
	var page Scroll
	err := s.store.View(ctx, func(tx store.Tx) error {
		v, err := newViewer(ctx, tx, caller, r.GroupID, r.TopicID)
		if err != nil {
			return err
		}
		if r.Seqs != nil {
			page, err = v.pick(ctx, tx, r.Seqs)
		} else {
			page, err = v.scroll(ctx, tx, r)
		}
		if err != nil {
			return err
		}
		page.Group = v.group
		return page.name(ctx, tx, caller.App.SDKAppID)
	})
	return page, translate(err)
}

// viewer is somebody who reads the history of a place.
type viewer struct {
	place

	userID string
	// since is the time before which he sees nothing, cleared the number up to
	// which he does not.
	since   time.Time
	cleared int64
}

// newViewer finds out what a caller may read.
func newViewer(ctx context.Context, tx store.Tx, caller chat.Caller, groupID, topicID string) (viewer, error) {
	p, member, err := visit(ctx, tx, caller, groupID, topicID)
	v := viewer{place: p, userID: caller.UserID}
	switch {
	case errors.Is(err, errNoMember) && p.group != nil && p.group.Type.Is(chat.Community):
		return v, nil
	case err != nil:
		return v, err
	case !p.group.Type.Rules().History:
		return v, chat.ErrNoHistory
	case !p.group.HistoryBeforeJoin && !p.group.Type.Is(chat.Community):
		v.since = member.JoinTime
	}
	if p.topic != nil { // nobody clears a topic for himself
		return v, nil
	}
	c, err := tx.Contact(ctx, caller.App.SDKAppID, caller.UserID, chat.GroupConversation(groupID))
	if errors.Is(err, store.ErrNotFound) { // the administrator
		return v, nil
	}
	if err == nil {
		v.cleared = c.ClearedSeq
	}
	return v, err
}

// scroll reads a range of numbers.
func (v *viewer) scroll(ctx context.Context, tx store.Tx, r ScrollRequest) (Scroll, error) {
	newest, oldest := v.nextSeq-1, v.cleared+1
	last := r.Seq
	if last == 0 {
		last = newest
	}
	first := max(last-int64(min(r.Number, maxScroll))+1, oldest)
	page := Scroll{Next: min(first-1, newest), Finished: first == oldest}
	if last = min(last, newest); last < first {
		return page, nil
	}
	// One more than the range can hold tells what is below it.
	found, err := tx.ListMessages(ctx, v.conversation, store.MessagePage{Before: last, Limit: int(last-first) + 2})
	if err != nil {
		return page, err
	}
	page.Finished = true
	if i := slices.IndexFunc(found, func(m chat.Message) bool { return m.Seq < first }); i >= 0 {
		page.Finished = first == oldest || found[i].Time.Before(v.since)
		found = found[:i]
	}
	hidden, err := tx.HiddenMessages(ctx, v.conversation, v.userID, first, last)
	if err != nil {
		return page, err
	}
	v.sort(&page, found, hidden)
	return page, nil
}

// pick reads single messages.
func (v *viewer) pick(ctx context.Context, tx store.Tx, seqs []int64) (Scroll, error) {
	page := Scroll{Finished: true}
	if len(seqs) == 0 {
		return page, nil
	}
	at, err := tx.MessagesAt(ctx, v.conversation, seqs)
	if err != nil {
		return page, err
	}
	found := make([]chat.Message, 0, len(at))
	for _, m := range at {
		found = append(found, m)
	}
	slices.SortFunc(found, func(a, b chat.Message) int { return cmp.Compare(b.Seq, a.Seq) })
	hidden, err := tx.HiddenMessages(ctx, v.conversation, v.userID, slices.Min(seqs), slices.Max(seqs))
	if err != nil {
		return page, err
	}
	v.sort(&page, found, hidden)
	return page, nil
}

// sort puts what was found into the page, or among the hidden.
func (v *viewer) sort(page *Scroll, found []chat.Message, hidden []int64) {
	page.Messages = make([]chat.Message, 0, len(found))
	for i := range found {
		m := &found[i]
		switch _, gone := slices.BinarySearch(hidden, m.Seq); {
		case m.Time.Before(v.since), m.Seq <= v.cleared:
			page.Finished = true // what is older is not to be seen either
		case gone, !m.AddressedTo(v.userID):
			page.Hidden = append(page.Hidden, m.Seq)
		default:
			page.Messages = append(page.Messages, *m)
		}
	}
}

// name finds out how the senders are shown.
func (page *Scroll) name(ctx context.Context, tx store.Tx, app chat.SDKAppID) error {
	senders := make([]string, 0, len(page.Messages))
	for i := range page.Messages {
		if page.Messages[i].Tip == nil {
			senders = append(senders, page.Messages[i].Sender)
		}
	}
	senders = chat.Unique(senders)
	var err error
	if page.Persons, err = tx.Persons(ctx, app, senders); err != nil {
		return err
	}
	page.NameCards, err = tx.NameCards(ctx, page.Group.Conversation, senders)
	return err
}

package recent

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Item is one conversation of a list.
type Item struct {
	store.Contact

	// Last is its last message, nil if there is none to see.
	Last *chat.Message
	// Unread is how many sequence numbers of a group lie behind the read position;
	// Ignored are those among them that do not count.
	Unread, Ignored int
}

// Group reports whether it is a group's.
func (i *Item) Group() bool { return i.Kind == chat.KindGroup }

// Page is one page of a conversation list.
type Page struct {
	Items []Item
	// Next is where the list goes on, 0 at its end.
	Next int
	// Groups are all conversation groups of the user.
	Groups []chat.ContactGroup
	// Persons are the peers, and who sent the last messages in groups.
	Persons map[string]chat.Person
}

// List returns the caller's conversations behind the first ones: pinned ones first,
// then newest first, chat.MaxConversations at most.
func (s *Service) List(ctx context.Context, caller chat.Caller, behind int) (Page, error) {
	if behind < 0 {
		return Page{}, chat.ErrRecentParameter.Because("StartIndex must not be negative")
	}
	var page Page
	err := s.store.View(ctx, func(tx store.Tx) error {
		app := caller.App.SDKAppID
		all, err := tx.ListContacts(ctx, app, caller.UserID, chat.MaxConversations)
		if err != nil {
			return err
		}
		page = Page{}
		from, to := min(behind, len(all)), min(behind+chat.MaxContactPage, len(all))
		if to < len(all) {
			page.Next = to
		}
		l := &listing{ctx: ctx, tx: tx, caller: caller}
		if page.Items, err = l.items(all[from:to]); err != nil {
			return err
		}
		if page.Groups, err = tx.ContactGroups(ctx, app, caller.UserID); err != nil {
			return err
		}
		page.Persons, err = tx.Persons(ctx, app, names(page.Items))
		return err
	})
	return page, translate(err)
}

// names are those who appear in a list.
func names(items []Item) []string {
	ids := make([]string, 0, len(items))
	for i := range items {
		switch it := &items[i]; {
		case !it.Group():
			ids = append(ids, it.Name)
		case it.Last != nil && it.Last.Tip == nil:
			ids = append(ids, it.Last.Sender)
		}
	}
	return chat.Unique(ids)
}

// listing is one page that is being made.
type listing struct {
	ctx    context.Context //nolint:containedctx // lives as long as the call
	tx     store.Tx
	caller chat.Caller
}

// items completes contacts with what was said last and what is unread.
func (l *listing) items(list []store.Contact) ([]Item, error) {
	items := make([]Item, len(list))
	for i, c := range list {
		items[i] = Item{Contact: c}
	}
	if err := l.last(items); err != nil {
		return nil, err
	}
	if err := l.unread(items); err != nil {
		return nil, err
	}
	items = merge(items)
	// What shows nothing and was never cleared consists of messages that touch no
	// list.
	return slices.DeleteFunc(items, func(i Item) bool { return i.Last == nil && i.ClearedSeq <= i.HiddenSeq }), nil
}

// last finds the last messages. Most conversations end with one that is shown.
func (l *listing) last(items []Item) error {
	newest := make([]store.Place, 0, len(items))
	for i := range items {
		newest = append(newest, store.Place{Conversation: items[i].Conversation, Seq: items[i].NextSeq - 1})
	}
	found, err := l.tx.VisibleAt(l.ctx, l.caller.UserID, newest)
	if err != nil {
		return err
	}
	for i := range items {
		it := &items[i]
		if m, ok := found[it.Conversation]; ok && l.shows(it, &m) {
			it.Last = &m
			continue
		}
		if it.Last, err = l.search(it); err != nil {
			return err
		}
	}
	return nil
}

// searched is how far back a last message is looked for.
const searched = 20

// search looks for a last message behind those that are not shown as such.
func (l *listing) search(it *Item) (*chat.Message, error) {
	newest := it.NextSeq - 1
	if newest <= it.ClearedSeq {
		return nil, nil //nolint:nilnil // there is none
	}
	page, err := l.tx.ListMessages(l.ctx, it.Conversation, store.MessagePage{Before: newest, Limit: searched})
	if err != nil || len(page) == 0 {
		return nil, err
	}
	hidden, err := l.tx.HiddenMessages(l.ctx, it.Conversation, l.caller.UserID, page[len(page)-1].Seq, newest)
	if err != nil {
		return nil, err
	}
	for i := range page {
		if _, isHidden := slices.BinarySearch(hidden, page[i].Seq); !isHidden && l.shows(it, &page[i]) {
			return &page[i], nil
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// shows reports whether a message can be the last one of a conversation.
func (l *listing) shows(it *Item, m *chat.Message) bool {
	switch {
	case m.NoLastMsg, m.Seq <= it.ClearedSeq:
		return false
	case !it.Group():
		return true
	case !it.HistoryBeforeJoin && m.Time.Before(it.JoinTime):
		return false
	}
	return m.AddressedTo(l.caller.UserID)
}

// unread counts what is unread in groups. That of peers is told with their messages.
func (l *listing) unread(items []Item) error {
	var behind []store.Place
	for i := range items {
		it := &items[i]
		if !it.Group() || !it.GroupType.Rules().Unread {
			continue
		}
		read := max(it.ReadSeq, it.ClearedSeq)
		if it.Unread = int(max(it.NextSeq-1-read, 0)); it.Unread > 0 {
			behind = append(behind, store.Place{Conversation: it.Conversation, Seq: read})
		}
	}
	ignored, err := l.tx.UnreadIgnored(l.ctx, behind)
	for i := range items {
		items[i].Ignored = ignored[items[i].Conversation]
	}
	return err
}

// merge makes one conversation of what an official account said to all and what it
// and the user said to each other.
func merge(items []Item) []Item {
	at := make(map[string]int)
	kept := items[:0]
	for _, it := range items {
		if it.Group() {
			kept = append(kept, it)
			continue
		}
		i, seen := at[it.Name]
		if !seen {
			at[it.Name] = len(kept)
			kept = append(kept, it)
			continue
		}
		first := &kept[i]
		if it.Kind == chat.KindOfficial { // it carries what belongs to both
			*first, it = it, *first
		}
		first.PeerReadTime = it.PeerReadTime
		if first.Last == nil || (it.Last != nil && it.Last.Time.After(first.Last.Time)) {
			first.Last = it.Last
		}
	}
	return kept
}

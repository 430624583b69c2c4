package gateway

import (
	"context"
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// rememberedNames bounds each cache of names.
const rememberedNames = 1 << 16

// names knows how users and groups are called, for pushes. Only the hub's goroutine
// uses it: it forgets a name when the change is announced, and what it reads after
// that is at least as new.
type names struct {
	store   store.Store
	persons *lru.Cache[userKey, chat.Person]
	groups  *lru.Cache[groupKey, groupName]
	cards   *lru.Cache[cardKey, string]
}

// groupName is what every push says of its group.
type groupName struct {
	Name string
	Type chat.GroupType
	// Topics is set for communities with topics.
	Topics bool
}

func nameOf(g *chat.Group) groupName {
	return groupName{Name: g.Name, Type: g.Type, Topics: g.SupportTopic}
}

type cardKey struct {
	group groupKey
	user  string
}

func newNames(st store.Store) (*names, error) {
	persons, err := lru.New[userKey, chat.Person](rememberedNames)
	if err != nil {
		return nil, err
	}
	groups, err := lru.New[groupKey, groupName](rememberedNames)
	if err != nil {
		return nil, err
	}
	cards, err := lru.New[cardKey, string](rememberedNames)
	return &names{store: st, persons: persons, groups: groups, cards: cards}, err
}

// person is how a user is shown. A name that cannot be read stays empty: the push
// matters more.
func (n *names) person(app chat.SDKAppID, userID string) chat.Person {
	key := userKey{app, userID}
	if p, ok := n.persons.Get(key); ok {
		return p
	}
	p := chat.Person{UserID: userID}
	err := n.view(func(ctx context.Context, tx store.Tx) error {
		found, err := tx.Persons(ctx, app, []string{userID})
		if known, ok := found[userID]; ok {
			p = known
		}
		return err
	})
	if err == nil {
		n.persons.Add(key, p)
	}
	return p
}

// group is how a group is called.
func (n *names) group(key groupKey) groupName {
	if g, ok := n.groups.Get(key); ok {
		return g
	}
	var name groupName
	err := n.view(func(ctx context.Context, tx store.Tx) error {
		g, err := tx.Group(ctx, key.app, key.id)
		if err == nil {
			name = nameOf(g)
		}
		return err
	})
	if err == nil {
		n.groups.Add(key, name)
	}
	return name
}

// card is a member's name in a group, empty if he has none.
func (n *names) card(key groupKey, userID string) string {
	at := cardKey{key, userID}
	if card, ok := n.cards.Get(at); ok {
		return card
	}
	var card string
	err := n.view(func(ctx context.Context, tx store.Tx) error {
		g, err := tx.Group(ctx, key.app, key.id)
		if err != nil {
			return err
		}
		m, err := tx.Member(ctx, g.Conversation, userID)
		if err == nil {
			card = m.NameCard
		}
		return err
	})
	if err == nil || errors.Is(err, store.ErrNotFound) {
		n.cards.Add(at, card)
	}
	return card
}

func (n *names) view(fn func(ctx context.Context, tx store.Tx) error) error {
	ctx := context.Background() // the hub answers to nobody
	return n.store.View(ctx, func(tx store.Tx) error { return fn(ctx, tx) })
}

// forgetAll is called when changes may have been missed.
func (n *names) forgetAll() {
	n.persons.Purge()
	n.groups.Purge()
	n.cards.Purge()
}

// forgetPerson is called when a profile changed.
func (n *names) forgetPerson(app chat.SDKAppID, userID string) {
	n.persons.Remove(userKey{app, userID})
}

// forgetGroup is called when a group's profile changed or the group is gone.
func (n *names) forgetGroup(key groupKey) { n.groups.Remove(key) }

// forgetCard is called when a member's name in a group changed or he left.
func (n *names) forgetCard(key groupKey, userID string) { n.cards.Remove(cardKey{key, userID}) }

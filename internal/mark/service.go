// Package mark holds the operations on what users attach to messages: reactions
// and key-value pairs (service openim_msg_ext_http_svc), and the lists of merged
// messages (service im_long_msg). Messages of groups and those between two users
// are treated alike.
package mark

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/store"
)

// Service does the operations.
type Service struct {
	store store.Store
	hooks event.Hooks
	guard *policy.Guard
}

// New makes a service.
func New(s store.Store, hooks event.Hooks, guard *policy.Guard) *Service {
	return &Service{store: s, hooks: hooks, guard: guard}
}

// Target names a message: by its number in a group or a topic, or else by its key
// between two users, one of them the caller.
type Target struct {
	GroupID, TopicID string
	Seq              int64
	From, To         string
	Key              chat.PairKey
}

// marked is a message that was found.
type marked struct {
	caller  chat.Caller
	at      store.Place
	message *chat.Message
	// group is nil between two users, and to is who the message was sent to.
	group   *chat.Group
	topicID string
	to      string
}

// inGroup is the part that events about it share if it is a group's.
func (m *marked) inGroup() event.GroupMessage {
	return event.GroupMessage{Caller: m.caller, GroupID: m.group.ID, Type: m.group.Type, TopicID: m.topicID, Message: m.message}
}

// inPair is the part that events about it share if it is one between two users.
func (m *marked) inPair() event.PairMessage {
	return event.PairMessage{Caller: m.caller, To: m.to, Message: m.message}
}

// change runs fn in a transaction on a message to which the caller may attach
// something.
func (s *Service) change(ctx context.Context, caller chat.Caller, t Target, fn func(store.Tx, *marked) error) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		m, err := find(ctx, tx, caller, t)
		if err != nil {
			return err
		}
		if err := m.mayChange(ctx, tx); err != nil {
			return err
		}
		return fn(tx, m)
	})
	return translate(err)
}

// read runs fn in a view on a message that the caller can see.
func (s *Service) read(ctx context.Context, caller chat.Caller, t Target, fn func(store.Tx, *marked) error) error {
	err := s.store.View(ctx, func(tx store.Tx) error {
		m, err := find(ctx, tx, caller, t)
		if err != nil {
			return err
		}
		return fn(tx, m)
	})
	return translate(err)
}

// find finds a message that the caller can see.
func find(ctx context.Context, tx store.Tx, caller chat.Caller, t Target) (*marked, error) {
	if t.GroupID != "" {
		return findInGroup(ctx, tx, caller, t)
	}
	return findInPair(ctx, tx, caller, t)
}

func findInGroup(ctx context.Context, tx store.Tx, caller chat.Caller, t Target) (*marked, error) {
	g, err := tx.Group(ctx, caller.App.SDKAppID, t.GroupID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, chat.ErrGroupNotFound
	case err != nil:
		return nil, err
	case !g.Type.Rules().History:
		return nil, chat.ErrNotPermitted.Because("messages of this type of group are not kept")
	}
	member, err := tx.Member(ctx, g.Conversation, caller.UserID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, chat.ErrNotPermitted.Because("the caller is no member of the group")
	case err != nil:
		return nil, err
	}
	at := store.Place{Conversation: g.Conversation, Seq: t.Seq}
	if t.TopicID != "" {
		topic, err := tx.Topic(ctx, g.Conversation, t.TopicID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, chat.ErrTopicNotFound
		}
		if err != nil {
			return nil, err
		}
		at.Conversation = topic.Conversation
	}
	found, err := tx.MessagesAt(ctx, at.Conversation, []int64{at.Seq})
	m, there := found[at.Seq]
	switch {
	case err != nil:
		return nil, err
	case !there || m.Place != chat.PlaceMessage || m.Tip != nil || !visible(g, member, &m):
		return nil, chat.ErrMarkedNotFound
	}
	return &marked{caller: caller, at: at, message: &m, group: g, topicID: t.TopicID}, nil
}

// visible reports whether a member can see a message of his group.
func visible(g *chat.Group, member *chat.Member, m *chat.Message) bool {
	if !g.HistoryBeforeJoin && !g.Type.Is(chat.Community) && m.Time.Before(member.JoinTime) {
		return false
	}
	return m.AddressedTo(member.UserID)
}

func findInPair(ctx context.Context, tx store.Tx, caller chat.Caller, t Target) (*marked, error) {
	peer := t.To
	if t.From != caller.UserID {
		peer = t.From
	}
	c, err := tx.Contact(ctx, caller.App.SDKAppID, caller.UserID, chat.PairConversation(caller.UserID, peer))
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrMarkedNotFound
	}
	if err != nil {
		return nil, err
	}
	m, err := store.FindPairMessage(ctx, tx, c.Conversation, t.Key)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, chat.ErrMarkedNotFound
	case err != nil:
		return nil, err
	case m.Place != chat.PlaceMessage || m.Seq <= c.ClearedSeq:
		return nil, chat.ErrMarkedNotFound
	}
	found := &marked{caller: caller, at: store.Place{Conversation: c.Conversation, Seq: m.Seq}, message: m, to: peer}
	if m.Sender != caller.UserID {
		found.to = caller.UserID
	}
	return found, nil
}

// mayChange refuses callers who are not to speak: what they attach would be read.
func (m *marked) mayChange(ctx context.Context, tx store.Tx) error {
	if m.group != nil {
		return m.mayReact(ctx, tx)
	}
	peer := m.to
	if m.message.Sender != m.caller.UserID {
		peer = m.message.Sender
	}
	blocked, err := tx.Blocked(ctx, m.caller.App.SDKAppID, peer, m.caller.UserID)
	if err == nil && blocked {
		err = chat.ErrBlocked
	}
	return err
}

// mayReact refuses muted members. While a whole group is muted, its members still
// react to what is said to them.
func (m *marked) mayReact(ctx context.Context, tx store.Tx) error {
	member, err := tx.Member(ctx, m.group.Conversation, m.caller.UserID)
	if err != nil {
		return err
	}
	until := []int64{member.MuteUntil}
	if m.topicID != "" {
		state, err := tx.TopicState(ctx, m.group.Conversation, m.at.Conversation, m.caller.UserID)
		if err != nil {
			return err
		}
		until = append(until, state.MuteUntil)
	}
	if slices.ContainsFunc(until, func(t int64) bool { return chat.Muted(t, tx.Now()) }) {
		return chat.ErrMuted
	}
	return nil
}

// translate turns errors of storage into what a caller is told.
func translate(err error) error { return store.Explain(err, chat.ErrInternal) }

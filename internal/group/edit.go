package group

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// edit is one change of a group, within a transaction: who wants it, and how the
// members and the app's backend hear of it.
type edit struct {
	*Service

	tx     store.Tx
	caller chat.Caller
	group  *chat.Group
	// topic is set if the change concerns one topic only.
	topic *chat.Topic
	// operator is shown as who did it.
	operator string
	rank     rank
}

// edit runs fn on a group in a transaction of its own.
func (s *Service) edit(ctx context.Context, caller chat.Caller, groupID string, fn func(*edit) error) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	return s.change(ctx, caller.App, groupID, func(tx store.Tx, g *chat.Group) error {
		return s.begin(ctx, tx, caller, g, fn)
	})
}

// preview runs fn as edit does, but to see only whether it would be refused.
func (s *Service) preview(ctx context.Context, caller chat.Caller, groupID string, fn func(*edit) error) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		return s.begin(ctx, tx, caller, g, fn)
	})
	return translate(err)
}

// begin finds out the caller's rank and runs fn.
func (s *Service) begin(ctx context.Context, tx store.Tx, caller chat.Caller, g *chat.Group, fn func(*edit) error) error {
	e := &edit{Service: s, tx: tx, caller: caller, group: g, operator: caller.UserID, rank: rankApp}
	if !caller.Admin && !caller.App.IsAdministrator(caller.UserID) {
		role, err := e.role(ctx, caller.UserID)
		if err != nil {
			return err
		}
		e.rank = rankOf(role)
	}
	return fn(e)
}

// role is that of a user, RoleNone if he is no member.
func (e *edit) role(ctx context.Context, userID string) (chat.Role, error) {
	roles, err := e.tx.Roles(ctx, e.group.Conversation, []string{userID})
	if role, ok := roles[userID]; ok {
		return role, err
	}
	return chat.RoleNone, err
}

// member reads a member.
func (e *edit) member(ctx context.Context, userID string) (*chat.Member, error) {
	m, err := e.tx.Member(ctx, e.group.Conversation, userID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrParameter.Because("%s is no member of the group", userID)
	}
	return m, err
}

// save stores a changed profile.
func (e *edit) save(ctx context.Context) error {
	e.group.InfoSeq++
	e.group.LastInfoTime = e.tx.Now()
	return e.tx.UpdateGroup(ctx, e.group)
}

// event is the part that all events about the group share.
func (e *edit) event() event.Group {
	return event.Group{Caller: e.caller, GroupID: e.group.ID, Type: e.group.Type, Operator: e.operator, At: e.tx.Now()}
}

// record lets the app's backend and those who are connected hear of what happened.
func (e *edit) record(ctx context.Context, happened event.Event) error {
	return store.Record(ctx, e.tx, e.hooks, e.caller.App, happened)
}

// tip lets the group tell its members something about users, if groups of its type
// do so.
func (e *edit) tip(ctx context.Context, t chat.Tip, userIDs ...string) error {
	sequence := tipSequence(e.group.Type, &t)
	if sequence == store.NoSequence {
		return nil
	}
	app := e.caller.App.SDKAppID
	persons, err := e.tx.Persons(ctx, app, chat.Unique(append([]string{e.operator}, userIDs...)))
	if err != nil {
		return err
	}
	t.Operator, t.MemberNum = personOf(persons, e.operator), e.group.MemberNum
	for _, id := range userIDs {
		t.Members = append(t.Members, personOf(persons, id))
	}
	m := &chat.Message{
		Sender: chat.SystemAccount, Random: rand.Uint32(), Priority: chat.PriorityNormal, Tip: &t, OnlineOnly: sequence == store.Online,
	}
	if err := e.tx.AppendMessage(ctx, app, e.conversation(), sequence, m); err != nil {
		return err
	}
	e.tx.Announce(event.GroupTipped{GroupMessage: event.GroupMessage{
		Caller: e.caller, GroupID: e.group.ID, Type: e.group.Type, TopicID: e.topicID(), Message: m,
	}})
	return nil
}

func personOf(persons map[string]chat.Person, userID string) chat.Person {
	if p, ok := persons[userID]; ok {
		return p
	}
	return chat.Person{UserID: userID}
}

// tipSequence is how groups of a type tell something. What is not kept in the
// history still reaches those who are connected, because their clients show it:
// that the whole group is muted, how one joins, and, in a ChatRoom, who may do
// what. Who comes and goes there is not told at all. Spec: groups#1.2
func tipSequence(t chat.GroupType, tip *chat.Tip) store.Sequence {
	if !t.Rules().History {
		return store.Numbered
	}
	switch tip.Type { //nolint:exhaustive // all others are kept
	case chat.TipJoined, chat.TipQuit, chat.TipRemoved:
		if t.Is(chat.ChatRoom) {
			return store.NoSequence
		}
	case chat.TipAdminSet, chat.TipAdminCleared, chat.TipMemberChanged:
		if t.Is(chat.ChatRoom) {
			return store.Online
		}
	case chat.TipInfoChanged, chat.TipTopicChanged:
		if i := tip.Info; i.Name == nil && i.Introduction == nil && i.Notification == nil && i.FaceURL == nil && i.Owner == nil {
			return store.Online
		}
	}
	return store.Stored
}

// notice tells one user something. What is kept reaches him also if he is offline.
func (e *edit) notice(ctx context.Context, keep bool, n chat.Notice) error {
	e.complete(&n)
	if keep {
		if err := e.tx.AddNotice(ctx, e.caller.App.SDKAppID, &n); err != nil {
			return err
		}
	}
	e.tx.Announce(event.Noticed{Caller: e.caller, Notice: n})
	return nil
}

// complete sets what all notices of the group share.
func (e *edit) complete(n *chat.Notice) {
	n.GroupID, n.GroupName, n.GroupType = e.group.ID, e.group.Name, e.group.Type
	n.Random, n.Time = rand.Uint32(), e.tx.Now()
	if n.Operator == "" {
		n.Operator = e.operator
	}
}

// noticeAll tells several users the same, and keeps it for those who are offline.
func (e *edit) noticeAll(ctx context.Context, userIDs []string, n chat.Notice) error {
	for _, id := range userIDs {
		n.UserID = id
		if err := e.notice(ctx, true, n); err != nil {
			return err
		}
	}
	return nil
}

package group

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// mention tells those whom a message mentions. Each gets a notice, which reaches
// him if he is offline too. A mention of everybody in a group with more members
// than one message may name is only told to those who are connected.
//
// The message has been sent when this fails; then nobody is told beside it.
func (s *sending) mention(ctx context.Context) {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		p, err := findPlace(ctx, tx, s.caller.App, s.request.GroupID, s.request.TopicID)
		if err != nil {
			return err
		}
		named, everyone := s.mentioned()
		members, err := s.toNotify(ctx, tx, p.group, named, everyone)
		if err != nil {
			return err
		}
		if everyone && !small(p.group) {
			tx.Announce(event.GroupMentioned{GroupMessage: s.event()})
			everyone = false
		}
		for _, id := range members {
			n := s.mentionNotice(p.group, id)
			n.ByName, n.Everyone = slices.Contains(named, id), everyone
			if err := tx.AddNotice(ctx, s.caller.App.SDKAppID, &n); err != nil {
				return err
			}
			tx.Announce(event.Noticed{Caller: s.caller, Notice: n})
		}
		return nil
	})
	if err != nil && refusalIn(err) == nil {
		s.log.ErrorContext(ctx, "those whom a message mentions could not be told",
			"sdkappid", s.caller.App.SDKAppID, "group_id", s.request.GroupID, "msg_seq", s.message.Seq, "error", err)
	}
}

// mentioned returns who is mentioned by name, and whether everybody is.
func (s *sending) mentioned() (named []string, everyone bool) {
	for _, m := range s.message.Mentions {
		if m.All {
			everyone = true
		} else {
			named = append(named, m.UserID)
		}
	}
	return chat.Unique(named), everyone
}

// small reports whether a mention of everybody is one of each.
func small(g *chat.Group) bool { return g.MemberNum <= chat.MaxMentions }

// toNotify returns the members who get a notice: not the sender, nor those who get
// no messages of the group, or not this one.
func (s *sending) toNotify(ctx context.Context, tx store.Tx, g *chat.Group, named []string, everyone bool) ([]string, error) {
	var members []chat.Member
	var err error
	if everyone && small(g) {
		members, _, err = tx.ListMembers(ctx, g.Conversation, store.MemberPage{Limit: chat.MaxMentions})
	} else {
		members, err = membersOf(ctx, tx, g, named)
	}
	var ids []string
	for i := range members {
		m := &members[i]
		if m.UserID != s.message.Sender && m.MsgFlag != chat.FlagDiscard && s.message.AddressedTo(m.UserID) {
			ids = append(ids, m.UserID)
		}
	}
	return ids, err
}

// membersOf reads those of ids who are members.
func membersOf(ctx context.Context, tx store.Tx, g *chat.Group, ids []string) ([]chat.Member, error) {
	var members []chat.Member
	for _, id := range ids {
		m, err := tx.Member(ctx, g.Conversation, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		members = append(members, *m)
	}
	return members, nil
}

func (s *sending) mentionNotice(g *chat.Group, userID string) chat.Notice {
	return chat.Notice{
		UserID: userID, Type: chat.NoticeMention, GroupID: g.ID, GroupName: g.Name, GroupType: g.Type, TopicID: s.request.TopicID,
		Operator: s.message.Sender, Random: s.message.Random, Seq: s.message.Seq,
	}
}

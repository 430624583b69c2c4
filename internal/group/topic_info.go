package group

import (
	"context"
	"errors"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// maxUncounted bounds how many messages of a topic are named that do not count as
// unread.
const maxUncounted = 200

// TopicInfo is a topic as a user sees it, or why there is none.
type TopicInfo struct {
	TopicID string
	Topic   *chat.Topic
	// Last is the newest message, nil if there is none to be shown. Person is how its
	// sender is shown.
	Last   *chat.Message
	Person chat.Person
	// ReadSeq is up to which message the user has read, and Uncounted are numbers
	// behind it that do not count as unread.
	ReadSeq   int64
	Uncounted []int64
	MsgFlag   string
	// MuteUntil is the user's mute in the topic as a Unix time, 0 for none.
	MuteUntil int64
	// Err is set when this topic cannot be shown.
	Err *chat.Error
}

// Topics reads topics of a community, in the order asked; without IDs all of them,
// oldest first. Like the history, anyone may read them. Spec: groups#13.2
func (s *Service) Topics(ctx context.Context, caller chat.Caller, groupID string, topicIDs []string) ([]TopicInfo, error) {
	if err := checkID(groupID); err != nil {
		return nil, err
	}
	if len(topicIDs) > chat.MaxTopics {
		return nil, chat.ErrParameter.Because("TopicIdList has at most %d entries", chat.MaxTopics)
	}
	var infos []TopicInfo
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		if !g.SupportTopic {
			return errNoTopics
		}
		if infos, err = listTopics(ctx, tx, g, topicIDs); err != nil {
			return err
		}
		if err := readOwn(ctx, tx, caller, g, infos); err != nil {
			return err
		}
		return readLast(ctx, tx, caller, infos)
	})
	return infos, translate(err)
}

func listTopics(ctx context.Context, tx store.Tx, g *chat.Group, topicIDs []string) ([]TopicInfo, error) {
	all, err := tx.ListTopics(ctx, g.Conversation)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*chat.Topic, len(all))
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	if len(topicIDs) == 0 {
		topicIDs = topicIDsOf(all)
	}
	infos := make([]TopicInfo, 0, len(topicIDs))
	for _, id := range chat.Unique(topicIDs) {
		info := TopicInfo{TopicID: id, Topic: byID[id]}
		if info.Topic == nil {
			info.Err = chat.ErrTopicNotFound
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// readOwn fills in what is the caller's own. To those who are no members nothing is
// unread.
func readOwn(ctx context.Context, tx store.Tx, caller chat.Caller, g *chat.Group, infos []TopicInfo) error {
	m, err := tx.Member(ctx, g.Conversation, caller.UserID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	states, err := tx.TopicStates(ctx, g.Conversation, caller.UserID)
	if err != nil {
		return err
	}
	for i := range infos {
		info := &infos[i]
		if info.Topic == nil {
			continue
		}
		info.ReadSeq = info.Topic.NextMsgSeq - 1
		if m == nil {
			continue
		}
		if err := info.readState(ctx, tx, m, states); err != nil {
			return err
		}
	}
	return nil
}

func (i *TopicInfo) readState(ctx context.Context, tx store.Tx, m *chat.Member, states map[int64]store.TopicState) error {
	s, ok := states[i.Topic.Conversation]
	if !ok {
		s.ReadSeq = store.NotRead
	}
	i.MsgFlag = m.MsgFlag
	if s.MsgFlag != "" {
		i.MsgFlag = s.MsgFlag
	}
	if chat.Muted(s.MuteUntil, tx.Now()) {
		i.MuteUntil = s.MuteUntil
	}
	var err error
	if i.ReadSeq, err = readSeq(ctx, tx, i.Topic, s, m.JoinTime); err != nil || i.ReadSeq >= i.Topic.NextMsgSeq-1 {
		return err
	}
	i.Uncounted, err = tx.Uncounted(ctx, i.Topic.Conversation, i.ReadSeq, maxUncounted)
	return err
}

// readSeq is a member's read position. Until he has one of his own he counts as
// having read what was said before he joined.
func readSeq(ctx context.Context, tx store.Tx, t *chat.Topic, s store.TopicState, joined time.Time) (int64, error) {
	switch {
	case s.ReadSeq != store.NotRead:
		return s.ReadSeq, nil
	case !t.CreateTime.Before(joined):
		return 0, nil
	case !t.LastMsgTime.After(joined):
		return t.NextMsgSeq - 1, nil
	}
	return tx.SeqAt(ctx, t.Conversation, joined)
}

// enterTopic makes of what a member has in the group what he has in a topic.
func enterTopic(ctx context.Context, tx store.Tx, g *chat.Group, t *chat.Topic, m *chat.Member) error {
	s, err := tx.TopicState(ctx, g.Conversation, t.Conversation, m.UserID)
	if err != nil {
		return err
	}
	m.MuteUntil = max(m.MuteUntil, s.MuteUntil)
	if s.MsgFlag != "" {
		m.MsgFlag = s.MsgFlag
	}
	m.ReadSeq, err = readSeq(ctx, tx, t, s, m.JoinTime)
	return err
}

// readLast fills in the newest messages, unless the caller has hidden them from
// himself or they are not to be shown there.
func readLast(ctx context.Context, tx store.Tx, caller chat.Caller, infos []TopicInfo) error {
	var places []store.Place
	for i := range infos {
		if t := infos[i].Topic; t != nil && t.NextMsgSeq > 1 {
			places = append(places, store.Place{Conversation: t.Conversation, Seq: t.NextMsgSeq - 1})
		}
	}
	found, err := tx.VisibleAt(ctx, caller.UserID, places)
	if err != nil {
		return err
	}
	senders := make([]string, 0, len(found))
	for i := range infos {
		if infos[i].Topic == nil {
			continue
		}
		if m, ok := found[infos[i].Topic.Conversation]; ok && !m.NoLastMsg {
			infos[i].Last = &m
			senders = append(senders, m.Sender)
		}
	}
	persons, err := tx.Persons(ctx, caller.App.SDKAppID, chat.Unique(senders))
	if err != nil {
		return err
	}
	for i := range infos {
		if infos[i].Last != nil {
			infos[i].Person = personOf(persons, infos[i].Last.Sender)
		}
	}
	return nil
}

package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// place is where messages are said: a group, or a topic of it.
type place struct {
	group *chat.Group
	// topic is nil if the place is the group itself.
	topic *chat.Topic
	// conversation is the store's number of the place's message sequence.
	conversation int64
	// nextSeq is the number that the next message gets.
	nextSeq int64
}

// findPlace finds where GroupId and TopicId of a request point.
func findPlace(ctx context.Context, tx store.Tx, app *chat.App, groupID, topicID string) (place, error) {
	g, err := find(ctx, tx, app, groupID)
	if err != nil {
		return place{}, err
	}
	if topicID == "" {
		return place{group: g, conversation: g.Conversation, nextSeq: g.NextMsgSeq}, nil
	}
	t, err := findTopic(ctx, tx, g, topicID)
	if err != nil {
		return place{}, err
	}
	return place{group: g, topic: t, conversation: t.Conversation, nextSeq: t.NextMsgSeq}, nil
}

// visit finds a place for a caller who must be a member of its group, and what he
// has there. The administrator who calls the REST API need not be a member.
func visit(ctx context.Context, tx store.Tx, caller chat.Caller, groupID, topicID string) (place, *chat.Member, error) {
	p, err := findPlace(ctx, tx, caller.App, groupID, topicID)
	if err != nil {
		return p, nil, err
	}
	m, err := tx.Member(ctx, p.group.Conversation, caller.UserID)
	if err == nil && p.topic != nil {
		err = enterTopic(ctx, tx, p.group, p.topic, m)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return p, m, err
	}
	if !caller.Admin {
		return p, nil, errNoMember
	}
	return p, &chat.Member{UserID: caller.UserID, Role: chat.RoleNone}, nil
}

// muteAll reports whether nobody but the administrators may speak.
func (p place) muteAll() bool { return p.group.MuteAll || p.topic != nil && p.topic.MuteAll }

// raiseRead raises a member's read position.
func (p place) raiseRead(ctx context.Context, tx store.Tx, app chat.SDKAppID, userID string, seq int64) error {
	var err error
	if p.topic != nil {
		_, err = tx.RaiseTopicRead(ctx, app, p.group.Conversation, p.conversation, userID, seq)
	} else {
		_, err = tx.SetReadSeq(ctx, p.conversation, userID, seq)
	}
	return err
}

var errNoMember = chat.ErrNotPermitted.Because("the caller is no member of the group")

// manages reports whether a member's rank lets him act on what others said.
func manages(m *chat.Member) bool { return m.Role == chat.RoleOwner || m.Role == chat.RoleAdmin }

// refusalIn is the refusal that err is, nil if it is none.
func refusalIn(err error) *chat.Error {
	refusal, _ := errors.AsType[*chat.Error](err)
	return refusal
}

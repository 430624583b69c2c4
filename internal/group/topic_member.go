package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// TopicMemberUpdate changes what one member has in a topic; a nil field is left as
// it is.
type TopicMemberUpdate struct {
	GroupID, TopicID, UserID string
	MsgFlag                  *string
	// MuteSeconds mutes in the topic from now; 0 lifts.
	MuteSeconds *uint32
}

// UpdateTopicMember changes what a member has in a topic. How he wants its messages
// is his own affair.
func (s *Service) UpdateTopicMember(ctx context.Context, caller chat.Caller, r TopicMemberUpdate) error {
	switch {
	case r.UserID == "":
		return chat.ErrParameter.Because("Member_Account is required")
	case r.MsgFlag != nil && !chat.IsMsgFlag(*r.MsgFlag):
		return chat.ErrParameter.Because("MsgFlag is unknown")
	}
	return s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		if err := e.atTopic(ctx, r.TopicID); err != nil {
			return err
		}
		if err := e.require(rankMember); err != nil {
			return err
		}
		if _, err := e.member(ctx, r.UserID); err != nil {
			return err
		}
		if r.MuteSeconds != nil {
			if err := e.mayMute(ctx, []string{r.UserID}, *r.MuteSeconds); err != nil {
				return err
			}
			if err := e.mute(ctx, []string{r.UserID}, *r.MuteSeconds); err != nil {
				return err
			}
		}
		if r.MsgFlag == nil {
			return nil
		}
		return e.setTopicFlag(ctx, r.UserID, *r.MsgFlag)
	})
}

// setTopicFlag sets how a member wants the messages of the topic, and tells his
// other instances.
func (e *edit) setTopicFlag(ctx context.Context, userID, flag string) error {
	if userID != e.caller.UserID && e.rank < rankApp {
		return errRank
	}
	if err := e.tx.SetTopicFlag(ctx, e.caller.App.SDKAppID, e.group.Conversation, e.topic.Conversation, userID, flag); err != nil {
		return err
	}
	if err := e.record(ctx, event.TopicMsgFlagChanged{Topic: e.topicEvent(), UserID: userID, MsgFlag: flag}); err != nil {
		return err
	}
	return e.notice(ctx, false, chat.Notice{UserID: userID, Type: chat.NoticeMsgFlag, TopicID: e.topicID(), MsgFlag: flag})
}

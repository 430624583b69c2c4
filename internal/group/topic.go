package group

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// TopicProfile is what can be set of a topic; a nil field is left as it is.
type TopicProfile struct {
	Name         *string
	FaceURL      *string
	Introduction *string
	Notification *string
	CustomString *string
	MuteAll      *string
}

// TopicRequest describes a new topic. Spec: groups#13.2
type TopicRequest struct {
	GroupID string
	// TopicID is chosen by the server if empty.
	TopicID string
	Profile TopicProfile
}

// CreateTopic makes a topic of a community and returns its ID. The app's backend is
// asked before.
func (s *Service) CreateTopic(ctx context.Context, caller chat.Caller, r TopicRequest) (string, error) {
	t, err := r.topic()
	if err != nil {
		return "", err
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderateTopic(caller.App, &r.Profile)
	if err := s.askBeforeTopic(ctx, caller, r.GroupID, t, blocked); err != nil {
		return "", err
	}
	err = s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		if err := e.mayCreateTopic(ctx, t); err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		made := *t // the function may run again
		made.CreateTime = e.tx.Now()
		if err := e.tx.CreateTopic(ctx, caller.App.SDKAppID, e.group.Conversation, &made); err != nil {
			return err
		}
		e.topic = &made
		return e.record(ctx, event.TopicCreated{
			Topic: e.topicEvent(), Owner: e.group.Owner, Name: made.Name, Notice: e.topicNotice(chat.Notice{Type: chat.NoticeTopicCreated}),
		})
	})
	return t.ID, err
}

// topic checks the parameters and makes the profile of a new topic.
func (r *TopicRequest) topic() (*chat.Topic, error) {
	if err := checkID(r.GroupID); err != nil {
		return nil, err
	}
	if r.Profile.Name == nil {
		return nil, chat.ErrParameter.Because("TopicName is required")
	}
	if err := r.Profile.check(); err != nil {
		return nil, err
	}
	t := &chat.Topic{ID: r.TopicID, NextMsgSeq: 1}
	if t.ID == "" {
		t.ID = chat.NewTopicID(r.GroupID)
	} else if why := chat.CheckTopicID(t.ID, r.GroupID); why != "" {
		return nil, chat.ErrTopicID.Because("%s", why)
	}
	r.Profile.apply(t)
	return t, nil
}

// askBeforeTopic asks about a topic that could be made.
func (s *Service) askBeforeTopic(ctx context.Context, caller chat.Caller, groupID string, t *chat.Topic, blocked error) error {
	if !caller.App.Webhook.Enabled("Group.CallbackBeforeCreateTopic") {
		return nil
	}
	var question event.BeforeTopicCreate
	err := s.preview(ctx, caller, groupID, func(e *edit) error {
		question = event.BeforeTopicCreate{Group: e.event(), Name: t.Name}
		if err := e.mayCreateTopic(ctx, t); err != nil {
			return err
		}
		return blocked
	})
	if err != nil {
		return err
	}
	if refusal := s.hooks.Ask(ctx, caller.App, question).Refusal; refusal != nil {
		return refusal
	}
	return nil
}

// mayCreateTopic refuses a topic that the caller must not make, or that cannot be.
func (e *edit) mayCreateTopic(ctx context.Context, t *chat.Topic) error {
	if err := e.mayChangeTopics(); err != nil {
		return err
	}
	_, err := e.tx.Topic(ctx, e.group.Conversation, t.ID)
	if err == nil {
		return taken(e.group, e.caller.UserID)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	n, err := e.tx.CountTopics(ctx, e.group.Conversation)
	if err == nil && n >= chat.MaxTopics {
		return chat.ErrTooManyTopics
	}
	return err
}

// mayChangeTopics refuses groups without topics, and callers without the rank.
func (e *edit) mayChangeTopics() error {
	if !e.group.SupportTopic {
		return errNoTopics
	}
	return e.require(e.rights().edit)
}

var errNoTopics = chat.ErrNotPermitted.Because("only a community that was created with topics has some")

// UpdateTopic changes a topic's profile. Spec: groups#13.2
func (s *Service) UpdateTopic(ctx context.Context, caller chat.Caller, groupID, topicID string, p *TopicProfile) error {
	if err := checkID(groupID); err != nil { // which comes before all other checks
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderateTopic(caller.App, p)
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if err := e.mayChangeTopics(); err != nil {
			return err
		}
		if err := e.atTopic(ctx, topicID); err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		before := *e.topic
		p.apply(e.topic)
		if err := e.tx.UpdateTopic(ctx, e.topic); err != nil {
			return err
		}
		return e.topicChanged(ctx, &before)
	})
}

// topicChanged tells everybody what is different now.
func (e *edit) topicChanged(ctx context.Context, before *chat.Topic) error {
	now := e.topic
	shown := chat.GroupChange{
		Name: difference(before.Name, now.Name), Introduction: difference(before.Introduction, now.Introduction),
		Notification: difference(before.Notification, now.Notification), FaceURL: difference(before.FaceURL, now.FaceURL),
	}
	if shown.Name != nil || shown.Introduction != nil || shown.Notification != nil || shown.FaceURL != nil {
		if err := e.record(ctx, event.TopicInfoChanged{Topic: e.topicEvent(), Change: shown}); err != nil {
			return err
		}
	} else if before.MuteAll == now.MuteAll && before.CustomString == now.CustomString {
		return nil
	}
	shown.MuteAll, shown.CustomString = difference(before.MuteAll, now.MuteAll), difference(before.CustomString, now.CustomString)
	return e.tip(ctx, chat.Tip{Type: chat.TipTopicChanged, Info: &shown})
}

// DestroyTopics dissolves topics of a community and says for each what became of it;
// nil means that it is gone. Spec: groups#13.2
func (s *Service) DestroyTopics(ctx context.Context, caller chat.Caller, groupID string, topicIDs []string) (map[string]*chat.Error, error) {
	if err := checkID(groupID); err != nil {
		return nil, err
	}
	if len(topicIDs) == 0 || len(topicIDs) > chat.MaxTopics {
		return nil, chat.ErrParameter.Because("TopicIdList has 1 to %d entries", chat.MaxTopics)
	}
	var results map[string]*chat.Error
	err := s.edit(ctx, caller, groupID, func(e *edit) error {
		results = make(map[string]*chat.Error, len(topicIDs))
		if err := e.mayChangeTopics(); err != nil {
			return err
		}
		for _, id := range chat.Unique(topicIDs) {
			err := e.destroyTopic(ctx, id)
			if results[id] = refusalIn(err); err != nil && results[id] == nil {
				return err
			}
		}
		return nil
	})
	return results, err
}

func (e *edit) destroyTopic(ctx context.Context, topicID string) error {
	if err := e.atTopic(ctx, topicID); err != nil {
		return err
	}
	if err := e.tx.DeleteTopic(ctx, e.topic); err != nil {
		return err
	}
	notice := e.topicNotice(chat.Notice{Type: chat.NoticeTopicDeleted, Topics: []string{topicID}})
	return e.record(ctx, event.TopicDestroyed{Topic: e.topicEvent(), Notice: notice})
}

// findTopic reads a topic of a group.
func findTopic(ctx context.Context, tx store.Tx, g *chat.Group, topicID string) (*chat.Topic, error) {
	t, err := tx.Topic(ctx, g.Conversation, topicID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, chat.ErrTopicNotFound
	}
	return t, err
}

// at makes the change one of a topic, unless topicID is empty.
func (e *edit) at(ctx context.Context, topicID string) error {
	if topicID == "" {
		return nil
	}
	return e.atTopic(ctx, topicID)
}

// atTopic makes the change one of a topic.
func (e *edit) atTopic(ctx context.Context, topicID string) error {
	t, err := findTopic(ctx, e.tx, e.group, topicID)
	e.topic = t
	return err
}

// conversation is the store's number of what is changed.
func (e *edit) conversation() int64 {
	if e.topic != nil {
		return e.topic.Conversation
	}
	return e.group.Conversation
}

// topicID is empty if the group itself is changed.
func (e *edit) topicID() string {
	if e.topic != nil {
		return e.topic.ID
	}
	return ""
}

func (e *edit) topicEvent() event.Topic { return event.Topic{Group: e.event(), TopicID: e.topicID()} }

// topicNotice is what all members are told who are connected. The others find what
// has changed when they ask for the topics.
func (e *edit) topicNotice(n chat.Notice) *chat.Notice {
	e.complete(&n)
	n.TopicID = e.topicID()
	return &n
}

// moderateTopic refuses blocked words in what is shown of a topic.
func (s *Service) moderateTopic(app *chat.App, p *TopicProfile) error {
	return s.moderate(app, p.Name, p.Introduction, p.Notification)
}

// check refuses values that are right for no topic.
func (p *TopicProfile) check() error {
	switch {
	case p.Name != nil && *p.Name == "":
		return chat.ErrParameter.Because("TopicName cannot be empty")
	case p.MuteAll != nil && !isOnOff(*p.MuteAll):
		return chat.ErrParameter.Because("MuteAllMember is neither On nor Off")
	}
	for _, text := range []struct {
		field string
		value *string
		most  int
	}{
		{"TopicName", p.Name, chat.MaxTopicNameBytes},
		{"FaceUrl", p.FaceURL, chat.MaxTopicFaceURLBytes},
		{"Introduction", p.Introduction, chat.MaxTopicIntroductionBytes},
		{"Notification", p.Notification, chat.MaxTopicNotificationBytes},
		{"CustomString", p.CustomString, chat.MaxTopicCustomStringBytes},
	} {
		if text.value != nil && len(*text.value) > text.most {
			return chat.ErrParameter.Because("%s is longer than %d bytes", text.field, text.most)
		}
	}
	return nil
}

// apply sets in t what is given.
func (p *TopicProfile) apply(t *chat.Topic) {
	set(&t.Name, p.Name)
	set(&t.FaceURL, p.FaceURL)
	set(&t.Introduction, p.Introduction)
	set(&t.Notification, p.Notification)
	set(&t.CustomString, p.CustomString)
	if p.MuteAll != nil {
		t.MuteAll = *p.MuteAll == on
	}
}

// topicIDsOf are the IDs of topics.
func topicIDsOf(topics []chat.Topic) []string {
	ids := make([]string, 0, len(topics))
	for t := range slices.Values(topics) {
		ids = append(ids, t.ID)
	}
	return ids
}

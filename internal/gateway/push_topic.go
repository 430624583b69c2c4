package gateway

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

var topicPushes = []pushRow{push(topicCreated), push(topicDestroyed), push(topicMsgFlagChanged)}

// topicKey names those who want a topic's messages otherwise than its community's,
// in the index of groups, whose IDs never look like those of topics.
func topicKey(app chat.SDKAppID, topicID string) groupKey { return groupKey{app, topicID} }

// hushes reports whether a user wants no messages of a topic; otherwise is what
// holds if he said nothing about it. There need be no audience.
func (a *audience) hushes(u *user, otherwise bool) bool {
	if a == nil {
		return otherwise
	}
	if hushed, said := a.members[u]; said {
		return hushed
	}
	return otherwise
}

func topicCreated(h *hub, e event.TopicCreated) { h.tellTopic(e.Topic, e.Notice) }

func topicDestroyed(h *hub, e event.TopicDestroyed) {
	h.tellTopic(e.Topic, e.Notice)
	h.drop(topicKey(e.Caller.App.SDKAppID, e.TopicID))
}

// tellTopic tells all members of a community, the one who did it among them: clients
// learn only from this what to ask for anew.
func (h *hub) tellTopic(e event.Topic, n *chat.Notice) {
	key := groupOf(e.Group)
	h.toGroup(key, delivery{entry: func() any { return noticeEntry(key.app, n) }})
}

// topicMsgFlagChanged only keeps the index; the user's other instances get a notice.
func topicMsgFlagChanged(h *hub, e event.TopicMsgFlagChanged) {
	h.join(topicKey(e.Caller.App.SDKAppID, e.TopicID), e.UserID, e.MsgFlag, time.Time{})
}

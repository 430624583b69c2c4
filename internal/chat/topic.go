package chat

import (
	"strings"
	"time"
)

// Limits of topics.
const (
	// MaxTopics is how many topics a community has.
	MaxTopics                 = 200
	MaxTopicNameBytes         = 30
	MaxTopicIntroductionBytes = 240
	MaxTopicNotificationBytes = 300
	MaxTopicFaceURLBytes      = 100
	MaxTopicCustomStringBytes = 3000
)

// Topic is a stream of messages of a community, with a profile of its own. Its
// members are the community's.
type Topic struct {
	// Conversation is the store's number of the topic's message sequence.
	Conversation int64
	ID           string
	Name         string
	FaceURL      string
	Introduction string
	Notification string
	CustomString string
	MuteAll      bool
	CreateTime   time.Time
	LastMsgTime  time.Time
	NextMsgSeq   int64
}

// What stands between the GroupID of a community and the rest of a TopicID. The
// longer one is for those that the server chooses. Spec: groups#13.1
const (
	topicInfix         = "@TOPIC#_"
	topicAssignedInfix = "@TOPIC#_@TOPIC#"
)

// CheckTopicID returns why id cannot be chosen for a topic of a community, or "".
func CheckTopicID(id, groupID string) string {
	own, ok := strings.CutPrefix(id, groupID+topicInfix)
	switch {
	case !ok:
		return "TopicId must begin with the GroupId and @TOPIC#_"
	case own == "":
		return "nothing follows @TOPIC#_ in TopicId"
	case len(id) > MaxTopicIDBytes:
		return "TopicId is longer than 96 bytes"
	case !printable(id):
		return "TopicId has a character outside printable ASCII"
	case strings.Contains(own, communityPrefix), strings.Contains(topicInfix+own, topicAssignedInfix):
		return "what follows @TOPIC#_ in TopicId must contain neither @TGS#_ nor @TOPIC#_@TOPIC#"
	}
	return ""
}

// CommunityOf is the group that a topic belongs to, by its ID.
func CommunityOf(topicID string) string {
	groupID, _, _ := strings.Cut(topicID, topicInfix)
	return groupID
}

// NewTopicID makes the ID of a topic for which none was given.
func NewTopicID(groupID string) string { return groupID + topicAssignedInfix + "c" + randomName(12) }

package gateway

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func (g *Gateway) topicPackets() []Packet {
	return []Packet{
		packet(serviceCommunity, "create_topic", g.createTopic),
		packet(serviceCommunity, "get_topic", g.topics),
		packet(serviceCommunity, "modify_topic", g.modifyTopic),
		packet(serviceCommunity, "destroy_topic", g.destroyTopics),
	}
}

type createTopicRequest struct {
	GroupID      string  `json:"GroupId"`
	TopicID      string  `json:"TopicId"`
	TopicName    *string `json:"TopicName"`
	FaceURL      *string `json:"FaceUrl"`
	CustomString *string `json:"CustomString"`
	Notification *string `json:"Notification"`
	Introduction *string `json:"Introduction"`
}

type createTopicAnswer struct {
	Status

	TopicID string `json:"TopicId,omitempty"`
}

func (g *Gateway) createTopic(ctx context.Context, r *request, q *createTopicRequest) (*createTopicAnswer, error) {
	id, err := g.Groups.CreateTopic(ctx, r.caller, group.TopicRequest{
		GroupID: q.GroupID, TopicID: q.TopicID, Profile: group.TopicProfile{
			Name: q.TopicName, FaceURL: q.FaceURL, CustomString: q.CustomString, Notification: q.Notification, Introduction: q.Introduction,
		},
	})
	if err != nil {
		return nil, err
	}
	return &createTopicAnswer{TopicID: id}, nil
}

type modifyTopicRequest struct {
	GroupID         string  `json:"GroupId"`
	TopicID         string  `json:"TopicId"`
	TopicName       *string `json:"TopicName"`
	FaceURL         *string `json:"FaceUrl"`
	CustomString    *string `json:"CustomString"`
	Notification    *string `json:"Notification"`
	Introduction    *string `json:"Introduction"`
	ShutUpAllMember *string `json:"ShutUpAllMember"`
}

func (g *Gateway) modifyTopic(ctx context.Context, r *request, q *modifyTopicRequest) (*done, error) {
	return nil, g.Groups.UpdateTopic(ctx, r.caller, q.GroupID, q.TopicID, &group.TopicProfile{
		Name: q.TopicName, FaceURL: q.FaceURL, CustomString: q.CustomString, Notification: q.Notification, Introduction: q.Introduction,
		MuteAll: q.ShutUpAllMember,
	})
}

// modifyTopicMember is modify_group_member_info for what a member has in a topic.
func (g *Gateway) modifyTopicMember(ctx context.Context, r *request, q *modifyMemberRequest) error {
	if q.Role != nil || q.NameCard != nil || q.AppDefinedData != nil {
		return chat.ErrParameter.Because("a topic has only ShutUpTime and MsgFlag of its own")
	}
	return g.Groups.UpdateTopicMember(ctx, r.caller, group.TopicMemberUpdate{
		GroupID: q.GroupID, TopicID: q.TopicID, UserID: q.Account, MsgFlag: q.MsgFlag, MuteSeconds: q.ShutUpTime,
	})
}

type topicIDsRequest struct {
	GroupID     string   `json:"GroupId"`
	TopicIDList []string `json:"TopicIdList"`
}

type destroyTopicsAnswer struct {
	Status

	DestroyResultItem []destroyedTopic `json:"DestroyResultItem"`
}

type destroyedTopic struct {
	TopicID   string `json:"TopicId"`
	ErrorCode int    `json:"ErrorCode"`
	ErrorInfo string `json:"ErrorInfo"`
}

func (g *Gateway) destroyTopics(ctx context.Context, r *request, q *topicIDsRequest) (*destroyTopicsAnswer, error) {
	results, err := g.Groups.DestroyTopics(ctx, r.caller, q.GroupID, q.TopicIDList)
	if err != nil {
		return nil, err
	}
	a := &destroyTopicsAnswer{DestroyResultItem: make([]destroyedTopic, 0, len(results))}
	for _, id := range chat.Unique(q.TopicIDList) {
		item := destroyedTopic{TopicID: id}
		if refusal := results[id]; refusal != nil {
			item.ErrorCode, item.ErrorInfo = refusal.Code, refusal.Text
		}
		a.DestroyResultItem = append(a.DestroyResultItem, item)
	}
	return a, nil
}

type topicsAnswer struct {
	Status

	TopicAndSelfInfo []topicRow `json:"TopicAndSelfInfo"`
}

// topicRow is one topic, or why it is not shown.
type topicRow struct {
	ErrorCode int           `json:"ErrorCode"`
	ErrorInfo string        `json:"ErrorInfo"`
	TopicInfo topicInfo     `json:"TopicInfo"`
	SelfInfo  *topicOwnInfo `json:"SelfInfo,omitempty"`
}

type topicInfo struct {
	GroupID      string `json:"GroupId"`
	TopicID      string `json:"TopicId"`
	TopicName    string `json:"TopicName"`
	FaceURL      string `json:"FaceUrl"`
	CustomString string `json:"CustomString"`
	Notification string `json:"Notification"`
	Introduction string `json:"Introduction"`
	NextMsgSeq   int64  `json:"NextMsgSeq"`
	// ShutUpAllFlag is a number: clients compare it with 1.
	ShutUpAllFlag int           `json:"ShutUpAllFlag"`
	CreateTime    int64         `json:"CreateTime"`
	LastMsgTime   int64         `json:"LastMsgTime"`
	LastMsg       *topicLastMsg `json:"LastMsg,omitempty"`
}

// topicLastMsg is the newest message of a topic. Clients read MsgSeq as a read
// position wherever it stands in this answer, and LastMsgSeq as the message's number.
type topicLastMsg struct {
	FromAccount     string          `json:"From_Account"`
	MsgSeq          int64           `json:"MsgSeq"`
	LastMsgSeq      int64           `json:"LastMsgSeq"`
	MsgTimeStamp    int64           `json:"MsgTimeStamp"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	Nick            string          `json:"From_AccountNick"`
	FaceURL         string          `json:"From_AccountHeadurl"`
	CloudCustomData string          `json:"CloudCustomData,omitempty"`
	MsgVersion      int64           `json:"MsgVersion,omitempty"`
	IsPlaceMsg      chat.Place      `json:"IsPlaceMsg"`
	RevokerInfo     *revokerInfo    `json:"RevokerInfo,omitempty"`
}

// topicOwnInfo is what the caller has in a topic.
type topicOwnInfo struct {
	MsgSeq  int64  `json:"MsgSeq"`
	MsgFlag string `json:"MsgFlag"`
	// ShutUpTime is for how many seconds he is muted.
	ShutUpTime      int64   `json:"ShutUpTime"`
	NoUnreadSeqList []int64 `json:"NoUnreadSeqList,omitempty"`
}

func (g *Gateway) topics(ctx context.Context, r *request, q *topicIDsRequest) (*topicsAnswer, error) {
	infos, err := g.Groups.Topics(ctx, r.caller, q.GroupID, q.TopicIDList)
	if err != nil {
		return nil, err
	}
	a := &topicsAnswer{TopicAndSelfInfo: make([]topicRow, 0, len(infos))}
	for i := range infos {
		a.TopicAndSelfInfo = append(a.TopicAndSelfInfo, newTopicRow(q.GroupID, r.caller.UserID, &infos[i], g.Clock()))
	}
	return a, nil
}

func newTopicRow(groupID, reader string, i *group.TopicInfo, now time.Time) topicRow {
	if i.Err != nil {
		return topicRow{ErrorCode: i.Err.Code, ErrorInfo: i.Err.Text, TopicInfo: topicInfo{GroupID: groupID, TopicID: i.TopicID}}
	}
	t := i.Topic
	row := topicRow{
		TopicInfo: topicInfo{
			GroupID: groupID, TopicID: t.ID, TopicName: t.Name, FaceURL: t.FaceURL, CustomString: t.CustomString,
			Notification: t.Notification, Introduction: t.Introduction, NextMsgSeq: t.NextMsgSeq, ShutUpAllFlag: bit(t.MuteAll),
			CreateTime: t.CreateTime.Unix(), LastMsgTime: unixOrZero(t.LastMsgTime),
		},
		SelfInfo: &topicOwnInfo{MsgSeq: i.ReadSeq, MsgFlag: i.MsgFlag, ShutUpTime: muteSeconds(i.MuteUntil, now), NoUnreadSeqList: i.Uncounted},
	}
	if m := i.Last; m != nil {
		row.TopicInfo.LastMsg = newTopicLastMsg(m, i.Person, reader)
	}
	return row
}

// newTopicLastMsg leaves out what a tip tells, and of what was recalled all but the
// reader's own words.
func newTopicLastMsg(m *chat.Message, sender chat.Person, reader string) *topicLastMsg {
	last := &topicLastMsg{
		FromAccount: m.Sender, MsgSeq: m.Seq, LastMsgSeq: m.Seq, MsgTimeStamp: m.Time.Unix(), MsgBody: m.Body.JSON,
		Nick: sender.Nick, FaceURL: sender.FaceURL, CloudCustomData: m.CloudCustomData, MsgVersion: m.Version, IsPlaceMsg: m.Place,
		RevokerInfo: newRevokerInfo(m.Recall),
	}
	if m.Tip != nil || m.Place == chat.PlaceRecalled && m.Sender != reader {
		last.MsgBody, last.CloudCustomData = noBody, ""
	}
	return last
}

// muteSeconds is how long a mute until a Unix time still lasts.
func muteSeconds(until int64, now time.Time) int64 {
	if until == 0 || until == chat.MuteForever {
		return until
	}
	return max(0, until-now.Unix())
}

// newTopicInfo is what changed of a topic's profile.
type newTopicInfo struct {
	TopicName    *string `json:"TopicName,omitempty"`
	FaceURL      *string `json:"TopicFaceUrl,omitempty"`
	Introduction *string `json:"TopicIntroduction,omitempty"`
	Notification *string `json:"TopicNotification,omitempty"`
	CustomString *string `json:"CustomString,omitempty"`
	ShutupAll    *int    `json:"ShutupAll,omitempty"`
}

func newNewTopicInfo(c *chat.GroupChange) *newTopicInfo {
	info := &newTopicInfo{
		TopicName: c.Name, FaceURL: c.FaceURL, Introduction: c.Introduction, Notification: c.Notification, CustomString: c.CustomString,
	}
	if c.MuteAll != nil {
		info.ShutupAll = new(bit(*c.MuteAll))
	}
	return info
}

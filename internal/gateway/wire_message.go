package gateway

import (
	"encoding/json"

	"github.com/parley-im/parley/internal/chat"
)

// groupMessageEntry is an entry of EventArray with messages of a group.
type groupMessageEntry struct {
	Event         eventNumber    `json:"Event"`
	GroupMsgArray []groupMessage `json:"GroupMsgArray"`
}

// groupMessage is what somebody said in a group, in pushes and in history. Both must
// agree in From_Account, ToGroupId, MsgRandom, MsgSeq and MsgTimeStamp, by which
// clients recognise what they have.
type groupMessage struct {
	Event           eventNumber     `json:"Event"`
	FromAccount     string          `json:"From_Account"`
	ToGroupID       string          `json:"ToGroupId"`
	ToTopicID       string          `json:"ToTopicId,omitempty"`
	MsgSeq          int64           `json:"MsgSeq"`
	MsgRandom       uint32          `json:"MsgRandom"`
	MsgTimeStamp    int64           `json:"MsgTimeStamp"`
	MsgClientTime   int64           `json:"MsgClientTime"`
	ClientSeq       int64           `json:"ClientSeq"`
	TinyID          string          `json:"TinyId"`
	MsgPriority     string          `json:"MsgPriority"`
	IsSystemMsg     int             `json:"IsSystemMsg"`
	GroupInfo       senderInfo      `json:"GroupInfo"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData,omitempty"`

	OnlineOnlyFlag          int          `json:"OnlineOnlyFlag,omitempty"`
	NeedReadReceipt         int          `json:"NeedReadReceipt,omitempty"`
	SupportMessageExtension int          `json:"SupportMessageExtension,omitempty"`
	SendMsgControl          *msgControl  `json:"SendMsgControl,omitempty"`
	GroupAtInfo             []groupAt    `json:"GroupAtInfo,omitempty"`
	MsgVersion              int64        `json:"MsgVersion,omitempty"`
	IsPlaceMsg              chat.Place   `json:"IsPlaceMsg,omitempty"`
	RevokerInfo             *revokerInfo `json:"RevokerInfo,omitempty"`
}

// senderInfo is groupInfo for messages, which tell how their sender is shown, even
// if he has no name.
type senderInfo struct {
	groupInfo

	Extra   *extraInfo `json:"MsgFrom_AccountExtraInfo,omitempty"`
	Nick    string     `json:"From_AccountNick"`
	FaceURL string     `json:"From_AccountHeadurl"`
}

// extraInfo is the sender's name in the group.
type extraInfo struct {
	NameCard string `json:"NameCard"`
}

// msgControl are flags that senders give as a list, and clients get as an object.
type msgControl struct {
	NoUnread  int `json:"NoUnread,omitempty"`
	NoLastMsg int `json:"NoLastMsg,omitempty"`
}

func newMsgControl(m *chat.Message) *msgControl {
	if !m.NoUnread && !m.NoLastMsg {
		return nil
	}
	return &msgControl{NoUnread: bit(m.NoUnread), NoLastMsg: bit(m.NoLastMsg)}
}

// groupAt is one mention.
type groupAt struct {
	GroupAtAllFlag int    `json:"GroupAtAllFlag"`
	GroupAtAccount string `json:"GroupAt_Account,omitempty"`
}

func newGroupAts(mentions []chat.Mention) []groupAt {
	list := make([]groupAt, 0, len(mentions))
	for _, m := range mentions {
		list = append(list, groupAt{GroupAtAllFlag: bit(m.All), GroupAtAccount: m.UserID})
	}
	return list
}

// revokerInfo is who took a message back.
type revokerInfo struct {
	RevokerAccount string `json:"Revoker_Account"`
	Reason         string `json:"Reason"`
}

func newRevokerInfo(r *chat.Recall) *revokerInfo {
	if r == nil {
		return nil
	}
	return &revokerInfo{RevokerAccount: r.Revoker, Reason: r.Reason}
}

// where is the group, or the topic of one, that a message is said in.
type where struct {
	app              chat.SDKAppID
	groupID, topicID string
	name             groupName
}

// message is the form of a message whose sender is shown as sender, in the group by
// the name card, if he has one.
func (w where) message(m *chat.Message, sender chat.Person, card string) groupMessage {
	info := senderInfo{groupInfo: newGroupInfo(w.groupID, w.topicID, w.name), Nick: sender.Nick, FaceURL: sender.FaceURL}
	if card != "" {
		info.Extra = &extraInfo{NameCard: card}
	}
	item := groupMessage{
		Event: eventGroupMessage, FromAccount: m.Sender, ToGroupID: w.groupID, ToTopicID: w.topicID, MsgSeq: m.Seq, MsgRandom: m.Random,
		MsgTimeStamp: m.Time.Unix(), MsgClientTime: m.ClientTime, ClientSeq: m.ClientSeq, TinyID: chat.TinyID(w.app, m.Sender),
		MsgPriority: priorityName(m.Priority), GroupInfo: info, MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData,
		OnlineOnlyFlag: bit(m.OnlineOnly), NeedReadReceipt: bit(m.NeedReadReceipt), SupportMessageExtension: bit(m.SupportExtension),
		SendMsgControl: newMsgControl(m), GroupAtInfo: newGroupAts(m.Mentions), MsgVersion: m.Version, IsPlaceMsg: m.Place,
		RevokerInfo: newRevokerInfo(m.Recall),
	}
	if m.OnlineOnly {
		item.MsgSeq = 0 // it has no place in the sequence that clients know
	}
	return item
}

// item is message for those of a history, tips among them. Only his own words are
// left to who reads of what was recalled.
func (w where) item(m *chat.Message, sender chat.Person, card, reader string) any {
	if m.Tip != nil {
		return w.tip(m)
	}
	item := w.message(m, sender, card)
	if m.Place == chat.PlaceRecalled && m.Sender != reader {
		item.MsgBody, item.CloudCustomData = nothingSaid, ""
	}
	return item
}

// noBody is a body without elements.
var noBody = json.RawMessage("[]")

// nothingSaid stands for what was recalled: clients drop messages without elements.
var nothingSaid = json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]`)

func priorityName(p chat.Priority) string {
	switch p {
	case chat.PriorityHigh:
		return "High"
	case chat.PriorityLow:
		return "Low"
	case chat.PriorityLowest:
		return "Lowest"
	case chat.PriorityNormal:
	}
	return "Normal"
}

package gateway

import (
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

var messagePushes = []pushRow{
	push(groupMessageSent), push(groupMentioned), push(groupMessagesRecalled), push(groupMessageModified), push(groupsRead), push(groupReceipts),
}

// keyOf names the group of a message.
func keyOf(e event.GroupMessage) groupKey { return groupKey{e.Caller.App.SDKAppID, e.GroupID} }

// where is the place of a message, with its name as it is now.
func (h *hub) where(key groupKey, topicID string) where {
	return where{app: key.app, groupID: key.id, topicID: topicID, name: h.names.group(key)}
}

// receivers are the only members who get a message; nil if all do.
func receivers(m *chat.Message) []string {
	if len(m.Receivers) == 0 {
		return nil
	}
	return chat.Unique(append([]string{m.Sender}, m.Receivers...))
}

func groupMessageSent(h *hub, e event.GroupMessageSent) {
	key, m := keyOf(e.GroupMessage), e.Message
	h.toGroup(key, delivery{
		message: true, topic: e.TopicID, except: e.Caller.Instance, only: receivers(m), said: m.Time,
		entry: func() any {
			item := h.where(key, e.TopicID).message(m, h.names.person(key.app, m.Sender), h.names.card(key, m.Sender))
			return groupMessageEntry{Event: eventGroupMessage, GroupMsgArray: []groupMessage{item}}
		},
	})
}

// groupMentioned tells everybody that everybody is mentioned.
func groupMentioned(h *hub, e event.GroupMentioned) {
	key, m := keyOf(e.GroupMessage), e.Message
	h.toGroup(key, delivery{message: true, topic: e.TopicID, except: e.Caller.Instance, only: receivers(m), entry: func() any {
		return noticeEntry(key.app, &chat.Notice{
			Type: chat.NoticeMention, Time: m.Time, GroupID: e.GroupID, GroupName: h.names.group(key).Name, GroupType: e.Type,
			TopicID: e.TopicID, Operator: m.Sender, Random: m.Random, Seq: m.Seq, Everyone: true,
		})
	}})
}

// notice is an item of entry eventNotice that clients do not show.
func (h *hub) notice(key groupKey, topicID string, at time.Time, body any) groupTip {
	info := newGroupInfo(key.id, topicID, h.names.group(key))
	return groupTip{
		FromAccount: chat.SystemAccount, MsgSeq: at.UnixMilli() % 1_000_000_000, MsgRandom: rand.Uint32(),
		MsgTimeStamp: at.Unix(), MsgClientTime: at.Unix(), TinyID: chat.TinyID(key.app, chat.SystemAccount), GroupInfo: &info, MsgBody: body,
	}
}

type recallEntry struct {
	Event     eventNumber `json:"Event"`
	GroupTips []recallTip `json:"GroupTips"`
}

// recallTip is a notice of messages that are gone.
type recallTip struct {
	groupTip

	RevokerInfo *revokerInfo `json:"RevokerInfo"`
}

type recallBody struct {
	GroupWithdrawInfoArray []recalledMessage `json:"GroupWithdrawInfoArray"`
}

// recalledMessage names a message for clients, also for those that do not hold it.
type recalledMessage struct {
	GroupID       string `json:"GroupId,omitempty"`
	TopicID       string `json:"TopicId,omitempty"`
	FromAccount   string `json:"From_Account,omitempty"`
	MsgSeq        int64  `json:"MsgSeq"`
	MsgRandom     uint32 `json:"MsgRandom"`
	TinyID        string `json:"TinyId"`
	MsgClientTime int64  `json:"MsgClientTime"`
	MsgTimeStamp  int64  `json:"MsgTimeStamp"`
}

func newRecalledMessage(key groupKey, topicID string, m *chat.Message) recalledMessage {
	r := recalledMessage{GroupID: key.id, TopicID: topicID, MsgSeq: m.Seq}
	if m.Sender != "" {
		r.FromAccount, r.MsgRandom, r.MsgClientTime, r.MsgTimeStamp = m.Sender, m.Random, m.ClientTime, m.Time.Unix()
		r.TinyID = chat.TinyID(key.app, m.Sender)
	}
	return r
}

func groupMessagesRecalled(h *hub, e event.GroupMessagesRecalled) {
	key := groupKey{e.Caller.App.SDKAppID, e.GroupID}
	var all []recalledMessage
	for i := range e.Messages {
		m := &e.Messages[i]
		one := newRecalledMessage(key, e.TopicID, m)
		if len(m.Receivers) == 0 {
			all = append(all, one)
			continue
		}
		h.tellRecalled(key, e, receivers(m), []recalledMessage{one})
	}
	if len(all) > 0 {
		h.tellRecalled(key, e, nil, all)
	}
}

// tellRecalled tells members of messages that are gone.
func (h *hub) tellRecalled(key groupKey, e event.GroupMessagesRecalled, only []string, recalled []recalledMessage) {
	h.toGroup(key, delivery{only: only, except: e.Caller.Instance, entry: func() any {
		revoker := &revokerInfo{RevokerAccount: e.Operator, Reason: e.Reason}
		if e.Type.Is(chat.AVChatRoom) {
			return h.roomRecall(key, e, recalled, revoker)
		}
		item := recallTip{groupTip: h.notice(key, e.TopicID, e.At, recallBody{GroupWithdrawInfoArray: recalled}), RevokerInfo: revoker}
		return recallEntry{Event: eventNotice, GroupTips: []recallTip{item}}
	}})
}

type roomRecallEntry struct {
	Event         eventNumber  `json:"Event"`
	GroupMsgArray []roomRecall `json:"GroupMsgArray"`
}

// roomRecall tells the members of an AVChatRoom what was recalled.
type roomRecall struct {
	Event        eventNumber    `json:"Event"`
	FromAccount  string         `json:"From_Account"`
	ToGroupID    string         `json:"ToGroupId"`
	GroupID      string         `json:"GroupId"`
	MsgSeq       int64          `json:"MsgSeq"`
	MsgRandom    uint32         `json:"MsgRandom"`
	MsgTimeStamp int64          `json:"MsgTimeStamp"`
	GroupInfo    groupInfo      `json:"GroupInfo"`
	MsgBody      roomRecallBody `json:"MsgBody"`
	RevokerInfo  *revokerInfo   `json:"RevokerInfo"`
}

type roomRecallBody struct {
	RevokeMsgList []recalledMessage `json:"RevokeMsgList"`
}

func (h *hub) roomRecall(key groupKey, e event.GroupMessagesRecalled, recalled []recalledMessage, revoker *revokerInfo) roomRecallEntry {
	return roomRecallEntry{Event: eventRoomRecall, GroupMsgArray: []roomRecall{{
		Event: eventRoomRecall, FromAccount: e.Operator, ToGroupID: key.id, GroupID: key.id, MsgSeq: e.At.UnixMilli(), MsgRandom: rand.Uint32(),
		MsgTimeStamp: e.At.Unix(), GroupInfo: newGroupInfo(key.id, e.TopicID, h.names.group(key)),
		MsgBody: roomRecallBody{RevokeMsgList: recalled}, RevokerInfo: revoker,
	}}}
}

type groupModifiedEntry struct {
	Event              eventNumber            `json:"Event"`
	GroupMsgModNotifys []modifiedGroupMessage `json:"GroupMsgModNotifys"`
}

// modifiedGroupMessage is what a message has become.
type modifiedGroupMessage struct {
	GroupID         string          `json:"GroupId"`
	TopicID         string          `json:"TopicId,omitempty"`
	FromAccount     string          `json:"From_Account"`
	MsgSeq          int64           `json:"MsgSeq"`
	MsgRandom       uint32          `json:"MsgRandom"`
	MsgTimeStamp    int64           `json:"MsgTimeStamp"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData"`
	MsgVersion      int64           `json:"MsgVersion"`
}

// groupMessageModified goes to all instances: those that have the new version leave
// it alone.
func groupMessageModified(h *hub, e event.GroupMessageModified) {
	m := e.Message
	h.toGroup(keyOf(e.GroupMessage), delivery{message: true, topic: e.TopicID, only: receivers(m), entry: func() any {
		return groupModifiedEntry{Event: eventGroupModified, GroupMsgModNotifys: []modifiedGroupMessage{{
			GroupID: e.GroupID, TopicID: e.TopicID, FromAccount: m.Sender, MsgSeq: m.Seq, MsgRandom: m.Random, MsgTimeStamp: m.Time.Unix(),
			MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData, MsgVersion: m.Version,
		}}}
	}})
}

type readBody struct {
	GroupReadInfoArray []readInfo `json:"GroupReadInfoArray"`
}

// readInfo is how far a user has read a group.
type readInfo struct {
	GroupID        string `json:"GroupId"`
	TopicID        string `json:"TopicId,omitempty"`
	LastReadMsgSeq int64  `json:"LastReadMsgSeq"`
}

// groupsRead tells the other instances of a user what he has read.
func groupsRead(h *hub, e event.GroupsRead) {
	h.toUser(e.Caller.App.SDKAppID, e.Caller.UserID, e.Caller.Instance, func() any {
		body := readBody{GroupReadInfoArray: make([]readInfo, 0, len(e.Reads))}
		for _, r := range e.Reads {
			body.GroupReadInfoArray = append(body.GroupReadInfoArray, readInfo{GroupID: r.GroupID, TopicID: r.TopicID, LastReadMsgSeq: r.Seq})
		}
		first := e.Reads[0]
		item := h.notice(groupKey{e.Caller.App.SDKAppID, first.GroupID}, first.TopicID, e.At, body)
		return tipEntry{Event: eventNotice, GroupTips: []groupTip{item}}
	})
}

type receiptBody struct {
	GroupMsgReceiptList []receiptInfo `json:"GroupMsgReceiptList"`
}

// receiptInfo is how far a message has been read.
type receiptInfo struct {
	MsgSeq        int64  `json:"MsgSeq"`
	MsgRandom     uint32 `json:"MsgRandom"`
	TinyID        string `json:"TinyId"`
	MsgClientTime int64  `json:"MsgClientTime"`
	ReadNum       int    `json:"ReadNum"`
	UnreadNum     int    `json:"UnreadNum"`
}

// groupReceipts tells senders how far their messages have been read.
func groupReceipts(h *hub, e event.GroupReceipts) {
	key := groupKey{e.Caller.App.SDKAppID, e.GroupID}
	bySender := make(map[string][]receiptInfo)
	for _, r := range e.Receipts {
		m := r.Message
		bySender[m.Sender] = append(bySender[m.Sender], receiptInfo{
			MsgSeq: m.Seq, MsgRandom: m.Random, TinyID: chat.TinyID(key.app, m.Sender), MsgClientTime: m.ClientTime,
			ReadNum: r.Read, UnreadNum: r.Unread,
		})
	}
	for sender, list := range bySender {
		h.toUser(key.app, sender, 0, func() any {
			item := h.notice(key, "", e.At, receiptBody{GroupMsgReceiptList: list})
			return tipEntry{Event: eventNotice, GroupTips: []groupTip{item}}
		})
	}
}

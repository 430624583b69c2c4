package gateway

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/group"
)

func (g *Gateway) messagePackets() []Packet {
	return []Packet{
		tolerant(serviceGroup, "send_group_msg", g.sendGroupMsg),
		packet(serviceGroup, "group_msg_get", g.groupMsgGet),
		packet(serviceGroup, "group_msg_recall", g.groupMsgRecall),
		packet(serviceGroup, "msg_read_report", g.msgReadReport),
		packet(serviceGroup, "delete_group_ramble_msg_by_seq", g.deleteGroupMsg),
		packet(serviceC2C, "modify_group_msg", g.modifyGroupMsg),
		packet(serviceGroup, "batch_get_group_notify", g.batchGetGroupNotify),
		packet(serviceGroup, "group_msg_receipt", g.groupMsgReceipt),
		packet(serviceGroup, "get_group_msg_receipt", g.getGroupMsgReceipt),
		packet(serviceGroup, "get_group_msg_receipt_detail", g.getGroupMsgReceiptDetail),
	}
}

type sendGroupMsgRequest struct {
	GroupID         string          `json:"GroupId"`
	TopicID         string          `json:"TopicId"`
	Random          *uint32         `json:"Random"`
	ClientSeq       int64           `json:"ClientSeq"`
	MsgClientTime   int64           `json:"MsgClientTime"`
	MsgPriority     string          `json:"MsgPriority"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData"`
	OnlineOnlyFlag  int             `json:"OnlineOnlyFlag"`
	GroupAtInfo     []groupAt       `json:"GroupAtInfo"`
	SendMsgControl  []string        `json:"SendMsgControl"`
	NeedReadReceipt int             `json:"NeedReadReceipt"`
	// SupportMessageExtension is 1 if key-value pairs may be attached.
	SupportMessageExtension int             `json:"SupportMessageExtension"`
	ToAccount               []string        `json:"To_Account"`
	ForbidCallbackControl   []string        `json:"ForbidCallbackControl"`
	OfflinePushInfo         json.RawMessage `json:"OfflinePushInfo"`
}

type sendGroupMsgAnswer struct {
	Status

	MsgTime       int64  `json:"MsgTime"`
	MsgSeq        int64  `json:"MsgSeq"`
	MsgDropReason string `json:"MsgDropReason,omitempty"`
}

// sendGroupMsg sends a message. A request of which something cannot be read is
// refused like any other, so that the app hears of it.
func (g *Gateway) sendGroupMsg(ctx context.Context, r *request, q *sendGroupMsgRequest, fault *chat.Error) (*sendGroupMsgAnswer, error) {
	send := &group.SendRequest{
		GroupID: q.GroupID, TopicID: q.TopicID, Random: q.Random, Priority: q.MsgPriority, MsgBody: q.MsgBody,
		CloudCustomData: q.CloudCustomData, OnlineOnly: q.OnlineOnlyFlag > 0,
		NoUnread: slices.Contains(q.SendMsgControl, "NoUnread"), NoLastMsg: slices.Contains(q.SendMsgControl, "NoLastMsg"),
		NeedReadReceipt: q.NeedReadReceipt == 1, SupportExtension: q.SupportMessageExtension == 1,
		SkipBefore: slices.Contains(q.ForbidCallbackControl, "ForbidBeforeSendMsgCallback"),
		SkipAfter:  slices.Contains(q.ForbidCallbackControl, "ForbidAfterSendMsgCallback"),
		To:         q.ToAccount, Mentions: mentions(q.GroupAtInfo), ClientTime: q.MsgClientTime, ClientSeq: q.ClientSeq, Fault: fault,
	}
	sent, err := g.Groups.Send(ctx, r.caller, send)
	if err != nil {
		return nil, err
	}
	answer := &sendGroupMsgAnswer{MsgTime: sent.Time.Unix(), MsgSeq: sent.Seq, MsgDropReason: sent.DropReason}
	if send.OnlineOnly {
		answer.MsgSeq = 0
	}
	return answer, nil
}

func mentions(list []groupAt) []chat.Mention {
	found := make([]chat.Mention, 0, len(list))
	for _, at := range list {
		m := chat.Mention{All: at.GroupAtAllFlag == 1}
		if !m.All {
			m.UserID = at.GroupAtAccount
		}
		found = append(found, m)
	}
	return found
}

// getTypeSeqs is the GetType of a request for single messages.
const getTypeSeqs = 3

type groupMsgGetRequest struct {
	GroupID         string  `json:"GroupId"`
	TopicID         string  `json:"TopicId"`
	ReqMsgNumber    int     `json:"ReqMsgNumber"`
	ReqMsgSeq       int64   `json:"ReqMsgSeq"`
	WithRecalledMsg int     `json:"WithRecalledMsg"`
	GetType         int     `json:"GetType"`
	ReqMsgSeqList   []int64 `json:"ReqMsgSeqList"`
}

type groupMsgGetAnswer struct {
	Status

	GroupID string `json:"GroupId"`
	// IsFinished is 2 if nothing is older, else 1.
	IsFinished      int     `json:"IsFinished"`
	NextReqMsgSeq   int64   `json:"NextReqMsgSeq"`
	RspMsgList      []any   `json:"RspMsgList"`
	InvisibleMsgSeq []int64 `json:"InvisibleMsgSeq"`
}

func (g *Gateway) groupMsgGet(ctx context.Context, r *request, q *groupMsgGetRequest) (*groupMsgGetAnswer, error) {
	wanted := group.ScrollRequest{GroupID: q.GroupID, TopicID: q.TopicID, Number: q.ReqMsgNumber, Seq: q.ReqMsgSeq}
	if q.GetType == getTypeSeqs {
		wanted.Seqs = append([]int64{}, q.ReqMsgSeqList...)
	}
	page, err := g.Groups.Scroll(ctx, r.caller, wanted)
	if err != nil {
		return nil, err
	}
	answer := &groupMsgGetAnswer{
		GroupID: q.GroupID, IsFinished: 1, NextReqMsgSeq: page.Next, RspMsgList: make([]any, 0, len(page.Messages)),
		InvisibleMsgSeq: append([]int64{}, page.Hidden...),
	}
	if page.Finished {
		answer.IsFinished = 2
	}
	at := where{
		app: r.caller.App.SDKAppID, groupID: q.GroupID, topicID: q.TopicID,
		name: nameOf(page.Group),
	}
	for i := range page.Messages {
		m := &page.Messages[i]
		if m.Place == chat.PlaceRecalled && q.WithRecalledMsg != 1 {
			answer.InvisibleMsgSeq = append(answer.InvisibleMsgSeq, m.Seq)
			continue
		}
		answer.RspMsgList = append(answer.RspMsgList, at.item(m, page.Persons[m.Sender], page.NameCards[m.Sender], r.caller.UserID))
	}
	return answer, nil
}

// msgSeq is one entry of a MsgSeqList or a DelMsgList.
type msgSeq struct {
	MsgSeq int64 `json:"MsgSeq"`
}

func seqsOf(list []msgSeq) []int64 {
	seqs := make([]int64, 0, len(list))
	for _, i := range list {
		seqs = append(seqs, i.MsgSeq)
	}
	return seqs
}

type groupMsgRecallRequest struct {
	GroupID    string   `json:"GroupId"`
	TopicID    string   `json:"TopicId"`
	MsgSeqList []msgSeq `json:"MsgSeqList"`
	Reason     string   `json:"Reason"`
}

type groupMsgRecallAnswer struct {
	Status

	RecallRetList []recallResult `json:"RecallRetList,omitempty"`
}

type recallResult struct {
	MsgSeq  int64  `json:"MsgSeq"`
	RetCode int    `json:"RetCode"`
	RetMsg  string `json:"RetMsg,omitempty"`
}

func (g *Gateway) groupMsgRecall(ctx context.Context, r *request, q *groupMsgRecallRequest) (*groupMsgRecallAnswer, error) {
	seqs := seqsOf(q.MsgSeqList)
	results, err := g.Groups.Recall(ctx, r.caller, group.RecallRequest{GroupID: q.GroupID, TopicID: q.TopicID, Seqs: seqs, Reason: q.Reason})
	if err != nil {
		return nil, err
	}
	answer := &groupMsgRecallAnswer{RecallRetList: make([]recallResult, 0, len(seqs))}
	for _, seq := range seqs {
		result := recallResult{MsgSeq: seq}
		if refusal := results[seq]; refusal != nil {
			result.RetCode, result.RetMsg = refusal.Code, refusal.Text
		}
		answer.RecallRetList = append(answer.RecallRetList, result)
	}
	return answer, nil
}

type msgReadReportRequest struct {
	GroupID      string `json:"GroupId"`
	TopicID      string `json:"TopicId"`
	MsgReadedSeq int64  `json:"MsgReadedSeq"`
}

func (g *Gateway) msgReadReport(ctx context.Context, r *request, q *msgReadReportRequest) (*done, error) {
	return nil, g.Groups.Read(ctx, r.caller, event.GroupRead{GroupID: q.GroupID, TopicID: q.TopicID, Seq: q.MsgReadedSeq})
}

type deleteGroupMsgRequest struct {
	GroupID string   `json:"GroupId"`
	TopicID string   `json:"TopicId"`
	Seqs    []string `json:"Seqs"`
}

func (g *Gateway) deleteGroupMsg(ctx context.Context, r *request, q *deleteGroupMsgRequest) (*done, error) {
	seqs := make([]int64, 0, len(q.Seqs))
	for _, text := range q.Seqs {
		seq, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, chat.ErrParameter.Because("Seqs has an entry that is no number")
		}
		seqs = append(seqs, seq)
	}
	return nil, g.Groups.Hide(ctx, r.caller, q.GroupID, q.TopicID, seqs)
}

type modifyGroupMsgRequest struct {
	GroupID         string          `json:"GroupId"`
	TopicID         string          `json:"TopicId"`
	MsgSeq          int64           `json:"MsgSeq"`
	MsgVersion      int64           `json:"MsgVersion"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData *string         `json:"CloudCustomData"`
}

// modifyMsgAnswer says what the message is now.
type modifyMsgAnswer struct {
	Status

	MsgVersion      int64           `json:"MsgVersion"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData"`
}

// modifyGroupMsg changes a message. Who was too late gets what it is now beside the
// refusal.
func (g *Gateway) modifyGroupMsg(ctx context.Context, r *request, q *modifyGroupMsgRequest) (*modifyMsgAnswer, error) {
	m, err := g.Groups.Modify(ctx, r.caller, group.ModifyRequest{
		GroupID: q.GroupID, TopicID: q.TopicID, Seq: q.MsgSeq, Version: q.MsgVersion, MsgBody: q.MsgBody, CloudCustomData: q.CloudCustomData,
	})
	if m == nil {
		return &modifyMsgAnswer{MsgBody: noBody}, err
	}
	return &modifyMsgAnswer{MsgVersion: m.Version, MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData}, err
}

// maxNotifyQueries bounds of how many groups a client asks for recalls at once.
const maxNotifyQueries = 100

type batchGetGroupNotifyRequest struct {
	NotifyReqList []struct {
		GroupID string `json:"GroupId"`
		// BeginTime and EndTime are in microseconds; an EndTime of 0 is now.
		BeginTime int64 `json:"BeginTime"`
		EndTime   int64 `json:"EndTime"`
	} `json:"NotifyReqList"`
}

type batchGetGroupNotifyAnswer struct {
	Status

	NotifyRspList []groupNotify `json:"NotifyRspList"`
}

// groupNotify is what was recalled in a group.
type groupNotify struct {
	GroupID       string         `json:"GroupId"`
	NotifyMsgList []recallNotify `json:"NotifyMsgList"`
	// NextMsgTime is where to go on, in microseconds; 0 is the end.
	NextMsgTime int64 `json:"NextMsgTime"`
}

type recallNotify struct {
	MsgSeq      int64        `json:"MsgSeq"`
	MsgRandom   uint32       `json:"MsgRandom"`
	RevokerInfo *revokerInfo `json:"RevokerInfo"`
}

// batchGetGroupNotify lists what was recalled while a client was away. A group that
// it may not read has nothing to tell.
func (g *Gateway) batchGetGroupNotify(ctx context.Context, r *request, q *batchGetGroupNotifyRequest) (*batchGetGroupNotifyAnswer, error) {
	if len(q.NotifyReqList) > maxNotifyQueries {
		return nil, chat.ErrParameter.Because("NotifyReqList has at most %d entries", maxNotifyQueries)
	}
	answer := &batchGetGroupNotifyAnswer{NotifyRspList: make([]groupNotify, 0, len(q.NotifyReqList))}
	for _, wanted := range q.NotifyReqList {
		until := g.Clock()
		if wanted.EndTime > 0 {
			until = time.UnixMicro(wanted.EndTime)
		}
		found := groupNotify{GroupID: wanted.GroupID, NotifyMsgList: []recallNotify{}}
		recalled, next, err := g.Groups.Recalled(ctx, r.caller, wanted.GroupID, time.UnixMicro(wanted.BeginTime), until)
		if err == nil && !next.IsZero() {
			found.NextMsgTime = next.UnixMicro()
		}
		for i := range recalled {
			m := &recalled[i]
			found.NotifyMsgList = append(found.NotifyMsgList, recallNotify{MsgSeq: m.Seq, MsgRandom: m.Random, RevokerInfo: newRevokerInfo(m.Recall)})
		}
		answer.NotifyRspList = append(answer.NotifyRspList, found)
	}
	return answer, nil
}

type groupMsgReceiptRequest struct {
	GroupID    string   `json:"GroupId"`
	MsgSeqList []msgSeq `json:"MsgSeqList"`
}

func (g *Gateway) groupMsgReceipt(ctx context.Context, r *request, q *groupMsgReceiptRequest) (*done, error) {
	return nil, g.Groups.Acknowledge(ctx, r.caller, q.GroupID, seqsOf(q.MsgSeqList))
}

type getGroupMsgReceiptAnswer struct {
	Status

	GroupMsgReceiptList []receiptCount `json:"GroupMsgReceiptList"`
}

type receiptCount struct {
	MsgSeq    int64 `json:"MsgSeq"`
	Code      int   `json:"Code"`
	ReadNum   int   `json:"ReadNum"`
	UnreadNum int   `json:"UnreadNum"`
}

func (g *Gateway) getGroupMsgReceipt(ctx context.Context, r *request, q *groupMsgReceiptRequest) (*getGroupMsgReceiptAnswer, error) {
	receipts, err := g.Groups.Receipts(ctx, r.caller, q.GroupID, seqsOf(q.MsgSeqList))
	answer := &getGroupMsgReceiptAnswer{GroupMsgReceiptList: make([]receiptCount, 0, len(receipts))}
	for _, receipt := range receipts {
		c := receiptCount{MsgSeq: receipt.Seq, ReadNum: receipt.Read, UnreadNum: receipt.Unread}
		if receipt.Err != nil {
			c.Code = receipt.Err.Code
		}
		answer.GroupMsgReceiptList = append(answer.GroupMsgReceiptList, c)
	}
	return answer, err
}

type receiptDetailRequest struct {
	GroupID string `json:"GroupId"`
	MsgSeq  int64  `json:"MsgSeq"`
	// Flag is 0 for those who have read the message, 1 for those who have not.
	Flag   int    `json:"Flag"`
	Cursor string `json:"Cursor"`
	Num    int    `json:"Num"`
}

type receiptDetailAnswer struct {
	Status

	Cursor     string         `json:"Cursor"`
	IsFinish   int            `json:"IsFinish"`
	ReadList   []readMember   `json:"ReadList"`
	UnreadList []unreadMember `json:"UnreadList"`
}

type readMember struct {
	ReadAccount string `json:"Read_Account"`
}

type unreadMember struct {
	UnreadAccount string `json:"Unread_Account"`
}

// getGroupMsgReceiptDetail lists who has read a message. The cursor is how many were
// listed before.
func (g *Gateway) getGroupMsgReceiptDetail(ctx context.Context, r *request, q *receiptDetailRequest) (*receiptDetailAnswer, error) {
	offset := 0
	if q.Cursor != "" {
		var err error
		if offset, err = strconv.Atoi(q.Cursor); err != nil {
			return nil, chat.ErrParameter.Because("Cursor is none that was returned")
		}
	}
	ids, more, err := g.Groups.Readers(ctx, r.caller, group.ReadersRequest{
		GroupID: q.GroupID, Seq: q.MsgSeq, Unread: q.Flag == 1, Offset: offset, Limit: q.Num,
	})
	if err != nil {
		return nil, err
	}
	answer := &receiptDetailAnswer{IsFinish: bit(!more), ReadList: []readMember{}, UnreadList: []unreadMember{}}
	if more {
		answer.Cursor = strconv.Itoa(offset + len(ids))
	}
	for _, id := range ids {
		if q.Flag == 1 {
			answer.UnreadList = append(answer.UnreadList, unreadMember{id})
		} else {
			answer.ReadList = append(answer.ReadList, readMember{id})
		}
	}
	return answer, nil
}

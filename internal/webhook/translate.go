package webhook

import (
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func groupBeforeSendMsg(e event.BeforeGroupMessage) callback.Body {
	m := e.Message
	return callback.GroupBeforeSendMsg{
		GroupID: e.GroupID, Type: string(e.Type), FromAccount: m.Sender, OperatorAccount: e.Caller.UserID, Random: m.Random,
		MsgID: messageID(e.Caller, m), OnlineOnlyFlag: bit(m.OnlineOnly), MsgBody: elements(m.Body.Elements),
		CloudCustomData: m.CloudCustomData, TopicID: e.TopicID, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterSendMsg(e event.GroupMessageSent) callback.Body {
	m := e.Message
	return callback.GroupAfterSendMsg{
		GroupID: e.GroupID, Type: string(e.Type), FromAccount: m.Sender, OperatorAccount: e.Caller.UserID, Random: m.Random,
		MsgSeq: m.Seq, MsgTime: m.Time.Unix(), MsgID: messageID(e.Caller, m), OnlineOnlyFlag: bit(m.OnlineOnly),
		MsgBody: elements(m.Body.Elements), GroupAtInfo: mentions(m.Mentions), CloudCustomData: m.CloudCustomData, TopicID: e.TopicID, EventTime: m.Time.UnixMilli(),
	}
}

func groupSendMsgException(e event.GroupMessageRefused) callback.Body {
	m := e.Message
	return callback.GroupSendMsgException{
		GroupID: e.GroupID, Type: string(e.Type), FromAccount: m.Sender, OperatorAccount: e.Caller.UserID, Random: m.Random,
		OnlineOnlyFlag: bit(m.OnlineOnly), MsgBody: elements(m.Body.Elements), CloudCustomData: m.CloudCustomData,
		ErrorCode: e.Err.Code, ErrorInfo: e.Err.Text, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterRecallMsg(e event.GroupMessagesRecalled) callback.Body {
	recalled := make([]callback.GroupRecalledMsg, 0, len(e.Seqs))
	for i, seq := range e.Seqs {
		recalled = append(recalled, callback.GroupRecalledMsg{MsgSeq: seq})
		if i < len(e.Messages) {
			recalled[i].MsgID = messageID(e.Caller, &e.Messages[i])
		}
	}
	return callback.GroupAfterRecallMsg{
		OperatorAccount: e.Operator, Type: string(e.Type), GroupID: e.GroupID, MsgSeqList: recalled, TopicID: e.TopicID,
		EventTime: e.At.UnixMilli(),
	}
}

func officialBeforeSendMsg(e event.BeforeOfficialMessage) callback.Body {
	m := e.Message
	return callback.OfficialAccountBeforeSendMsg{
		OfficialAccount: e.OfficialID, OnlineOnlyFlag: bit(m.OnlineOnly), MsgBody: elements(m.Body.Elements),
		CloudCustomData: m.CloudCustomData, EventTime: e.At.UnixMilli(),
	}
}

func officialAfterSendMsg(e event.OfficialMessageSent) callback.Body {
	m := e.Message
	return callback.OfficialAccountAfterSendMsg{
		OfficialAccount: e.OfficialID, MsgKey: chat.MsgKey(m.Seq, m.Time), MsgTime: m.Time.Unix(), OnlineOnlyFlag: bit(m.OnlineOnly),
		MsgBody: elements(m.Body.Elements), CloudCustomData: m.CloudCustomData, EventTime: m.Time.UnixMilli(),
	}
}

func officialAfterMsgWithdraw(e event.OfficialMessagesRecalled) callback.Body {
	withdrawn := make([]callback.WithdrawnMsg, 0, len(e.MsgKeys))
	for _, key := range e.MsgKeys {
		withdrawn = append(withdrawn, callback.WithdrawnMsg{MsgKey: key})
	}
	return callback.OfficialAccountAfterMsgWithdraw{
		OfficialAccount: e.OfficialID, WithdrawMsgList: withdrawn, EventTime: e.At.UnixMilli(),
	}
}

// messageOf returns the message that a question is about, nil if it is about
// something else.
func messageOf(question event.Event) *chat.Message {
	switch q := question.(type) {
	case event.BeforeGroupMessage:
		return q.Message
	case event.BeforeOfficialMessage:
		return q.Message
	case event.BeforePairMessage:
		return q.Message
	}
	return nil
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func elements(body []chat.Element) []callback.MsgElement {
	out := make([]callback.MsgElement, 0, len(body))
	for _, e := range body {
		out = append(out, callback.MsgElement(e))
	}
	return out
}

func mentions(list []chat.Mention) []callback.GroupAt {
	out := make([]callback.GroupAt, 0, len(list))
	for _, m := range list {
		out = append(out, callback.GroupAt{GroupAtAllFlag: bit(m.All), UserID: m.UserID})
	}
	return out
}

// Ping is the body of the event with which an address is tried out.
func Ping(now time.Time) callback.Body {
	return callback.Ping{EventTime: now.UnixMilli()}
}

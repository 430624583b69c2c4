package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func c2cBeforeSendMsg(e event.BeforePairMessage) callback.Body {
	m := e.Message
	return callback.C2CBeforeSendMsg{
		FromAccount: m.Sender, ToAccount: e.To, MsgSeq: m.ClientSeq, MsgRandom: m.Random, MsgTime: e.At.Unix(),
		MsgKey: chat.PairKeyOf(m).String(), MsgID: messageID(e.Caller, m), OnlineOnlyFlag: bit(m.OnlineOnly),
		MsgBody: elements(m.Body.Elements), CloudCustomData: m.CloudCustomData, EventTime: e.At.UnixMilli(),
	}
}

func c2cAfterSendMsg(e event.PairMessageSent) callback.Body {
	m := e.Message
	b := callback.C2CAfterSendMsg{
		FromAccount: m.Sender, ToAccount: e.To, MsgSeq: m.ClientSeq, MsgRandom: m.Random, MsgTime: m.Time.Unix(),
		MsgKey: chat.PairKeyOf(m).String(), MsgID: messageID(e.Caller, m), OnlineOnlyFlag: bit(m.OnlineOnly),
		ErrorInfo: callback.C2CSucceeded, UnreadMsgNum: e.Unread,
		MsgBody: elements(m.Body.Elements), CloudCustomData: m.CloudCustomData, EventTime: m.Time.UnixMilli(),
	}
	if e.Err != nil {
		b.SendMsgResult, b.ErrorInfo, b.UnreadMsgNum = e.Err.Code, e.Err.Text, -1
	}
	return b
}

func c2cAfterMsgReport(e event.PairRead) callback.Body {
	return callback.C2CAfterMsgReport{
		ReportAccount: e.UserID, PeerAccount: e.Peer, LastReadTime: e.Until, UnreadMsgNum: e.Unread, EventTime: e.At.UnixMilli(),
	}
}

func c2cAfterMsgWithdraw(e event.PairMessageRecalled) callback.Body {
	return callback.C2CAfterMsgWithdraw{
		FromAccount: e.Message.Sender, ToAccount: e.To, MsgKey: chat.PairKeyOf(e.Message).String(), UnreadMsgNum: e.Unread,
		EventTime: e.At.UnixMilli(),
	}
}

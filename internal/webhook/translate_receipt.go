package webhook

import (
	"strconv"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func groupAfterReadReceipt(e event.GroupReceipts) callback.Body {
	list := make([]callback.GroupMsgReceipt, 0, len(e.Receipts))
	for _, r := range e.Receipts {
		readers := make([]callback.GroupMember, 0, len(r.Readers))
		for _, id := range r.Readers {
			readers = append(readers, callback.GroupMember{MemberAccount: id})
		}
		list = append(list, callback.GroupMsgReceipt{MsgSeq: r.Message.Seq, ReadNum: r.Read, UnreadNum: r.Unread, ReadReceiptMembers: readers})
	}
	return callback.GroupAfterReadReceipt{
		GroupID: e.GroupID, Type: string(e.Type), GroupMsgReceiptList: list, EventTime: e.At.UnixMilli(),
	}
}

// messageID is what clients call a message that one of them sent, empty for others.
func messageID(caller chat.Caller, m *chat.Message) string {
	if m.ClientSeq == 0 || m.ClientTime == 0 || caller.App == nil {
		return ""
	}
	return chat.TinyID(caller.App.SDKAppID, m.Sender) + "-" + strconv.FormatInt(m.ClientTime, 10) + "-" + strconv.FormatUint(uint64(m.Random), 10)
}

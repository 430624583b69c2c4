package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func groupAfterAttrChanged(e event.GroupAttributesChanged) callback.Body {
	b := callback.GroupAfterGroupAttrChanged{
		GroupID: e.GroupID, Type: string(e.Type), OperatorAccount: e.Operator, OptionType: string(e.Operation), EventTime: e.At.UnixMilli(),
	}
	for _, a := range e.Changed {
		b.GroupAttr = append(b.GroupAttr, callback.GroupAttr{Key: a.Key, Value: a.Value})
	}
	return b
}

func groupAfterMsgExtension(e event.GroupExtensionsChanged) callback.Body {
	return callback.GroupAfterGroupMsgExtension{
		GroupID: e.GroupID, MsgSeq: e.Message.Seq, OperateType: int(e.Operation), ExtensionList: extensions(e.Changed), Seq: e.Version,
		EventTime: e.At.UnixMilli(),
	}
}

func c2cAfterMsgExtension(e event.PairExtensionsChanged) callback.Body {
	return callback.C2CAfterC2CMsgExtension{
		FromAccount: e.Message.Sender, ToAccount: e.To, MsgKey: chat.PairKeyOf(e.Message).String(), OperateType: int(e.Operation),
		ExtensionList: extensions(e.Changed), Seq: e.Version, EventTime: e.At.UnixMilli(),
	}
}

func extensions(list []chat.Extension) []callback.MsgExtension {
	pairs := make([]callback.MsgExtension, 0, len(list))
	for _, e := range list {
		pairs = append(pairs, callback.MsgExtension(e))
	}
	return pairs
}

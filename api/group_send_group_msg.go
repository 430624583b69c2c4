package api

import (
	"context"
	"encoding/json"
)

// SendGroupMsgRequest sends a message to a group. A send that repeats an earlier
// one within five minutes (same sender, group, Random and content) is answered
// with the result of the first and does nothing else.
//
// It fires Group.CallbackBeforeSendMsg, which may refuse, drop or rewrite, then
// Group.CallbackAfterSendMsg; or, if the message is refused,
// Group.CallbackSendMsgException.
//
// Errors: 10004 a parameter is missing or invalid; 10005 too many receivers;
// 10007 the group's type does not allow it; 10010 the group does not exist; 10015
// the GroupId is malformed; 10016 refused by the app's webhook, or a code from
// 10100 to 10200 of its own; 10017 the sender or the group is muted; 10019 the
// From_Account does not exist; 10023 more messages a second than the group takes;
// 10053 too many mentions; 10060 the group is too large for read receipts; 10061
// online messages have no read receipts; 80001 the text is refused by content
// filtering; 80002 the message is too long; 80003 the webhook failed and the app
// chose not to deliver then.
//
// Spec: group_open_http_svc/send_group_msg
type SendGroupMsgRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// Random is a number that the sender chooses anew for each message, from 0 to
	// 4294967295, otherwise 10004. Required.
	Random *uint32 `json:"Random,omitempty"`
	// MsgPriority is "High", "Normal", "Low" or "Lowest"; anything else gives
	// 10004. Messages of lower priority are the first to go when a group gets too
	// many. Optional, default "Normal".
	MsgPriority string `json:"MsgPriority,omitempty"`
	// MsgBody is an array of at least one MsgElement; anything else gives 10004.
	// With CloudCustomData it may have at most 12288 bytes as sent, otherwise
	// 80002. In Go, NewMsgBody makes one. Required.
	MsgBody json.RawMessage `json:"MsgBody"`
	// FromAccount is the sender, an account that exists, otherwise 10019; it need
	// not be a member. Optional, default the calling administrator.
	FromAccount string `json:"From_Account,omitempty"`
	// OfflinePushInfo says how the message is announced to devices that are
	// offline. Optional.
	OfflinePushInfo *OfflinePushInfo `json:"OfflinePushInfo,omitempty"`
	// ForbidCallbackControl switches webhooks off for this message:
	// "ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback". Other strings
	// are ignored; a single string will do as well. Optional.
	ForbidCallbackControl StringList `json:"ForbidCallbackControl,omitempty"`
	// OnlineOnlyFlag is 1 for a message to those members only who are online: it
	// is not stored and not counted as unread. It has no effect in an AVChatRoom.
	// Optional, default 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag,omitempty"`
	// SendMsgControl changes how this message counts: "NoUnread" not as unread,
	// "NoLastMsg" not in the list of conversations. Other strings are ignored; a
	// single string will do as well. Together with OnlineOnlyFlag 1 it gives
	// 10004; it has no effect in an AVChatRoom. Optional.
	SendMsgControl StringList `json:"SendMsgControl,omitempty"`
	// CloudCustomData is data of the app that is stored and delivered with the
	// message. It counts against the size, see MsgBody. Optional.
	CloudCustomData string `json:"CloudCustomData,omitempty"`
	// SupportMessageExtension is 1 to allow key-value extensions of the message.
	// Optional, default 0.
	SupportMessageExtension int `json:"SupportMessageExtension,omitempty"`
	// ToAccount has the UserIDs of the only members to receive the message, which
	// is then never counted as unread. At most 50, otherwise 10005. For Private,
	// Public and ChatRoom, otherwise 10007; together with OnlineOnlyFlag 1 it
	// gives 10004. Optional; without it all members receive the message.
	ToAccount []string `json:"To_Account,omitempty"`
	// TopicID is the topic of a community to send into. There are no topics yet,
	// so any gives 110013. Optional.
	TopicID string `json:"TopicId,omitempty"`
	// NeedReadReceipt is 1 to ask for read receipts, in groups of at most 200
	// members, otherwise 10060; together with OnlineOnlyFlag 1 it gives 10061.
	// Not for AVChatRoom and Community. Optional, default 0.
	NeedReadReceipt int `json:"NeedReadReceipt,omitempty"`
	// GroupAtInfo says who is mentioned, in the order of the text. At most 30,
	// otherwise 10053. Optional.
	GroupAtInfo []GroupAtInfo `json:"GroupAtInfo,omitempty"`
}

// GroupAtInfo is one mention in a group message.
type GroupAtInfo struct {
	// GroupAtAllFlag is 1 when everybody is mentioned and 0 when it is the member
	// GroupAtAccount. Optional, default 0.
	GroupAtAllFlag int `json:"GroupAtAllFlag"`
	// GroupAtAccount is the UserID of the member who is mentioned. It must be
	// there when GroupAtAllFlag is 0, otherwise 10004. Optional.
	GroupAtAccount string `json:"GroupAt_Account,omitempty"`
}

// SendGroupMsgResponse answers send_group_msg.
type SendGroupMsgResponse struct {
	Response
	// MsgTime is when the server took the message.
	MsgTime int64 `json:"MsgTime"`
	// MsgSeq is the sequence number of the message in its group or topic.
	// Messages to online members only have a sequence of their own.
	MsgSeq int64 `json:"MsgSeq"`
	// MsgDropReason says why a message was dropped although the call succeeded,
	// which happens only to messages of low priority in an AVChatRoom that gets
	// too many. It is left out when the message was not dropped.
	MsgDropReason string `json:"MsgDropReason,omitempty"`
}

// SendGroupMsg sends a message to a group.
func (c *Client) SendGroupMsg(ctx context.Context, request *SendGroupMsgRequest) (*SendGroupMsgResponse, error) {
	return call[SendGroupMsgResponse](ctx, c, GroupService, "send_group_msg", request)
}

package api

import (
	"context"
	"encoding/json"
)

// SendOfficialAccountMsgRequest sends a message to all subscribers of an official
// account. A send that repeats an earlier one within five minutes (same official
// account, Random and content) is answered with the result of the first and does
// nothing else.
//
// It fires OfficialAccount.CallbackBeforeSendMsg, which may refuse, drop or
// rewrite, then OfficialAccount.CallbackAfterSendMsg.
//
// Errors: 6017 a parameter is missing or invalid; 10016 refused by the app's
// webhook, or a code from 120001 to 130000 of its own; 10023 more messages than
// the official account may send, which is one a second unless set otherwise;
// 80001 the text is refused by content filtering; 80002 the message is too long;
// 80003 the webhook failed and the app chose not to deliver then; 130004 the
// official account does not exist.
//
// Spec: official_account_open_http_svc/send_official_account_msg
type SendOfficialAccountMsgRequest struct {
	// OfficialAccount is the ID of the sender; an unknown one gives 130004.
	// Required.
	OfficialAccount string `json:"Official_Account"`
	// Random is a number that the sender chooses anew for each message, from 0 to
	// 4294967295, otherwise 6017. Required.
	Random *uint32 `json:"Random,omitempty"`
	// MsgBody is an array of at least one MsgElement; anything else gives 6017.
	// With CloudCustomData it may have at most 12288 bytes as sent, otherwise
	// 80002. In Go, NewMsgBody makes one. Required.
	MsgBody json.RawMessage `json:"MsgBody"`
	// OfflinePushInfo says how the message is announced to devices that are
	// offline. Optional.
	OfflinePushInfo *OfflinePushInfo `json:"OfflinePushInfo,omitempty"`
	// ForbidCallbackControl switches webhooks off for this message:
	// "ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback". Other strings
	// are ignored; a single string will do as well. Optional.
	ForbidCallbackControl StringList `json:"ForbidCallbackControl,omitempty"`
	// OnlineOnlyFlag is 1 for a message to those subscribers only who are online;
	// it is not stored. Optional, default 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag,omitempty"`
	// SendMsgControl changes how this message counts: "NoLastMsg" not in the list
	// of conversations. Other strings are ignored; a single string will do as
	// well. Together with OnlineOnlyFlag 1 it gives 6017. Optional.
	SendMsgControl StringList `json:"SendMsgControl,omitempty"`
	// CloudCustomData is data of the app that is stored and delivered with the
	// message. It counts against the size, see MsgBody. Optional.
	CloudCustomData string `json:"CloudCustomData,omitempty"`
}

// SendOfficialAccountMsgResponse answers send_official_account_msg.
type SendOfficialAccountMsgResponse struct {
	Response
	// MsgTime is when the server took the message.
	MsgTime int64 `json:"MsgTime"`
	// MsgKey names the message, for instance in a recall: the sequence number,
	// the constant 1 and the time, joined by underscores.
	MsgKey string `json:"MsgKey"`
}

// SendOfficialAccountMsg sends a message to all subscribers of an official
// account.
func (c *Client) SendOfficialAccountMsg(ctx context.Context, request *SendOfficialAccountMsgRequest) (*SendOfficialAccountMsgResponse, error) {
	return call[SendOfficialAccountMsgResponse](ctx, c, OfficialService, "send_official_account_msg", request)
}

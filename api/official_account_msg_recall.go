package api

import "context"

// OfficialAccountMsgRecallRequest recalls up to 10 messages of an official
// account. A message may be recalled as long as it is kept. This cannot be
// undone.
//
// It fires OfficialAccount.CallbackAfterMsgWithDraw.
//
// Errors: 6017 a parameter is missing or invalid; 130004 the official account
// does not exist.
//
// Spec: official_account_open_http_svc/official_account_msg_recall
type OfficialAccountMsgRecallRequest struct {
	// OfficialAccount is the ID; an unknown one gives 130004. Required.
	OfficialAccount string `json:"Official_Account"`
	// MsgKeyList has the keys of the messages, as send_official_account_msg
	// returned them. At most 10, otherwise 6017. Required.
	MsgKeyList []string `json:"MsgKeyList"`
	// Reason is told to the subscribers. At most 100 bytes, otherwise 6017.
	// Optional.
	Reason string `json:"Reason,omitempty"`
}

// OfficialAccountMsgRecallResponse answers official_account_msg_recall.
// ErrorCode stays 0 when only some messages were not recalled.
type OfficialAccountMsgRecallResponse struct {
	Response
	// RecallRetList has an entry for each message of the request, in its order.
	RecallRetList []OfficialAccountMsgRecallResult `json:"RecallRetList"`
}

// OfficialAccountMsgRecallResult says whether one message was recalled.
type OfficialAccountMsgRecallResult struct {
	// MsgKey names the message.
	MsgKey string `json:"MsgKey"`
	// RetCode is 0 when the message is recalled, now or before; 10030 when there
	// is none of this key; 90054 when the key is malformed.
	RetCode int `json:"RetCode"`
}

// OfficialAccountMsgRecall recalls up to 10 messages of an official account.
func (c *Client) OfficialAccountMsgRecall(ctx context.Context, request *OfficialAccountMsgRecallRequest) (*OfficialAccountMsgRecallResponse, error) {
	return call[OfficialAccountMsgRecallResponse](ctx, c, OfficialService, "official_account_msg_recall", request)
}

package api

import "context"

// GroupMsgRecallRequest recalls up to 10 messages of a group. An administrator
// may recall a message as long as it is kept. This cannot be undone.
//
// It fires Group.CallbackAfterRecallMsg.
//
// Errors: 10004 a parameter is missing or invalid; 10010 the group does not
// exist.
//
// Spec: group_open_http_svc/group_msg_recall
type GroupMsgRecallRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// MsgSeqList has the messages. At most 10, otherwise 10004. Required.
	MsgSeqList []GroupMsgRecallItem `json:"MsgSeqList"`
	// TopicID is the topic of a community that has the messages. Optional.
	TopicID string `json:"TopicId,omitempty"`
	// Reason is told to the members. At most 100 bytes, otherwise 10004.
	// Optional.
	Reason string `json:"Reason,omitempty"`
}

// GroupMsgRecallItem is one message to recall.
type GroupMsgRecallItem struct {
	// MsgSeq is the sequence number of the message. Required.
	MsgSeq int64 `json:"MsgSeq"`
}

// GroupMsgRecallResponse answers group_msg_recall. ErrorCode stays 0 when only
// some messages were not recalled.
type GroupMsgRecallResponse struct {
	Response
	// RecallRetList has an entry for each message of the request, in its order.
	RecallRetList []GroupMsgRecallResult `json:"RecallRetList"`
}

// GroupMsgRecallResult says whether one message was recalled.
type GroupMsgRecallResult struct {
	// MsgSeq is the sequence number of the message.
	MsgSeq int64 `json:"MsgSeq"`
	// RetCode is 0 when the message is recalled, now or before; 10030 when there
	// is none of this number; 10032 when it cannot be recalled; 10033 when
	// messages of this group's type cannot.
	RetCode int `json:"RetCode"`
}

// GroupMsgRecall recalls up to 10 messages of a group.
func (c *Client) GroupMsgRecall(ctx context.Context, request *GroupMsgRecallRequest) (*GroupMsgRecallResponse, error) {
	return call[GroupMsgRecallResponse](ctx, c, GroupService, "group_msg_recall", request)
}

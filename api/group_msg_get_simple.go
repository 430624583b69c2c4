package api

import "context"

// Values of GroupMsgGetSimpleResponse.IsFinished.
const (
	// HistoryCut says that the answer was cut and there is more.
	HistoryCut = 0
	// HistoryComplete says that all that was asked for was returned.
	HistoryComplete = 1
	// HistoryExpired says that the range reaches messages that have expired.
	HistoryExpired = 2
)

// Values of HistoryMessage.IsPlaceMsg.
const (
	// PlaceNone marks an ordinary message.
	PlaceNone = 0
	// PlaceGone marks the place of a message that was deleted, has expired or
	// was never stored.
	PlaceGone = 1
	// PlaceRecalled marks a message that was recalled.
	PlaceRecalled = 2
)

// GroupMsgGetSimpleRequest reads the history of a group backwards.
//
// Errors: 10004 a parameter is missing or invalid; 10010 the group does not
// exist; 10044 the group's type keeps no history, as AVChatRoom.
//
// Spec: group_open_http_svc/group_msg_get_simple
type GroupMsgGetSimpleRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// ReqMsgNumber is how many messages to return. Less than 1 gives 10004; at
	// most 20 are returned. Required.
	ReqMsgNumber int `json:"ReqMsgNumber"`
	// ReqMsgSeq is the largest sequence number to return; to read on, it is the
	// smallest one of the previous answer less 1. Optional; without it, or with
	// 0, the newest messages are returned.
	ReqMsgSeq int64 `json:"ReqMsgSeq,omitempty"`
	// WithRecalledMsg is 1 to return what recalled messages said; without it only
	// their places are returned. Optional, default 0.
	WithRecalledMsg int `json:"WithRecalledMsg,omitempty"`
	// TopicID is the topic of a community whose history is wanted. Optional.
	TopicID string `json:"TopicId,omitempty"`
}

// GroupMsgGetSimpleResponse answers group_msg_get_simple.
type GroupMsgGetSimpleResponse struct {
	Response
	// GroupID names the group.
	GroupID string `json:"GroupId"`
	// IsFinished is 1 when all that was asked for was returned, 0 when the answer
	// was cut, and 2 when the range reaches messages that have expired.
	IsFinished int `json:"IsFinished"`
	// RspMsgList has the messages, the newest first.
	RspMsgList []HistoryMessage `json:"RspMsgList"`
}

// HistoryMessage is a message in the history of a group.
type HistoryMessage struct {
	// FromAccount is the sender.
	FromAccount string `json:"From_Account"`
	// IsPlaceMsg is 0 for an ordinary message, 1 for the place of a message that
	// was deleted, has expired or was never stored, and 2 for a message that was
	// recalled.
	IsPlaceMsg int `json:"IsPlaceMsg"`
	// IsSystemMsg is 1 for a tip, which the server makes when members or the
	// profile change. Only its place is returned: IsPlaceMsg is 1 and MsgBody
	// empty. It is left out otherwise.
	IsSystemMsg int `json:"IsSystemMsg,omitempty"`
	// MsgBody has the elements of the message. It is empty when IsPlaceMsg is 1,
	// and when it is 2 unless WithRecalledMsg asked for more.
	MsgBody []MsgElement `json:"MsgBody"`
	// MsgPriority is 1 for high, 2 for normal, 3 for low and 4 for lowest
	// priority.
	MsgPriority int `json:"MsgPriority"`
	// MsgRandom is the random number that the sender gave.
	MsgRandom uint32 `json:"MsgRandom"`
	// MsgSeq is the sequence number of the message.
	MsgSeq int64 `json:"MsgSeq"`
	// MsgTimeStamp is when the server took the message.
	MsgTimeStamp int64 `json:"MsgTimeStamp"`
	// CloudCustomData is the custom data of the message. It is left out when
	// there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`
}

// GroupMsgGetSimple reads the history of a group backwards.
func (c *Client) GroupMsgGetSimple(ctx context.Context, request *GroupMsgGetSimpleRequest) (*GroupMsgGetSimpleResponse, error) {
	return call[GroupMsgGetSimpleResponse](ctx, c, GroupService, "group_msg_get_simple", request)
}

package api

import (
	"cmp"
	"context"
)

// MuteForever is the MuteTime of a mute without end, and the MuteUntil and
// MutedUntil with which such a mute is reported.
const MuteForever uint32 = 4294967295

// ForbidSendMsgRequest mutes users in a group, or lifts their mutes. A mute
// outlasts leaving and entering again; a muted sender gets 10017. The owner and
// the app's administrators are never muted.
//
// Errors: 10004 a parameter is missing or invalid; 10005 too many users in the
// request; 10007 the group is of type Private, or one of the users is its owner or
// an administrator of the app; 10010 the group does not exist; 10019 none of the
// users exists.
//
// Spec: group_open_http_svc/forbid_send_msg
type ForbidSendMsgRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// MembersAccount has the UserIDs. At most 500, otherwise 10005. Required.
	MembersAccount []string `json:"Members_Account"`
	// MuteTime is for how many seconds from now the users are muted: 0 lifts the
	// mute, 4294967295 means for ever. A number outside 0 to 4294967295 gives
	// 10004. Its older name ShutUpTime will do as well. Required.
	MuteTime *uint32 `json:"MuteTime,omitempty"`
	// ShutUpTime is the older name of MuteTime and counts only without it.
	// Optional.
	ShutUpTime *uint32 `json:"ShutUpTime,omitempty"`
	// TopicID mutes within one topic of a community only. Optional.
	TopicID string `json:"TopicId,omitempty"`
}

// Seconds returns for how long to mute, under whichever name it was sent; nil
// means under neither.
func (r *ForbidSendMsgRequest) Seconds() *uint32 { return cmp.Or(r.MuteTime, r.ShutUpTime) }

// ForbidSendMsgResponse answers forbid_send_msg.
type ForbidSendMsgResponse struct {
	Response
}

// ForbidSendMsg mutes users in a group, or lifts their mutes.
func (c *Client) ForbidSendMsg(ctx context.Context, request *ForbidSendMsgRequest) (*ForbidSendMsgResponse, error) {
	return call[ForbidSendMsgResponse](ctx, c, GroupService, "forbid_send_msg", request)
}

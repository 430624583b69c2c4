package api

import "context"

// GetGroupShuttedUinRequest lists the users who are muted in a group. It is the
// older name of get_group_muted_account, whose answer has other names.
//
// Errors: 10004 a parameter is missing or invalid; 10007 the group is of type
// Private; 10010 the group does not exist.
//
// Spec: group_open_http_svc/get_group_shutted_uin
type GetGroupShuttedUinRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// TopicID lists the users muted within one topic of a community. Optional.
	TopicID string `json:"TopicId,omitempty"`
}

// GetGroupShuttedUinResponse answers get_group_shutted_uin.
type GetGroupShuttedUinResponse struct {
	Response
	// GroupID names the group.
	GroupID string `json:"GroupId"`
	// ShuttedUinList has the users whose mute has not ended.
	ShuttedUinList []ShuttedUin `json:"ShuttedUinList"`
}

// ShuttedUin is a user who is muted in a group, under the older names.
type ShuttedUin struct {
	// MemberAccount is the UserID.
	MemberAccount string `json:"Member_Account"`
	// ShuttedUntil is when the mute ends; 4294967295 means never.
	ShuttedUntil uint32 `json:"ShuttedUntil"`
}

// GetGroupShuttedUin lists the users who are muted in a group, under the older
// names.
func (c *Client) GetGroupShuttedUin(ctx context.Context, request *GetGroupShuttedUinRequest) (*GetGroupShuttedUinResponse, error) {
	return call[GetGroupShuttedUinResponse](ctx, c, GroupService, "get_group_shutted_uin", request)
}

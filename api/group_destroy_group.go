package api

import "context"

// DestroyGroupRequest dissolves a group. Its members are told and its
// conversation ends. This cannot be undone.
//
// It fires Group.CallbackAfterGroupDestroyed.
//
// Errors: 10004 a parameter is missing or invalid; 10010 the group does not
// exist, or not any more.
//
// Spec: group_open_http_svc/destroy_group
type DestroyGroupRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
}

// DestroyGroupResponse answers destroy_group.
type DestroyGroupResponse struct {
	Response
}

// DestroyGroup dissolves a group.
func (c *Client) DestroyGroup(ctx context.Context, request *DestroyGroupRequest) (*DestroyGroupResponse, error) {
	return call[DestroyGroupResponse](ctx, c, GroupService, "destroy_group", request)
}

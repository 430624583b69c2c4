package api

import "context"

// DeleteGroupMemberRequest removes members from a group. Users who are no
// members count as removed.
//
// It fires Group.CallbackAfterMemberExit.
//
// Errors: 10004 a parameter is missing or invalid, or the group is an AVChatRoom;
// 10005 too many members in the request; 10007 the owner cannot be removed; 10010
// the group does not exist.
//
// Spec: group_open_http_svc/delete_group_member
type DeleteGroupMemberRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// Silence is 1 to tell only the removed users and no other members. Optional,
	// default 0.
	Silence int `json:"Silence,omitempty"`
	// Reason is told to the removed users, and to the members in the tip.
	// Optional.
	Reason string `json:"Reason,omitempty"`
	// MemberToDelAccount has the UserIDs to remove. At most 500, as older clients
	// send them (today's clients send at most 100), otherwise 10005. Required.
	MemberToDelAccount []string `json:"MemberToDel_Account"`
}

// DeleteGroupMemberResponse answers delete_group_member.
type DeleteGroupMemberResponse struct {
	Response
}

// DeleteGroupMember removes members from a group.
func (c *Client) DeleteGroupMember(ctx context.Context, request *DeleteGroupMemberRequest) (*DeleteGroupMemberResponse, error) {
	return call[DeleteGroupMemberResponse](ctx, c, GroupService, "delete_group_member", request)
}

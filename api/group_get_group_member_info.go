package api

import "context"

// GetGroupMemberInfoRequest reads the members of a group page by page, in the
// order in which they joined. Communities are paged with Next, other groups with
// Offset.
//
// Errors: 10004 a parameter is missing or invalid; 10007 the group is an
// AVChatRoom; 10010 the group does not exist; 10018 the answer would be larger
// than 1 MB, so set a smaller Limit.
//
// Spec: group_open_http_svc/get_group_member_info
type GetGroupMemberInfoRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// MemberInfoFilter has the names of the fields of GroupMember to return, as
	// on the wire. MuteUntil and ShutUpUntil each bring both. Optional; without
	// it all are returned.
	MemberInfoFilter []string `json:"MemberInfoFilter,omitzero"`
	// MemberRoleFilter has the roles of the members to return: "Owner", "Admin",
	// "Member". Optional; without it members of all roles are returned.
	MemberRoleFilter []string `json:"MemberRoleFilter,omitzero"`
	// AppDefinedDataFilterGroupMember has the keys of the custom fields to
	// return. Optional; without it all are returned.
	AppDefinedDataFilterGroupMember []string `json:"AppDefinedDataFilter_GroupMember,omitzero"`
	// Limit is how many members to return. At most 6000, otherwise 10004; 100 to
	// 200 are advised. Optional; without it, or with 0, all are returned.
	Limit int `json:"Limit,omitempty"`
	// Offset is how many members to skip. Not for communities. Optional, default
	// 0.
	Offset int `json:"Offset,omitempty"`
	// Next is "" for the first page of a community and then the value of the
	// previous answer. Optional, default "".
	Next string `json:"Next,omitempty"`
}

// GetGroupMemberInfoResponse answers get_group_member_info.
type GetGroupMemberInfoResponse struct {
	Response
	// MemberNum is how many members the group has, whatever the page.
	MemberNum int `json:"MemberNum"`
	// MemberList has the members of this page.
	MemberList []GroupMember `json:"MemberList"`
	// Next is what the next request has to say, and "" after the last page. It is
	// there for communities only.
	Next *string `json:"Next,omitempty"`
}

// GetGroupMemberInfo reads the members of a group page by page.
func (c *Client) GetGroupMemberInfo(ctx context.Context, request *GetGroupMemberInfoRequest) (*GetGroupMemberInfoResponse, error) {
	return call[GetGroupMemberInfoResponse](ctx, c, GroupService, "get_group_member_info", request)
}

package api

import "context"

// GetGroupInfoRequest reads the profiles of up to 50 groups, with their members
// unless a filter leaves them out.
//
// Errors: 10004 a parameter is missing or invalid; 10018 the answer would be
// larger than 1 MB, so ask for fewer groups or fields, or read the members with
// get_group_member_info.
//
// Spec: group_open_http_svc/get_group_info
type GetGroupInfoRequest struct {
	// GroupIDList names the groups. At most 50, otherwise 10004. Required.
	GroupIDList []string `json:"GroupIdList"`
	// ResponseFilter says what to return. Optional; without it everything is
	// returned.
	ResponseFilter *GroupInfoFilter `json:"ResponseFilter,omitempty"`
}

// GroupInfoFilter says which fields of a group and of its members to return.
// Names that do not exist are ignored.
type GroupInfoFilter struct {
	// GroupBaseInfoFilter has the names of fields of GroupInfo, as on the wire.
	// MuteAllMember and ShutUpAllMember each bring both. Optional; without it all
	// are returned.
	GroupBaseInfoFilter []string `json:"GroupBaseInfoFilter,omitzero"`
	// MemberInfoFilter has the names of fields of GroupMember, as on the wire.
	// MuteUntil and ShutUpUntil each bring both. Optional; without it all are
	// returned.
	MemberInfoFilter []string `json:"MemberInfoFilter,omitzero"`
	// AppDefinedDataFilterGroup has the keys of the groups' custom fields.
	// Optional; without it all are returned.
	AppDefinedDataFilterGroup []string `json:"AppDefinedDataFilter_Group,omitzero"`
	// AppDefinedDataFilterGroupMember has the keys of the members' custom fields.
	// Optional; without it all are returned.
	AppDefinedDataFilterGroupMember []string `json:"AppDefinedDataFilter_GroupMember,omitzero"`
}

// GetGroupInfoResponse answers get_group_info. ErrorCode stays 0 when only some
// groups failed.
type GetGroupInfoResponse struct {
	Response
	// GroupInfo has an entry for each group of the request, in its order.
	GroupInfo []GroupInfo `json:"GroupInfo"`
}

// GetGroupInfo reads the profiles of up to 50 groups.
func (c *Client) GetGroupInfo(ctx context.Context, request *GetGroupInfoRequest) (*GetGroupInfoResponse, error) {
	return call[GetGroupInfoResponse](ctx, c, GroupService, "get_group_info", request)
}

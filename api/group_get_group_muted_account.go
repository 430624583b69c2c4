package api

import "context"

// GetGroupMutedAccountRequest lists the users who are muted in a group.
//
// Errors: 10004 a parameter is missing or invalid; 10007 the group is of type
// Private; 10010 the group does not exist.
//
// Spec: group_open_http_svc/get_group_muted_account
type GetGroupMutedAccountRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// TopicID lists the users muted within one topic of a community. Optional.
	TopicID string `json:"TopicId,omitempty"`
}

// GetGroupMutedAccountResponse answers get_group_muted_account.
type GetGroupMutedAccountResponse struct {
	Response
	// GroupID names the group.
	GroupID string `json:"GroupId"`
	// MutedAccountList has the users whose mute has not ended.
	MutedAccountList []MutedAccount `json:"MutedAccountList"`
}

// MutedAccount is a user who is muted in a group.
type MutedAccount struct {
	// MemberAccount is the UserID.
	MemberAccount string `json:"Member_Account"`
	// MutedUntil is when the mute ends; 4294967295 means never.
	MutedUntil uint32 `json:"MutedUntil"`
}

// GetGroupMutedAccount lists the users who are muted in a group.
func (c *Client) GetGroupMutedAccount(ctx context.Context, request *GetGroupMutedAccountRequest) (*GetGroupMutedAccountResponse, error) {
	return call[GetGroupMutedAccountResponse](ctx, c, GroupService, "get_group_muted_account", request)
}

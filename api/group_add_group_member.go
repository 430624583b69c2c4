package api

import "context"

// Values of AddGroupMemberResult.Result.
const (
	// MemberAddFailed says that the user was not added.
	MemberAddFailed = 0
	// MemberAdded says that the user is now a member.
	MemberAdded = 1
	// MemberAlready says that the user was a member before.
	MemberAlready = 2
	// MemberInvited says that the user has to consent first.
	MemberInvited = 3
)

// AddGroupMemberRequest adds up to 300 members to a group. When the group gets
// full, as many as fit are added, in the order of the request.
//
// It fires Group.CallbackBeforeInviteJoinGroup, which may refuse all users or
// some, who then get Result 0; then Group.CallbackAfterNewMemberJoin and, when
// the group has become full, Group.CallbackAfterGroupFull.
//
// Errors: 10004 a parameter is missing or invalid; 10005 too many members in the
// request; 10007 the group is an AVChatRoom; 10010 the group does not exist;
// 10014 the group is full and none fits; 10016 refused by the app's webhook, or
// a code from 10100 to 10200 of its own; 10019 none of the accounts exists.
//
// Spec: group_open_http_svc/add_group_member
type AddGroupMemberRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// Silence is 1 to add without a tip in the conversation. Optional, default 0.
	Silence int `json:"Silence,omitempty"`
	// MemberList has the users to add. At most 300, otherwise 10005. Required.
	MemberList []AddGroupMemberItem `json:"MemberList"`
}

// AddGroupMemberItem is one user to add.
type AddGroupMemberItem struct {
	// MemberAccount is the UserID. Required.
	MemberAccount string `json:"Member_Account"`
}

// AddGroupMemberResponse answers add_group_member. ErrorCode stays 0 when only
// some users were not added.
type AddGroupMemberResponse struct {
	Response
	// MemberList has an entry for each user of the request, in its order.
	MemberList []AddGroupMemberResult `json:"MemberList"`
}

// AddGroupMemberResult says whether one user was added.
type AddGroupMemberResult struct {
	// MemberAccount is the UserID.
	MemberAccount string `json:"Member_Account"`
	// Result is 0 when the user was not added, 1 when added, 2 when a member
	// before, and 3 when the user has to consent first.
	Result int `json:"Result"`
}

// AddGroupMember adds up to 300 members to a group.
func (c *Client) AddGroupMember(ctx context.Context, request *AddGroupMemberRequest) (*AddGroupMemberResponse, error) {
	return call[AddGroupMemberResponse](ctx, c, GroupService, "add_group_member", request)
}

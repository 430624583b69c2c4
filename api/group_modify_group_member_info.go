package api

import (
	"cmp"
	"context"
)

// ModifyGroupMemberInfoRequest changes a member of a group. Fields that are
// absent stay as they are.
//
// It fires Group.CallbackAfterMemberFieldChanged.
//
// Errors: 10004 a parameter is missing or invalid, or the user is no member;
// 10007 the group is an AVChatRoom, its type has no admins or no mute, or the
// role of the owner should change; 10010 the group does not exist; 80001 the name
// card is refused by content filtering.
//
// Spec: group_open_http_svc/modify_group_member_info
type ModifyGroupMemberInfoRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// MemberAccount is the UserID of the member. Required.
	MemberAccount string `json:"Member_Account"`
	// Role is "Admin" or "Member"; anything else gives 10004. Optional.
	Role *string `json:"Role,omitempty"`
	// MsgFlag says how the member gets messages: "AcceptAndNotify" with offline
	// push, "AcceptNotNotify" without, "AcceptNotNotifyExceptAt" with offline
	// push only of messages that mention the member, "Discard" not at all,
	// "NotReceiveMsgExceptAt" not at all but for messages that mention the
	// member; anything else gives 10004. Optional.
	MsgFlag *string `json:"MsgFlag,omitempty"`
	// NameCard is the name that the member goes by in the group; empty clears it.
	// At most 50 bytes, otherwise 10004. Optional.
	NameCard *string `json:"NameCard,omitempty"`
	// AppMemberDefinedData has the custom fields to set; an empty value deletes a
	// field. At most 5, otherwise 10004. Optional.
	AppMemberDefinedData []CustomField `json:"AppMemberDefinedData,omitempty"`
	// MuteTime is for how many seconds from now the member is muted: 0 lifts the
	// mute, 4294967295 means for ever. Not for Private, which gives 10007.
	// Optional.
	MuteTime *uint32 `json:"MuteTime,omitempty"`
	// ShutUpTime is the older name of MuteTime and counts only without it.
	// Optional.
	ShutUpTime *uint32 `json:"ShutUpTime,omitempty"`
}

// Seconds returns for how long to mute, under whichever name it was sent; nil
// means under neither.
func (r *ModifyGroupMemberInfoRequest) Seconds() *uint32 { return cmp.Or(r.MuteTime, r.ShutUpTime) }

// ModifyGroupMemberInfoResponse answers modify_group_member_info.
type ModifyGroupMemberInfoResponse struct {
	Response
}

// ModifyGroupMemberInfo changes a member of a group.
func (c *Client) ModifyGroupMemberInfo(ctx context.Context, request *ModifyGroupMemberInfoRequest) (*ModifyGroupMemberInfoResponse, error) {
	return call[ModifyGroupMemberInfoResponse](ctx, c, GroupService, "modify_group_member_info", request)
}

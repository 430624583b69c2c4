package api

import (
	"cmp"
	"context"
)

// ModifyGroupBaseInfoRequest changes the profile of a group. Fields that are
// absent stay as they are.
//
// It fires Group.CallbackAfterGroupInfoChanged.
//
// Errors: 10004 a parameter is missing or invalid; 10007 the group's type does
// not allow the change; 10010 the group does not exist; 10019 the From_Account
// does not exist; 10038 the member limit is too large; 80001 name, introduction
// or notice is refused by content filtering.
//
// Spec: group_open_http_svc/modify_group_base_info
type ModifyGroupBaseInfoRequest struct {
	// GroupID names the group; an unknown one gives 10010, a malformed one 10015.
	// Required.
	GroupID string `json:"GroupId"`
	// Name is the new name. From 1 to 30 bytes, otherwise 10004. Optional.
	Name *string `json:"Name,omitempty"`
	// Introduction is the new introduction; empty clears it. At most 240 bytes,
	// otherwise 10004. Optional.
	Introduction *string `json:"Introduction,omitempty"`
	// Notification is the new notice; empty clears it. At most 300 bytes,
	// otherwise 10004. Optional.
	Notification *string `json:"Notification,omitempty"`
	// FaceURL is the new address of the avatar; empty clears it. At most 100
	// bytes, otherwise 10004. Optional.
	FaceURL *string `json:"FaceUrl,omitempty"`
	// MaxMemberNum is how many members the group may have. A number beyond the
	// limit for the group's type gives 10038. Optional.
	MaxMemberNum *int `json:"MaxMemberNum,omitempty"`
	// MaxMemberCount is another name of MaxMemberNum and counts only without it.
	// Optional.
	MaxMemberCount *int `json:"MaxMemberCount,omitempty"`
	// ApplyJoinOption says how a user may join: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableApply" not
	// at all; anything else gives 10004. Optional.
	ApplyJoinOption *string `json:"ApplyJoinOption,omitempty"`
	// InviteJoinOption says how a member may invite users: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableInvite"
	// not at all; anything else gives 10004. Not for AVChatRoom. Optional.
	InviteJoinOption *string `json:"InviteJoinOption,omitempty"`
	// MuteAllMember is "On" to let only the owner, admins and the app's
	// administrators send, and "Off" to let all members send; anything else
	// gives 10004. Optional.
	MuteAllMember *string `json:"MuteAllMember,omitempty"`
	// ShutUpAllMember is the older name of MuteAllMember and counts only without
	// it. Optional.
	ShutUpAllMember *string `json:"ShutUpAllMember,omitempty"`
	// FromAccount is shown as the one who made the change, an account that
	// exists, otherwise 10019. Optional, default the calling administrator.
	FromAccount string `json:"From_Account,omitempty"`
	// EnablePermission is 1 when permission groups decide on rights and 0 when
	// not, in a community with topics. Optional.
	EnablePermission *int `json:"EnablePermission,omitempty"`
	// DefaultPermission is the mask of rights that members without a permission
	// group have, in a community with topics. Optional.
	DefaultPermission *uint64 `json:"DefaultPermission,omitempty"`
	// HistoryMsgBeforeJoin is "On" to show new members earlier messages and "Off"
	// not to; anything else gives 10004. For Private, Public and ChatRoom.
	// Optional.
	HistoryMsgBeforeJoin *string `json:"HistoryMsgBeforeJoin,omitempty"`
	// AppDefinedData has the custom fields to set; an empty value deletes a
	// field. At most 10, otherwise 10004. Optional.
	AppDefinedData []CustomField `json:"AppDefinedData,omitempty"`
}

// MemberLimit returns the wanted limit under whichever name it was sent; nil
// means under neither.
func (r *ModifyGroupBaseInfoRequest) MemberLimit() *int {
	return cmp.Or(r.MaxMemberNum, r.MaxMemberCount)
}

// MuteAll returns "On" or "Off", or whatever else was sent, under whichever name
// it was sent; nil means under neither.
func (r *ModifyGroupBaseInfoRequest) MuteAll() *string {
	return cmp.Or(r.MuteAllMember, r.ShutUpAllMember)
}

// ModifyGroupBaseInfoResponse answers modify_group_base_info.
type ModifyGroupBaseInfoResponse struct {
	Response
}

// ModifyGroupBaseInfo changes the profile of a group.
func (c *Client) ModifyGroupBaseInfo(ctx context.Context, request *ModifyGroupBaseInfoRequest) (*ModifyGroupBaseInfoResponse, error) {
	return call[ModifyGroupBaseInfoResponse](ctx, c, GroupService, "modify_group_base_info", request)
}

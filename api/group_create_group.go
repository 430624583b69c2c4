package api

import (
	"cmp"
	"context"
)

// CreateGroupRequest creates a group.
//
// It fires Group.CallbackBeforeCreateGroup, which may refuse, and
// Group.CallbackAfterCreateGroup.
//
// Errors: 10004 a parameter is missing or invalid; 10005 too many initial
// members; 10007 initial members in an AVChatRoom; 10016 refused by the app's
// webhook, or a code from 10100 to 10200 of its own; 10019 the owner does not
// exist; 10021 the GroupId is taken; 10025 it is taken by a group of the same
// owner; 10038 the member limit is too large; 80001 name, introduction or notice
// is refused by content filtering.
//
// Spec: group_open_http_svc/create_group
type CreateGroupRequest struct {
	// OwnerAccount is the owner, an account that exists, otherwise 10019. The
	// owner becomes a member. Optional; without it the group has no owner.
	OwnerAccount string `json:"Owner_Account,omitempty"`
	// Type is "Private" (also "Work"), "Public", "ChatRoom" (also "Meeting"),
	// "AVChatRoom" or "Community"; anything else gives 10004. Required.
	Type string `json:"Type"`
	// GroupID is the name that the group shall have. At most 48 bytes of
	// printable ASCII, not beginning with @TGS#; that of a community begins with
	// @TGS#_ and not with @TGS#_@TGS#. Anything else gives 10004. Optional;
	// without it the server makes one.
	GroupID string `json:"GroupId,omitempty"`
	// Name is the name of the group. At most 30 bytes, otherwise 10004.
	// Required.
	Name string `json:"Name"`
	// Introduction introduces the group. At most 240 bytes, otherwise 10004.
	// Optional.
	Introduction string `json:"Introduction,omitempty"`
	// Notification is the notice of the group. At most 300 bytes, otherwise
	// 10004. Optional.
	Notification string `json:"Notification,omitempty"`
	// FaceURL is the address of the avatar. At most 100 bytes, otherwise 10004.
	// Optional.
	FaceURL string `json:"FaceUrl,omitempty"`
	// MaxMemberCount is how many members the group may have. A number beyond the
	// limit for the group's type gives 10038. Optional; without it that limit
	// holds.
	MaxMemberCount *int `json:"MaxMemberCount,omitempty"`
	// MaxMemberNum is another name of MaxMemberCount and counts only without it.
	// Optional.
	MaxMemberNum *int `json:"MaxMemberNum,omitempty"`
	// ApplyJoinOption says how a user may join: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableApply" not
	// at all; anything else gives 10004. It has a meaning for types whose
	// members apply. Optional; the default goes by the type.
	ApplyJoinOption string `json:"ApplyJoinOption,omitempty"`
	// InviteJoinOption says how a member may invite users: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableInvite"
	// not at all; anything else gives 10004. Not for AVChatRoom. Optional; the
	// default goes by the type.
	InviteJoinOption string `json:"InviteJoinOption,omitempty"`
	// AppDefinedData has custom fields of the group. At most 10, otherwise
	// 10004. Optional.
	AppDefinedData []CustomField `json:"AppDefinedData,omitempty"`
	// MemberList has the first members beside the owner. At most 100, otherwise
	// 10005. Accounts that do not exist are skipped. Not for AVChatRoom, which
	// gives 10007. Optional.
	MemberList []CreateGroupMember `json:"MemberList,omitempty"`
	// SupportTopic is 1 for a community with topics. Optional, default 0.
	SupportTopic int `json:"SupportTopic,omitempty"`
	// EnablePermission is 1 when permission groups decide on rights, in a
	// community with topics. Optional, default 0.
	EnablePermission int `json:"EnablePermission,omitempty"`
	// DefaultPermission is the mask of rights that members without a permission
	// group have, in a community with topics. Optional.
	DefaultPermission *uint64 `json:"DefaultPermission,omitempty"`
}

// MemberLimit returns the wanted limit under whichever name it was sent; nil
// means under neither.
func (r *CreateGroupRequest) MemberLimit() *int { return cmp.Or(r.MaxMemberCount, r.MaxMemberNum) }

// CreateGroupMember is one of the first members of a group.
type CreateGroupMember struct {
	// MemberAccount is the UserID of the member. Required.
	MemberAccount string `json:"Member_Account"`
	// Role is "Admin" for an admin; anything else but "" and "Member" gives
	// 10004. Optional, default "Member".
	Role string `json:"Role,omitempty"`
	// JoinTime is when the member joined. Optional, default now.
	JoinTime int64 `json:"JoinTime,omitempty"`
	// MsgSeq is the sequence number of the last message that the member has
	// read. Optional, default 0.
	MsgSeq int64 `json:"MsgSeq,omitempty"`
	// MsgFlag says how the member gets messages, with the values of
	// modify_group_member_info. Optional; the default goes by the type.
	MsgFlag string `json:"MsgFlag,omitempty"`
	// LastSendMsgTime is accepted and has no effect: a new member has sent
	// nothing. Optional.
	LastSendMsgTime int64 `json:"LastSendMsgTime,omitempty"`
	// MuteUntil is when the member may send again: 0 means now, 4294967295 means
	// never. Optional, default 0.
	MuteUntil *uint32 `json:"MuteUntil,omitempty"`
	// ShutUpUntil is the older name of MuteUntil and counts only without it.
	// Optional.
	ShutUpUntil *uint32 `json:"ShutUpUntil,omitempty"`
	// NameCard is the name that the member goes by in the group. At most 50
	// bytes, otherwise 10004. Optional.
	NameCard string `json:"NameCard,omitempty"`
	// AppMemberDefinedData has custom fields of the member. At most 5, otherwise
	// 10004. Optional.
	AppMemberDefinedData []CustomField `json:"AppMemberDefinedData,omitempty"`
}

// MutedUntil returns when the member may send again, under whichever name it was
// sent; nil means under neither.
func (m *CreateGroupMember) MutedUntil() *uint32 { return cmp.Or(m.MuteUntil, m.ShutUpUntil) }

// CreateGroupResponse answers create_group.
type CreateGroupResponse struct {
	Response
	// GroupID names the new group.
	GroupID string `json:"GroupId"`
	// Type is the type of the new group, as it was sent.
	Type string `json:"Type"`
}

// CreateGroup creates a group.
func (c *Client) CreateGroup(ctx context.Context, request *CreateGroupRequest) (*CreateGroupResponse, error) {
	return call[CreateGroupResponse](ctx, c, GroupService, "create_group", request)
}

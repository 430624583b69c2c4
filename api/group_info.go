package api

// GroupInfo is the profile of a group in a response. Beside the first three
// fields it has those that the request's filter asked for; a group that could
// not be read has only the first three.
type GroupInfo struct {
	// GroupID names the group.
	GroupID string `json:"GroupId"`
	// ErrorCode is 0 when the group was read, 10010 when there is none of this
	// name and 10015 when the name is malformed.
	ErrorCode int `json:"ErrorCode"`
	// ErrorInfo is the reason of a failure and empty otherwise.
	ErrorInfo string `json:"ErrorInfo"`
	// Type is the type of the group, spelled as it was created: "Private" or
	// "Work", "Public", "ChatRoom" or "Meeting", "AVChatRoom", "Community".
	Type *string `json:"Type,omitempty"`
	// Name is the name.
	Name *string `json:"Name,omitempty"`
	// Introduction is the introduction.
	Introduction *string `json:"Introduction,omitempty"`
	// Notification is the notice.
	Notification *string `json:"Notification,omitempty"`
	// FaceURL is the address of the avatar.
	FaceURL *string `json:"FaceUrl,omitempty"`
	// OwnerAccount is the owner, and empty for a group without one.
	OwnerAccount *string `json:"Owner_Account,omitempty"`
	// CreateTime is when the group was created.
	CreateTime *int64 `json:"CreateTime,omitempty"`
	// InfoSeq grows with every change of the profile.
	InfoSeq *int64 `json:"InfoSeq,omitempty"`
	// LastInfoTime is when the profile changed last.
	LastInfoTime *int64 `json:"LastInfoTime,omitempty"`
	// LastMsgTime is when the last message was sent, and 0 if there is none.
	LastMsgTime *int64 `json:"LastMsgTime,omitempty"`
	// NextMsgSeq is the sequence number that the next message will get.
	NextMsgSeq *int64 `json:"NextMsgSeq,omitempty"`
	// MemberNum is how many members there are.
	MemberNum *int `json:"MemberNum,omitempty"`
	// MaxMemberNum is how many members there may be.
	MaxMemberNum *int `json:"MaxMemberNum,omitempty"`
	// ApplyJoinOption says how a user may join: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableApply" not
	// at all.
	ApplyJoinOption *string `json:"ApplyJoinOption,omitempty"`
	// InviteJoinOption says how a member may invite users: "FreeAccess" at will,
	// "NeedPermission" after consent of the owner or an admin, "DisableInvite"
	// not at all.
	InviteJoinOption *string `json:"InviteJoinOption,omitempty"`
	// MuteAllMember is "On" when only the owner, admins and the app's
	// administrators may send, and "Off" otherwise.
	MuteAllMember *string `json:"MuteAllMember,omitempty"`
	// ShutUpAllMember is the older name of MuteAllMember. Both are sent, with the
	// same value.
	ShutUpAllMember *string `json:"ShutUpAllMember,omitempty"`
	// SDKAppID is the app of the group.
	SDKAppID *int64 `json:"Appid,omitempty"`
	// SupportTopic is 1 for a community with topics and 0 otherwise.
	SupportTopic *int `json:"SupportTopic,omitempty"`
	// EnablePermission is 1 for a community with topics whose permission groups
	// decide on rights, and 0 otherwise.
	EnablePermission *int `json:"EnablePermission,omitempty"`
	// DefaultPermission is the mask of rights that members without a permission
	// group have.
	DefaultPermission *uint64 `json:"DefaultPermission,omitempty"`
	// HistoryMsgBeforeJoin is "On" when new members see earlier messages and
	// "Off" otherwise.
	HistoryMsgBeforeJoin *string `json:"HistoryMsgBeforeJoin,omitempty"`
	// AppDefinedData has the custom fields of the group.
	AppDefinedData []CustomField `json:"AppDefinedData,omitzero"`
	// MemberList has the members. AVChatRoom groups have none here.
	MemberList []GroupMember `json:"MemberList,omitzero"`
}

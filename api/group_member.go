package api

// GroupMember is a member of a group in a response. Beside the name it has the
// fields that the request's filter asked for.
type GroupMember struct {
	// MemberAccount is the UserID of the member.
	MemberAccount string `json:"Member_Account"`
	// Role is "Owner", "Admin" or "Member".
	Role *string `json:"Role,omitempty"`
	// JoinTime is when the member joined.
	JoinTime *int64 `json:"JoinTime,omitempty"`
	// MsgSeq is the sequence number of the last message that the member has
	// read.
	MsgSeq *int64 `json:"MsgSeq,omitempty"`
	// MsgFlag says how the member gets messages: "AcceptAndNotify" with offline
	// push, "AcceptNotNotify" without, "AcceptNotNotifyExceptAt" with offline
	// push only of messages that mention the member, "Discard" not at all,
	// "NotReceiveMsgExceptAt" not at all but for messages that mention the
	// member.
	MsgFlag *string `json:"MsgFlag,omitempty"`
	// LastSendMsgTime is when the member sent the last message, and 0 if none was
	// sent.
	LastSendMsgTime *int64 `json:"LastSendMsgTime,omitempty"`
	// MuteUntil is when the member may send again: 0 means now, 4294967295 means
	// never.
	MuteUntil *uint32 `json:"MuteUntil,omitempty"`
	// ShutUpUntil is the older name of MuteUntil. Both are sent, with the same
	// value.
	ShutUpUntil *uint32 `json:"ShutUpUntil,omitempty"`
	// NameCard is the name that the member goes by in the group.
	NameCard *string `json:"NameCard,omitempty"`
	// OnlineStatus is "Online" or "Offline".
	OnlineStatus *string `json:"OnlineStatus,omitempty"`
	// AppMemberDefinedData has the custom fields of the member.
	AppMemberDefinedData []CustomField `json:"AppMemberDefinedData,omitzero"`
}

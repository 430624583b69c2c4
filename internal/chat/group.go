package chat

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"
)

// GroupType is one of the five kinds of group. Work and Meeting are the newer
// names of Private and ChatRoom; a group keeps the spelling it was created
// with. Spec: groups#1.1
type GroupType string

// The group types.
const (
	Private    GroupType = "Private"
	Public     GroupType = "Public"
	ChatRoom   GroupType = "ChatRoom"
	AVChatRoom GroupType = "AVChatRoom"
	Community  GroupType = "Community"

	work    GroupType = "Work"
	meeting GroupType = "Meeting"
)

// ParseGroupType accepts every spelling of a group type.
func ParseGroupType(s string) (GroupType, bool) {
	t := GroupType(s)
	switch t.Canonical() { //nolint:exhaustive // Canonical gives no second spelling
	case Private, Public, ChatRoom, AVChatRoom, Community:
		return t, true
	}
	return "", false
}

// Canonical is the older spelling of t, the one that clients and rules know.
func (t GroupType) Canonical() GroupType {
	switch t { //nolint:exhaustive // the others have one spelling
	case work:
		return Private
	case meeting:
		return ChatRoom
	}
	return t
}

// Is reports whether t is one of types, whichever spelling it has.
func (t GroupType) Is(types ...GroupType) bool {
	for _, x := range types {
		if t.Canonical() == x {
			return true
		}
	}
	return false
}

// TypeRules is what a group type allows. Spec: groups#1.2
type TypeRules struct {
	// Admins: the owner may appoint administrators.
	Admins bool
	// Muting: members and the whole group can be muted.
	Muting bool
	// MemberList: members are listed, added and removed by REST.
	MemberList bool
	// History: messages are stored.
	History bool
	// Unread: messages count as unread.
	Unread bool
	// Receipts: messages may ask for read receipts.
	Receipts bool
	// Directed: messages may name their receivers.
	Directed bool
	// HistorySwitch: HistoryMsgBeforeJoin can be set.
	HistorySwitch bool
	// HistoryBeforeJoin: new members see earlier messages by default.
	HistoryBeforeJoin bool
	// MaxMembers bounds MaxMemberCount; 0 means no bound.
	MaxMembers int
	// MsgFlag is a new member's message option.
	MsgFlag string
	// ApplyJoin is the join option of a new group.
	ApplyJoin string
	// InviteJoin is the invitation option of a new group.
	InviteJoin string
}

var typeRules = map[GroupType]TypeRules{
	Private: {
		MemberList: true, History: true, Unread: true, Receipts: true, Directed: true, HistorySwitch: true,
		MaxMembers: 6000, MsgFlag: FlagNotify, ApplyJoin: "DisableApply", InviteJoin: "FreeAccess",
	},
	Public: {
		Admins: true, Muting: true, MemberList: true, History: true, Unread: true, Receipts: true, Directed: true, HistorySwitch: true,
		MaxMembers: 6000, MsgFlag: FlagNotify, ApplyJoin: "NeedPermission", InviteJoin: "DisableInvite",
	},
	ChatRoom: {
		Admins: true, Muting: true, MemberList: true, History: true, Receipts: true, Directed: true, HistorySwitch: true, HistoryBeforeJoin: true,
		MaxMembers: 6000, MsgFlag: FlagNoPush, ApplyJoin: "FreeAccess", InviteJoin: "DisableInvite",
	},
	AVChatRoom: {Muting: true, MsgFlag: FlagNoPush, ApplyJoin: "FreeAccess", InviteJoin: "DisableInvite"},
	Community: {
		Admins: true, Muting: true, MemberList: true, History: true, Unread: true,
		MaxMembers: 1_000_000, MsgFlag: FlagNotify, ApplyJoin: "FreeAccess", InviteJoin: "FreeAccess",
	},
}

// Rules is what a group of type t allows.
func (t GroupType) Rules() TypeRules { return typeRules[t.Canonical()] }

// DefaultMaxMembers is the MaxMemberCount of a new group that names none; 0
// means no bound.
func (t GroupType) DefaultMaxMembers() int {
	if t.Is(Community) {
		return 100_000
	}
	return t.Rules().MaxMembers
}

// A member's message options. Spec: groups#2.2
const (
	FlagNotify  = "AcceptAndNotify"
	FlagNoPush  = "AcceptNotNotify"
	FlagDiscard = "Discard"
)

// IsMsgFlag reports whether s is a message option.
func IsMsgFlag(s string) bool {
	switch s {
	case FlagNotify, FlagNoPush, FlagDiscard, "AcceptNotNotifyExceptAt", "NotReceiveMsgExceptAt":
		return true
	}
	return false
}

// IsJoinOption reports whether s is a way for users to apply to a group.
func IsJoinOption(s string) bool {
	return s == "FreeAccess" || s == "NeedPermission" || s == "DisableApply"
}

// IsInviteOption reports whether s is a way for members to invite users.
func IsInviteOption(s string) bool {
	return s == "FreeAccess" || s == "NeedPermission" || s == "DisableInvite"
}

// Role is a member's rank in a group. Spec: groups#1.4
type Role string

// The roles.
const (
	RoleOwner  Role = "Owner"
	RoleAdmin  Role = "Admin"
	RoleMember Role = "Member"
	// RoleNone is the role of those who are no members.
	RoleNone Role = "NotMember"
)

// Prefixes of group IDs. Spec: groups#1.3
const (
	GroupPrefix             = "@TGS#"
	communityPrefix         = "@TGS#_"
	communityAssignedPrefix = "@TGS#_@TGS#"
)

// MaxNotices is how many notices of one user are kept.
const MaxNotices = 200

// Limits of groups and members. Spec: groups#2
const (
	MaxGroupIDBytes           = 48
	MaxTopicIDBytes           = 96
	MaxGroupNameBytes         = 30
	MaxGroupIntroductionBytes = 240
	MaxGroupNotificationBytes = 300
	MaxGroupFaceURLBytes      = 100
	MaxGroupCustomKeys        = 10
	MaxCustomKeyBytes         = 16
	MaxGroupCustomValueBytes  = 512
	MaxMemberCustomKeys       = 5
	MaxMemberCustomValueBytes = 64
	MaxNameCardBytes          = 50
	MaxInitialMembers         = 100
	MaxAddMembers             = 300
	MaxDeleteMembers          = 500
	MaxMuteBatch              = 500
	MaxMemberPage             = 6000
	MaxGroupInfoBatch         = 50
	MaxHistoryPage            = 20
	MaxReceiptGroupMembers    = 200
	// MuteForever as a number of seconds never ends, and as a time means for ever.
	MuteForever = 4294967295
)

// KeyValue is one app-defined field of a group or a member.
type KeyValue struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

// Group is a group's profile and the state of its message sequence.
type Group struct {
	// Conversation is the store's number of the group's message sequence.
	Conversation      int64
	ID                string
	Type              GroupType
	Name              string
	Introduction      string
	Notification      string
	FaceURL           string
	Owner             string
	CreateTime        time.Time
	InfoSeq           int64
	LastInfoTime      time.Time
	LastMsgTime       time.Time
	NextMsgSeq        int64
	MemberNum         int
	MaxMemberNum      int
	ApplyJoinOption   string
	InviteJoinOption  string
	MuteAll           bool
	SupportTopic      bool
	EnablePermission  bool
	DefaultPermission int64
	HistoryBeforeJoin bool
	AppDefinedData    []KeyValue
	// Revision grows with every change of the group, its members and its mutes.
	Revision int64
}

// Member is one user's place in a group.
type Member struct {
	UserID         string
	Role           Role
	JoinTime       time.Time
	ReadSeq        int64
	MsgFlag        string
	LastSendTime   time.Time
	NameCard       string
	AppDefinedData []KeyValue
	// MuteUntil is a Unix time in seconds; 0 means not muted, MuteForever for ever.
	MuteUntil int64
	// Online reports whether one of his clients is connected. It is set only where
	// an operation says so.
	Online bool
}

// Muted reports whether a mute until the Unix time until holds at now.
func Muted(until int64, now time.Time) bool {
	return until == MuteForever || until > now.Unix()
}

// MuteEnd is the Unix time at which a mute of seconds, given at now, ends; 0
// for none.
func MuteEnd(seconds uint32, now time.Time) int64 {
	switch seconds {
	case 0:
		return 0
	case MuteForever:
		return MuteForever
	}
	return min(now.Unix()+int64(seconds), MuteForever-1)
}

// CheckGroupID returns why id cannot be chosen for a new group of type t, or "".
func CheckGroupID(id string, t GroupType) string {
	switch {
	case len(id) > MaxGroupIDBytes:
		return "GroupId is longer than 48 bytes"
	case !printable(id):
		return "GroupId has a character outside printable ASCII"
	case t.Is(Community) && !strings.HasPrefix(id, communityPrefix):
		return "the GroupId of a Community must begin with @TGS#_"
	case id == communityPrefix:
		return "nothing follows @TGS#_ in GroupId"
	case t.Is(Community) && strings.HasPrefix(id, communityAssignedPrefix):
		return "GroupId must not begin with @TGS#_@TGS#"
	case !t.Is(Community) && strings.HasPrefix(id, GroupPrefix):
		return "GroupId must not begin with @TGS#"
	case strings.Contains(id, "@TOPIC#_"):
		return "GroupId must not contain @TOPIC#_"
	}
	return ""
}

// WellFormedGroupID reports whether id could be the name of a group.
func WellFormedGroupID(id string) bool {
	return id != "" && len(id) <= MaxGroupIDBytes && printable(id)
}

// NewGroupID makes the ID of a group for which none was given.
func NewGroupID(t GroupType) string {
	switch {
	case t.Is(Community):
		return communityAssignedPrefix + "c" + randomName(12)
	case t.Is(AVChatRoom):
		return GroupPrefix + "a" + randomName(10)
	}
	return GroupPrefix + "2" + randomName(10)
}

// randomName makes n letters and digits that nobody can guess or meet twice.
func randomName(n int) string { return rand.Text()[:n] }

// CheckCustomData returns why data cannot be app-defined fields, or "".
func CheckCustomData(data []KeyValue, maxKeys, maxValue int) string {
	if len(data) > maxKeys {
		return "too many app-defined fields"
	}
	for _, kv := range data {
		if kv.Key == "" || len(kv.Key) > MaxCustomKeyBytes || strings.Trim(kv.Key, customKeyChars) != "" {
			return "the key of an app-defined field is 1 to 16 letters, digits or underscores"
		}
		if len(kv.Value) > maxValue {
			return "the value of app-defined field " + kv.Key + " is too long"
		}
	}
	return ""
}

const customKeyChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// MergeCustomData sets the fields of change in data; an empty value deletes.
func MergeCustomData(data, change []KeyValue) []KeyValue {
	merged := make([]KeyValue, 0, len(data)+len(change))
	given := make(map[string]string, len(change))
	for _, kv := range change {
		given[kv.Key] = kv.Value
	}
	for _, kv := range data {
		if v, ok := given[kv.Key]; ok {
			kv.Value = v
			delete(given, kv.Key)
		}
		if kv.Value != "" {
			merged = append(merged, kv)
		}
	}
	for _, kv := range change {
		if v, ok := given[kv.Key]; ok && v != "" {
			merged = append(merged, KeyValue{Key: kv.Key, Value: v})
			delete(given, kv.Key)
		}
	}
	return merged
}

// EncodeCustomData is the stored form of app-defined fields: a JSON array.
func EncodeCustomData(data []KeyValue) string {
	if len(data) == 0 {
		return "[]"
	}
	b, err := json.Marshal(data)
	if err != nil {
		return "[]" // strings always encode
	}
	return string(b)
}

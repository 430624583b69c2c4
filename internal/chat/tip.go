package chat

import "time"

// SystemAccount is the sender of tips and notices.
const SystemAccount = "@TIM#SYSTEM"

// Person is an account as it is shown beside what it did.
type Person struct {
	UserID  string `json:"user"`
	Nick    string `json:"nick,omitempty"`
	FaceURL string `json:"face,omitempty"`
}

// TipType is what a tip tells. The numbers are those of the client protocol.
type TipType int

// The kinds of tips.
const (
	TipJoined        TipType = 1
	TipQuit          TipType = 2
	TipRemoved       TipType = 3
	TipAdminSet      TipType = 4
	TipAdminCleared  TipType = 5
	TipInfoChanged   TipType = 6
	TipMemberChanged TipType = 7
	TipTopicChanged  TipType = 8
	TipBanned        TipType = 10
	TipUnbanned      TipType = 11
	TipPinned        TipType = 16
	TipUnpinned      TipType = 17
)

// Tip is what a group tells its members in the course of the conversation.
type Tip struct {
	Type     TipType `json:"type"`
	Operator Person  `json:"by"`
	// Members are those whom it concerns.
	Members []Person `json:"members,omitempty"`
	// MemberNum is how many members the group has after the change.
	MemberNum int `json:"num"`
	// Invited tells members who were added from those who applied.
	Invited bool `json:"invited,omitempty"`
	// Info is what changed of the profile of the group or the topic.
	Info *GroupChange `json:"info,omitempty"`
	// MuteSeconds is for how long Members are muted; 0 lifts the mute. It is set
	// for TipMemberChanged.
	MuteSeconds int64 `json:"mute,omitempty"`
}

// GroupChange is what changed of the profile of a group or a topic; nil fields did
// not.
type GroupChange struct {
	Name             *string    `json:"name,omitempty"`
	Introduction     *string    `json:"introduction,omitempty"`
	Notification     *string    `json:"notification,omitempty"`
	FaceURL          *string    `json:"face,omitempty"`
	ApplyJoinOption  *string    `json:"apply,omitempty"`
	InviteJoinOption *string    `json:"invite,omitempty"`
	Owner            *string    `json:"owner,omitempty"`
	MuteAll          *bool      `json:"mute_all,omitempty"`
	AppDefinedData   []KeyValue `json:"custom,omitempty"`
	// CustomString belongs to topics.
	CustomString *string `json:"custom_string,omitempty"`
}

// NoticeType is what a notice tells. The numbers are those of the client protocol.
type NoticeType int

// The kinds of notices.
const (
	NoticeApplied      NoticeType = 1
	NoticeAccepted     NoticeType = 2
	NoticeRejected     NoticeType = 3
	NoticeRemoved      NoticeType = 4
	NoticeDestroyed    NoticeType = 5
	NoticeInvited      NoticeType = 7
	NoticeQuit         NoticeType = 8
	NoticeAdminSet     NoticeType = 9
	NoticeAdminCleared NoticeType = 10
	NoticeTopicCreated NoticeType = 17
	NoticeTopicDeleted NoticeType = 18
	NoticeMsgFlag      NoticeType = 20
	NoticeBanned       NoticeType = 21
	NoticeMention      NoticeType = 100
)

// Notice is what a group tells one user, outside the conversation. Stored notices
// reach users who were offline.
type Notice struct {
	// ID is storage's number, from 1, growing in the order of sending; 0 for what
	// is not stored.
	ID int64 `json:"-"`
	// UserID is who gets it.
	UserID    string     `json:"-"`
	Time      time.Time  `json:"-"`
	Type      NoticeType `json:"type"`
	GroupID   string     `json:"group"`
	GroupName string     `json:"name,omitempty"`
	GroupType GroupType  `json:"group_type,omitempty"`
	TopicID   string     `json:"topic,omitempty"`
	Operator  string     `json:"by,omitempty"`
	Random    uint32     `json:"random"`
	// Remark is the text of an application or of the answer to it.
	Remark string `json:"remark,omitempty"`
	// Authentication and Key come back when the application is handled; Key is a
	// time in microseconds.
	Authentication string `json:"auth,omitempty"`
	Key            int64  `json:"key,omitempty"`
	MsgFlag        string `json:"flag,omitempty"`
	// BanSeconds belongs to NoticeBanned.
	BanSeconds int64 `json:"ban,omitempty"`
	// Topics belongs to NoticeTopicDeleted.
	Topics []string `json:"topics,omitempty"`
	// Seq and Mentions belong to NoticeMention: the message, and whether it
	// mentions the user by name, everybody, or both.
	Seq      int64 `json:"seq,omitempty"`
	ByName   bool  `json:"by_name,omitempty"`
	Everyone bool  `json:"everyone,omitempty"`
}

package gateway

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// groupInfo stands in every item about a group. Clients break without it.
type groupInfo struct {
	GroupID   string `json:"GroupId"`
	GroupName string `json:"GroupName"`
	GroupType string `json:"GroupType"`
	// FromAccount and ToAccount are set in notices.
	FromAccount string `json:"From_Account,omitempty"`
	ToAccount   string `json:"To_Account,omitempty"`
	// MillionGroupFlag is 2 for what happens in a community with topics, or in one of
	// them; of the community itself clients then show no conversation.
	MillionGroupFlag int    `json:"MillionGroupFlag,omitempty"`
	TopicID          string `json:"TopicId,omitempty"`
}

// topicFlag is the MillionGroupFlag of communities with topics.
const topicFlag = 2

func newGroupInfo(groupID, topicID string, name groupName) groupInfo {
	info := groupInfo{GroupID: groupID, GroupName: name.Name, GroupType: string(name.Type.Canonical()), TopicID: topicID}
	if topicID != "" || name.Topics {
		info.MillionGroupFlag = topicFlag
	}
	return info
}

// tipEntry is an entry of EventArray with tips, notices or mentions. It holds items
// of one kind only.
type tipEntry struct {
	Event     eventNumber `json:"Event"`
	GroupTips []groupTip  `json:"GroupTips"`
}

// groupTip is what a group says itself, to all members or to one user.
type groupTip struct {
	Event       eventNumber `json:"Event,omitempty"`
	FromAccount string      `json:"From_Account"`
	// ToGroupID is set in tips, ToAccount in notices.
	ToGroupID     string      `json:"ToGroupId,omitempty"`
	ToAccount     string      `json:"To_Account,omitempty"`
	MsgSeq        int64       `json:"MsgSeq"`
	ClientSeq     int64       `json:"ClientSeq,omitempty"`
	MsgRandom     uint32      `json:"MsgRandom"`
	MsgTimeStamp  int64       `json:"MsgTimeStamp"`
	MsgClientTime int64       `json:"MsgClientTime"`
	NoticeSeq     int64       `json:"NoticeSeq,omitempty"`
	TinyID        string      `json:"TinyId"`
	IsSystemMsg   int         `json:"IsSystemMsg"`
	MsgPriority   string      `json:"MsgPriority,omitempty"`
	GroupInfo     *groupInfo  `json:"GroupInfo,omitempty"`
	MsgBody       any         `json:"MsgBody,omitempty"`
	GroupAtTips   *mentionTip `json:"GroupAtTips,omitempty"`
}

// mentionTip says which message mentions a user.
type mentionTip struct {
	GroupID     string `json:"GroupId"`
	TopicID     string `json:"TopicId,omitempty"`
	FromAccount string `json:"From_Account"`
	MsgSeq      int64  `json:"MsgSeq"`
	// GroupAtType holds 1 for a mention by name, 2 for one of everybody.
	GroupAtType []int `json:"GroupAtType"`
}

// tip is the form of a tip in pushes, in history and as a conversation's last
// message.
func (w where) tip(m *chat.Message) groupTip {
	info := newGroupInfo(w.groupID, w.topicID, w.name)
	return groupTip{
		Event: tipEvent(m), FromAccount: m.Sender, ToGroupID: w.groupID, MsgSeq: m.Seq, MsgRandom: m.Random,
		MsgTimeStamp: m.Time.Unix(), MsgClientTime: m.ClientTime, TinyID: chat.TinyID(w.app, m.Sender), MsgPriority: "Normal",
		GroupInfo: &info, MsgBody: newTipBody(m.Tip),
	}
}

// tipEvent is the kind of entry that a tip belongs into.
func tipEvent(m *chat.Message) eventNumber {
	if m.OnlineOnly {
		return eventVolatileTip
	}
	return eventGroupTip
}

// noticeItem is the form of a notice in pushes and when a user comes back. A
// mention is an item of another kind of entry, see noticeEntry.
func noticeItem(app chat.SDKAppID, n *chat.Notice) groupTip {
	item := groupTip{
		FromAccount: chat.SystemAccount, ToAccount: n.UserID, MsgSeq: noticeSeq(n), ClientSeq: noticeSeq(n), MsgRandom: n.Random,
		MsgTimeStamp: n.Time.Unix(), MsgClientTime: n.Time.Unix(), NoticeSeq: n.ID, TinyID: chat.TinyID(app, chat.SystemAccount),
	}
	info := newGroupInfo(n.GroupID, n.TopicID, groupName{Name: n.GroupName, Type: n.GroupType})
	info.FromAccount, info.ToAccount = n.Operator, n.UserID
	item.GroupInfo = &info
	if n.Type == chat.NoticeMention {
		item.GroupAtTips = &mentionTip{
			GroupID: n.GroupID, TopicID: n.TopicID, FromAccount: n.Operator, MsgSeq: n.Seq, GroupAtType: mentionKinds(n),
		}
		return item
	}
	item.MsgBody = newNoticeBody(n)
	return item
}

// noticeSeq numbers the notices of a user. What is not stored has no number, and
// clients want one all the same.
func noticeSeq(n *chat.Notice) int64 {
	if n.ID != 0 {
		return n.ID
	}
	return n.Time.UnixMilli() % 1_000_000_000
}

// noticeEntry is the entry of EventArray that holds one notice.
func noticeEntry(app chat.SDKAppID, n *chat.Notice) tipEntry {
	number := eventNotice
	if n.Type == chat.NoticeMention {
		number = eventMention
	}
	return tipEntry{Event: number, GroupTips: []groupTip{noticeItem(app, n)}}
}

func mentionKinds(n *chat.Notice) []int {
	kinds := []int{}
	if n.ByName {
		kinds = append(kinds, 1)
	}
	if n.Everyone {
		kinds = append(kinds, 2)
	}
	return kinds
}

// tipBody is what a tip tells.
type tipBody struct {
	OpType   chat.TipType `json:"OpType"`
	Operator string       `json:"Operator_Account"`
	List     []string     `json:"List_Account"`
	// OperatorInfo and MemberInfo are how the operator and those in List are shown.
	OperatorInfo personInfo   `json:"MsgOperatorMemberExtraInfo"`
	MemberInfo   []personInfo `json:"MsgMemberExtraInfo"`
	MemberNum    int          `json:"MemberNum"`
	// JoinType is 1 for those who applied, 2 for those who were added.
	JoinType int            `json:"GroupJoinType,omitempty"`
	NewInfo  *newInfo       `json:"MsgGroupNewInfo,omitempty"`
	NewTopic *newTopicInfo  `json:"MsgTopicNewInfo,omitempty"`
	Changed  []memberChange `json:"MsgMemberInfo,omitempty"`
}

type personInfo struct {
	UserID   string `json:"UserId"`
	NickName string `json:"NickName"`
	ImageURL string `json:"ImageUrl"`
	// ShutupTime is a member's new mute, in seconds.
	ShutupTime *int64 `json:"ShutupTime,omitempty"`
}

// newInfo is what changed of a group's profile.
type newInfo struct {
	Name             *string         `json:"GroupName,omitempty"`
	Introduction     *string         `json:"GroupIntroduction,omitempty"`
	Notification     *string         `json:"GroupNotification,omitempty"`
	FaceURL          *string         `json:"GroupFaceUrl,omitempty"`
	ApplyJoinOption  *string         `json:"GroupApplyJoinOption,omitempty"`
	InviteJoinOption *string         `json:"InviteJoinOption,omitempty"`
	Owner            *string         `json:"Owner_Account,omitempty"`
	ShutupAll        *int            `json:"ShutupAll,omitempty"`
	AppDefinedData   []chat.KeyValue `json:"MsgAppDefinedData,omitempty"`
}

type memberChange struct {
	UserID     string `json:"UserId"`
	ShutupTime int64  `json:"ShutupTime"`
}

func newTipBody(t *chat.Tip) tipBody {
	b := tipBody{
		OpType: t.Type, Operator: t.Operator.UserID, List: make([]string, 0, len(t.Members)), OperatorInfo: newPersonInfo(t.Operator),
		MemberInfo: make([]personInfo, 0, len(t.Members)), MemberNum: t.MemberNum,
	}
	if t.Type == chat.TipTopicChanged {
		b.NewTopic = newNewTopicInfo(t.Info)
	} else {
		b.NewInfo = newNewInfo(t.Info)
	}
	if t.Type == chat.TipJoined {
		b.JoinType = 1
		if t.Invited {
			b.JoinType = 2
		}
	}
	for _, p := range t.Members {
		info := newPersonInfo(p)
		if t.Type == chat.TipMemberChanged {
			info.ShutupTime = &t.MuteSeconds
			b.Changed = append(b.Changed, memberChange{UserID: p.UserID, ShutupTime: t.MuteSeconds})
		}
		b.List, b.MemberInfo = append(b.List, p.UserID), append(b.MemberInfo, info)
	}
	return b
}

func newPersonInfo(p chat.Person) personInfo {
	return personInfo{UserID: p.UserID, NickName: p.Nick, ImageURL: p.FaceURL}
}

func newNewInfo(c *chat.GroupChange) *newInfo {
	if c == nil {
		return nil
	}
	info := &newInfo{
		Name: c.Name, Introduction: c.Introduction, Notification: c.Notification, FaceURL: c.FaceURL,
		ApplyJoinOption: c.ApplyJoinOption, InviteJoinOption: c.InviteJoinOption, Owner: c.Owner, AppDefinedData: c.AppDefinedData,
	}
	if c.MuteAll != nil {
		info.ShutupAll = new(bit(*c.MuteAll))
	}
	return info
}

// noticeBody is what a notice tells.
type noticeBody struct {
	ReportType     chat.NoticeType `json:"ReportType"`
	Operator       string          `json:"Operator_Account"`
	RemarkInfo     string          `json:"RemarkInfo"`
	Authentication string          `json:"Authentication,omitempty"`
	MsgKey         int64           `json:"MsgKey,omitempty"`
	MsgFlag        string          `json:"MsgFlag,omitempty"`
	BanDuration    int64           `json:"BanDuration,omitempty"`
	BanDescription string          `json:"BanDescription,omitempty"`
	TopicIDs       []string        `json:"TopicIdArray,omitempty"`
}

func newNoticeBody(n *chat.Notice) noticeBody {
	b := noticeBody{
		ReportType: n.Type, Operator: n.Operator, RemarkInfo: n.Remark, Authentication: n.Authentication, MsgKey: n.Key,
		MsgFlag: n.MsgFlag, BanDuration: n.BanSeconds, TopicIDs: n.Topics,
	}
	if n.Type == chat.NoticeBanned {
		b.BanDescription = n.Remark
	}
	return b
}

// bit is how flags are written.
func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// groupRow is a group's profile.
type groupRow struct {
	GroupID          string          `json:"GroupId"`
	Type             string          `json:"Type"`
	Name             string          `json:"Name"`
	Introduction     string          `json:"Introduction"`
	Notification     string          `json:"Notification"`
	FaceURL          string          `json:"FaceUrl"`
	OwnerAccount     string          `json:"Owner_Account"`
	CreateTime       int64           `json:"CreateTime"`
	InfoSeq          int64           `json:"InfoSeq"`
	LastInfoTime     int64           `json:"LastInfoTime"`
	LastMsgTime      int64           `json:"LastMsgTime"`
	NextMsgSeq       int64           `json:"NextMsgSeq"`
	MemberNum        int             `json:"MemberNum"`
	MaxMemberNum     int             `json:"MaxMemberNum"`
	ApplyJoinOption  string          `json:"ApplyJoinOption"`
	InviteJoinOption string          `json:"InviteJoinOption"`
	ShutUpAllMember  string          `json:"ShutUpAllMember"`
	SupportTopic     int             `json:"SupportTopic"`
	AppDefinedData   []chat.KeyValue `json:"AppDefinedData"`
	SelfInfo         *selfInfo       `json:"SelfInfo,omitempty"`
}

// selfInfo is the caller's own place in a group.
type selfInfo struct {
	Role     string `json:"Role"`
	JoinTime int64  `json:"JoinTime"`
	MsgFlag  string `json:"MsgFlag"`
	MsgSeq   int64  `json:"MsgSeq"`
	NameCard string `json:"NameCard"`
}

func newGroupRow(g *chat.Group, self *chat.Member) *groupRow {
	row := &groupRow{
		GroupID: g.ID, Type: string(g.Type.Canonical()), Name: g.Name, Introduction: g.Introduction, Notification: g.Notification,
		FaceURL: g.FaceURL, OwnerAccount: g.Owner, CreateTime: g.CreateTime.Unix(), InfoSeq: g.InfoSeq, LastInfoTime: g.LastInfoTime.Unix(),
		LastMsgTime: unixOrZero(g.LastMsgTime), NextMsgSeq: g.NextMsgSeq, MemberNum: g.MemberNum, MaxMemberNum: g.MaxMemberNum,
		ApplyJoinOption: g.ApplyJoinOption, InviteJoinOption: g.InviteJoinOption, ShutUpAllMember: onOff(g.MuteAll),
		SupportTopic: bit(g.SupportTopic), AppDefinedData: g.AppDefinedData,
	}
	if row.AppDefinedData == nil {
		row.AppDefinedData = []chat.KeyValue{}
	}
	if self != nil {
		row.SelfInfo = &selfInfo{
			Role: string(self.Role), JoinTime: self.JoinTime.Unix(), MsgFlag: self.MsgFlag, MsgSeq: self.ReadSeq, NameCard: self.NameCard,
		}
	}
	return row
}

// memberRow is a member of a group.
type memberRow struct {
	Account        string          `json:"Member_Account"`
	Role           string          `json:"Role"`
	JoinTime       int64           `json:"JoinTime"`
	NameCard       string          `json:"NameCard"`
	ShutUpUntil    int64           `json:"ShutUpUntil"`
	MsgSeq         int64           `json:"MsgSeq"`
	MsgFlag        string          `json:"MsgFlag"`
	OnlineStatus   string          `json:"OnlineStatus,omitempty"`
	AppDefinedData []chat.KeyValue `json:"AppMemberDefinedData"`
}

func newMemberRow(m *chat.Member) memberRow {
	row := memberRow{
		Account: m.UserID, Role: string(m.Role), JoinTime: m.JoinTime.Unix(), NameCard: m.NameCard, ShutUpUntil: m.MuteUntil,
		MsgSeq: m.ReadSeq, MsgFlag: m.MsgFlag, AppDefinedData: m.AppDefinedData,
	}
	if row.AppDefinedData == nil {
		row.AppDefinedData = []chat.KeyValue{}
	}
	return row
}

func onOff(b bool) string {
	if b {
		return "On"
	}
	return "Off"
}

// unixOrZero is a time in seconds, 0 for none.
func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

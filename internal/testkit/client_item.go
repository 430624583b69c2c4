package testkit

import "encoding/json"

// GroupItem is a group message, a tip or a notice as clients get it. Which fields
// it has depends on the event.
type GroupItem struct {
	Event         int             `json:"Event"`
	FromAccount   string          `json:"From_Account"`
	ToAccount     string          `json:"To_Account"`
	ToGroupID     string          `json:"ToGroupId"`
	ToTopicID     string          `json:"ToTopicId"`
	MsgSeq        int64           `json:"MsgSeq"`
	MsgRandom     int64           `json:"MsgRandom"`
	MsgTimeStamp  int64           `json:"MsgTimeStamp"`
	MsgClientTime int64           `json:"MsgClientTime"`
	ClientSeq     int64           `json:"ClientSeq"`
	NoticeSeq     int64           `json:"NoticeSeq"`
	TinyID        string          `json:"TinyId"`
	MsgPriority   string          `json:"MsgPriority"`
	MsgVersion    int             `json:"MsgVersion"`
	MsgBody       json.RawMessage `json:"MsgBody"`
	GroupInfo     struct {
		GroupID            string `json:"GroupId"`
		TopicID            string `json:"TopicId"`
		GroupName          string `json:"GroupName"`
		GroupType          string `json:"GroupType"`
		FromAccountNick    string `json:"From_AccountNick"`
		FromAccountHeadurl string `json:"From_AccountHeadurl"`
		FromAccount        string `json:"From_Account"`
		ToAccount          string `json:"To_Account"`
		// FromAccountExtraInfo has the sender's name in the group, if he has one.
		FromAccountExtraInfo struct {
			NameCard string `json:"NameCard"`
		} `json:"MsgFrom_AccountExtraInfo"`
	} `json:"GroupInfo"`
	CloudCustomData         string          `json:"CloudCustomData"`
	OnlineOnlyFlag          int             `json:"OnlineOnlyFlag"`
	NeedReadReceipt         int             `json:"NeedReadReceipt"`
	SupportMessageExtension int             `json:"SupportMessageExtension"`
	SendMsgControl          json.RawMessage `json:"SendMsgControl"`
	GroupAtInfo             json.RawMessage `json:"GroupAtInfo"`
	GroupAtTips             json.RawMessage `json:"GroupAtTips"`
	RevokerInfo             RevokerInfo     `json:"RevokerInfo"`
}

// Text is the text of a message of one text element, else nothing.
func (i *GroupItem) Text() string { return textOf(i.MsgBody) }

// Tip is what the body of a tip or a notice says. It is empty for messages.
func (i *GroupItem) Tip() GroupTip {
	var tip GroupTip
	_ = json.Unmarshal(i.MsgBody, &tip) // the body of a message is a list
	return tip
}

// GroupTip is the body of a tip, which has an OpType, or of a notice, which has a
// ReportType or one of the arrays.
type GroupTip struct {
	OpType          int             `json:"OpType"`
	OperatorAccount string          `json:"Operator_Account"`
	ListAccount     []string        `json:"List_Account"`
	MemberNum       int             `json:"MemberNum"`
	GroupJoinType   int             `json:"GroupJoinType"`
	MsgGroupNewInfo json.RawMessage `json:"MsgGroupNewInfo"`
	MsgMemberInfo   json.RawMessage `json:"MsgMemberInfo"`

	ReportType             int             `json:"ReportType"`
	RemarkInfo             string          `json:"RemarkInfo"`
	Authentication         string          `json:"Authentication"`
	MsgKey                 int64           `json:"MsgKey"`
	GroupWithdrawInfoArray []GroupItem     `json:"GroupWithdrawInfoArray"`
	GroupReadInfoArray     json.RawMessage `json:"GroupReadInfoArray"`
	GroupMsgReceiptList    json.RawMessage `json:"GroupMsgReceiptList"`
}

// RevokerInfo says who has recalled a message.
type RevokerInfo struct {
	RevokerAccount string `json:"Revoker_Account"`
	Reason         string `json:"Reason"`
}

// C2cItem is a one-to-one message as clients get it.
type C2cItem struct {
	FromAccount        string          `json:"From_Account"`
	ToAccount          string          `json:"To_Account"`
	MsgSeq             int64           `json:"MsgSeq"`
	MsgRandom          int64           `json:"MsgRandom"`
	MsgTimeStamp       int64           `json:"MsgTimeStamp"`
	MsgClientTime      int64           `json:"MsgClientTime"`
	ClientSeq          int64           `json:"ClientSeq"`
	TinyID             string          `json:"TinyId"`
	MsgVersion         int             `json:"MsgVersion"`
	MsgBody            json.RawMessage `json:"MsgBody"`
	FromAccountNick    string          `json:"From_AccountNick"`
	FromAccountHeadurl string          `json:"From_AccountHeadurl"`
	CloudCustomData    string          `json:"CloudCustomData"`
	// MsgLifeTime is 0 for a message that is not stored, else nil.
	MsgLifeTime             *int            `json:"MsgLifeTime"`
	IsNeedReadReceipt       int             `json:"IsNeedReadReceipt"`
	SupportMessageExtension int             `json:"SupportMessageExtension"`
	SendMsgControl          json.RawMessage `json:"SendMsgControl"`
	RevokerInfo             RevokerInfo     `json:"RevokerInfo"`
}

// Text is the text of a message of one text element, else nothing.
func (i *C2cItem) Text() string { return textOf(i.MsgBody) }

// C2cNotice is a one-to-one notice; one of its fields is set.
type C2cNotice struct {
	KickoutMsgNotify *struct {
		KickType    int `json:"KickType"`
		NewInstInfo struct {
			InstID   int64  `json:"InstId"`
			Platform string `json:"Platform"`
		} `json:"NewInstInfo"`
	} `json:"KickoutMsgNotify"`
	WithdrawC2cMsgNotify *struct {
		C2cWithdrawInfoArray []C2cItem `json:"C2cWithdrawInfoArray"`
	} `json:"WithdrawC2cMsgNotify"`
	ReadC2cMsgNotify *struct {
		UinPairReadArray []struct {
			FromAccount  string `json:"From_Account"`
			LastReadTime int64  `json:"LastReadTime"`
		} `json:"UinPairReadArray"`
	} `json:"ReadC2cMsgNotify"`
	C2cReadedReceipt *struct {
		ToAccount        string `json:"To_Account"`
		UinPairReadArray []struct {
			LastReadTime int64 `json:"LastReadTime"`
		} `json:"UinPairReadArray"`
	} `json:"C2cReadedReceipt"`
	MuteNotificationsSync *struct {
		ToAccount         string `json:"To_Account"`
		MuteNotifications int    `json:"MuteNotifications"`
	} `json:"MuteNotificationsSync"`
}

package gateway

import (
	"encoding/json"

	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
)

// pairEntry is an entry of EventArray with messages between two users.
type pairEntry struct {
	Event       eventNumber   `json:"Event"`
	C2cMsgArray []pairMessage `json:"C2cMsgArray"`
}

// pairMessage is what one user said to another, or an official account to a
// subscriber, in pushes and in history. All copies must agree in From_Account,
// To_Account, MsgRandom, MsgSeq and MsgTimeStamp, by which clients recognise what
// they have.
type pairMessage struct {
	FromAccount     string          `json:"From_Account"`
	ToAccount       string          `json:"To_Account"`
	MsgSeq          int64           `json:"MsgSeq"`
	MsgRandom       uint32          `json:"MsgRandom"`
	MsgTimeStamp    int64           `json:"MsgTimeStamp"`
	MsgClientTime   int64           `json:"MsgClientTime"`
	ClientSeq       int64           `json:"ClientSeq"`
	TinyID          string          `json:"TinyId"`
	Nick            string          `json:"From_AccountNick"`
	FaceURL         string          `json:"From_AccountHeadurl"`
	MsgBody         json.RawMessage `json:"MsgBody"`
	CloudCustomData string          `json:"CloudCustomData,omitempty"`

	// MsgLifeTime is 0 for those that are not stored, and missing otherwise.
	MsgLifeTime             *int         `json:"MsgLifeTime,omitempty"`
	IsNeedReadReceipt       int          `json:"IsNeedReadReceipt,omitempty"`
	SupportMessageExtension int          `json:"SupportMessageExtension,omitempty"`
	SendMsgControl          *msgControl  `json:"SendMsgControl,omitempty"`
	MsgVersion              int64        `json:"MsgVersion,omitempty"`
	MsgFlagBits             int          `json:"MsgFlagBits,omitempty"`
	IsPeerRead              int          `json:"IsPeerRead,omitempty"`
	RevokerInfo             *revokerInfo `json:"RevokerInfo,omitempty"`
	MsgKey                  string       `json:"MsgKey,omitempty"`
}

// flagRecalled is the bit of MsgFlagBits that marks a recalled message.
const flagRecalled = 8

// pairItem is the form of a message to a user whose sender is shown as sender.
func pairItem(app chat.SDKAppID, to string, m *chat.Message, sender chat.Person) pairMessage {
	item := pairMessage{
		FromAccount: m.Sender, ToAccount: to, MsgSeq: m.WireSeq(), MsgRandom: m.Random, MsgTimeStamp: m.Time.Unix(),
		MsgClientTime: m.ClientTime, ClientSeq: m.WireSeq(), TinyID: chat.TinyID(app, m.Sender), Nick: sender.Nick, FaceURL: sender.FaceURL,
		MsgBody: m.Body.JSON, CloudCustomData: m.CloudCustomData, IsNeedReadReceipt: bit(m.NeedReadReceipt),
		SupportMessageExtension: bit(m.SupportExtension), SendMsgControl: newMsgControl(m), MsgVersion: m.Version,
		RevokerInfo: newRevokerInfo(m.Recall),
	}
	if m.OnlineOnly {
		item.MsgLifeTime = new(int)
	}
	if m.Place == chat.PlaceRecalled {
		item.MsgFlagBits = flagRecalled
	}
	return item
}

// saidItems are the forms of messages that a user reads. Only his own words are
// left to him of what was recalled.
func saidItems(app chat.SDKAppID, reader string, said []c2c.Said, persons map[string]chat.Person) []pairMessage {
	items := make([]pairMessage, 0, len(said))
	for i := range said {
		m := &said[i]
		item := pairItem(app, m.To, &m.Message, persons[m.From])
		item.IsPeerRead, item.MsgKey = bit(m.PeerRead), chat.PairKeyOf(&m.Message).String()
		if m.Place == chat.PlaceRecalled && m.From != reader {
			item.MsgBody, item.CloudCustomData = nothingSaid, ""
		}
		items = append(items, item)
	}
	return items
}

// notifyEntry is an entry of EventArray about the messages of two users.
type notifyEntry struct {
	Event             eventNumber  `json:"Event"`
	C2cNotifyMsgArray []pairNotify `json:"C2cNotifyMsgArray"`
}

// pairNotify holds one of its fields.
type pairNotify struct {
	Withdraw *pairWithdraw `json:"WithdrawC2cMsgNotify,omitempty"`
	// Read tells a user's other clients what he has read, Readed tells the peer.
	Read   *pairRead     `json:"ReadC2cMsgNotify,omitempty"`
	Readed *pairReaded   `json:"C2cReadedReceipt,omitempty"`
	Option *recvOptionOf `json:"MuteNotificationsSync,omitempty"`
}

func newNotify(notes ...pairNotify) notifyEntry {
	return notifyEntry{Event: eventPairNotify, C2cNotifyMsgArray: notes}
}

type pairWithdraw struct {
	Messages []withdrawn `json:"C2cWithdrawInfoArray"`
}

// withdrawn names a message that was recalled.
type withdrawn struct {
	FromAccount   string       `json:"From_Account"`
	ToAccount     string       `json:"To_Account"`
	MsgSeq        int64        `json:"MsgSeq"`
	MsgRandom     uint32       `json:"MsgRandom"`
	MsgTimeStamp  int64        `json:"MsgTimeStamp"`
	TinyID        string       `json:"TinyId"`
	MsgClientTime int64        `json:"MsgClientTime"`
	RevokerInfo   *revokerInfo `json:"RevokerInfo"`
}

func newWithdrawn(app chat.SDKAppID, to string, m *chat.Message) withdrawn {
	return withdrawn{
		FromAccount: m.Sender, ToAccount: to, MsgSeq: m.WireSeq(), MsgRandom: m.Random, MsgTimeStamp: m.Time.Unix(),
		TinyID: chat.TinyID(app, m.Sender), MsgClientTime: m.ClientTime, RevokerInfo: newRevokerInfo(m.Recall),
	}
}

type pairRead struct {
	Reads []readUntil `json:"UinPairReadArray"`
}

type pairReaded struct {
	ToAccount string      `json:"To_Account"`
	Reads     []readUntil `json:"UinPairReadArray"`
}

type readUntil struct {
	FromAccount  string `json:"From_Account,omitempty"`
	LastReadTime int64  `json:"LastReadTime"`
}

type recvOptionOf struct {
	ToAccount         string          `json:"To_Account"`
	MuteNotifications chat.RecvOption `json:"MuteNotifications"`
}

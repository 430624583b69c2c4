package gateway

import (
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

var pairPushes = []pushRow{
	push(pairMessageSent), push(pairMessageRecalled), push(pairMessageModified), push(pairHasRead), push(pairReceipts),
	push(allPairsRead), push(recvOptionChanged), push(doNotDisturbChanged),
	push(contactsDeleted), push(contactsPinned), push(contactMarked), push(contactGroupCreated), push(contactGroupsDeleted),
	push(contactGroupRenamed), push(contactGroupChanged),
	push(officialMessageSent), push(officialMessagesRecalled), push(officialSubscribed), push(officialUnsubscribed), push(officialDestroyed),
}

// pairMessageSent tells the receiver and the sender's other clients.
func pairMessageSent(h *hub, e event.PairMessageSent) {
	app, users := e.Caller.App.SDKAppID, chat.Unique([]string{e.To, e.Message.Sender})
	if e.Hushed {
		users = []string{e.Message.Sender}
	}
	if !e.Message.OnlineOnly {
		users = slices.DeleteFunc(users, func(id string) bool { return h.awaits(app, id) })
	}
	h.toUsers(app, users, e.Caller.Instance, func() any {
		return messageEntry(app, e.To, e.Message, h.names.person(app, e.Message.Sender))
	})
}

func pairMessageRecalled(h *hub, e event.PairMessageRecalled) {
	app := e.Caller.App.SDKAppID
	h.toUsers(app, chat.Unique([]string{e.To, e.Message.Sender}), e.Caller.Instance, func() any {
		return newNotify(pairNotify{Withdraw: &pairWithdraw{Messages: []withdrawn{newWithdrawn(app, e.To, e.Message)}}})
	})
}

// modifiedEntry is an entry of EventArray with messages that say something else now.
type modifiedEntry struct {
	Event    eventNumber   `json:"Event"`
	Messages []pairMessage `json:"C2cMsgModNotifys"`
}

func pairMessageModified(h *hub, e event.PairMessageModified) {
	app := e.Caller.App.SDKAppID
	h.toUsers(app, chat.Unique([]string{e.To, e.Message.Sender}), e.Caller.Instance, func() any {
		return modifiedEntry{Event: eventPairModified, Messages: []pairMessage{
			pairItem(app, e.To, e.Message, h.names.person(app, e.Message.Sender)),
		}}
	})
}

// pairHasRead tells the peer, and the reader's other clients unless they hear of
// many reads at once.
func pairHasRead(h *hub, e event.PairRead) {
	app := e.Caller.App.SDKAppID
	if e.Peer != e.UserID {
		h.toUser(app, e.Peer, 0, func() any {
			return newNotify(pairNotify{Readed: &pairReaded{ToAccount: e.UserID, Reads: []readUntil{{LastReadTime: e.Until}}}})
		})
	}
	if e.Together {
		return
	}
	h.toUser(app, e.UserID, e.Caller.Instance, func() any {
		return newNotify(pairNotify{Read: &pairRead{Reads: []readUntil{{FromAccount: e.Peer, LastReadTime: e.Until}}}})
	})
}

// receiptEntry is an entry of EventArray with messages that a user acknowledged.
type receiptEntry struct {
	Event        eventNumber    `json:"Event"`
	UserAccount  string         `json:"User_Account"`
	PeerReadTime int64          `json:"PeerReadTime"`
	C2cMsgInfo   []acknowledged `json:"C2cMsgInfo"`
}

type acknowledged struct {
	FromAccount   string `json:"From_Account"`
	ToAccount     string `json:"To_Account"`
	MsgSeq        int64  `json:"MsgSeq"`
	MsgRandom     uint32 `json:"MsgRandom"`
	MsgTime       int64  `json:"MsgTime"`
	MsgClientTime int64  `json:"MsgClientTime"`
	TinyID        string `json:"TinyId"`
}

func pairReceipts(h *hub, e event.PairReceipts) {
	app := e.Caller.App.SDKAppID
	h.toUser(app, e.Peer, 0, func() any {
		entry := receiptEntry{
			Event: eventPairReceipt, UserAccount: e.UserID, PeerReadTime: e.At.Unix(), C2cMsgInfo: make([]acknowledged, 0, len(e.Messages)),
		}
		for i := range e.Messages {
			m := &e.Messages[i]
			entry.C2cMsgInfo = append(entry.C2cMsgInfo, acknowledged{
				FromAccount: m.Sender, ToAccount: e.UserID, MsgSeq: m.WireSeq(), MsgRandom: m.Random, MsgTime: m.Time.Unix(),
				MsgClientTime: m.ClientTime, TinyID: chat.TinyID(app, m.Sender),
			})
		}
		return entry
	})
}

// readAllEntry is an entry of EventArray that says that everything is read.
type readAllEntry struct {
	Event              eventNumber `json:"Event"`
	C2CReadAllMsg      int         `json:"C2CReadAllMsg"`
	GroupReadInfoArray []groupRead `json:"GroupReadInfoArray"`
}

func allPairsRead(h *hub, e event.AllPairsRead) {
	h.toUser(e.Caller.App.SDKAppID, e.UserID, e.Caller.Instance, func() any {
		return readAllEntry{Event: eventReadAll, C2CReadAllMsg: 1, GroupReadInfoArray: []groupRead{}}
	})
}

func recvOptionChanged(h *hub, e event.RecvOptionChanged) {
	h.toUser(e.Caller.App.SDKAppID, e.UserID, e.Caller.Instance, func() any {
		notes := make([]pairNotify, 0, len(e.Peers))
		for _, peer := range e.Peers {
			notes = append(notes, pairNotify{Option: &recvOptionOf{ToAccount: peer, MuteNotifications: e.Option}})
		}
		return newNotify(notes...)
	})
}

// disturbEntry is an entry of EventArray that says when a user wants no pushes.
type disturbEntry struct {
	Event eventNumber `json:"Event"`
	doNotDisturb
}

func doNotDisturbChanged(h *hub, e event.DoNotDisturbChanged) {
	h.toUser(e.Caller.App.SDKAppID, e.UserID, e.Caller.Instance, func() any {
		return disturbEntry{Event: eventDoNotDisturb, doNotDisturb: newDoNotDisturb(e.When)}
	})
}

// officialKey names the audience of an official account in the index of groups,
// whose IDs never begin like this.
func officialKey(app chat.SDKAppID, id string) groupKey { return groupKey{app, "\x00" + id} }

// officialMessageSent tells the subscribers who are connected. Each gets an entry of
// his own, for he is the receiver.
func officialMessageSent(h *hub, e event.OfficialMessageSent) {
	sender := h.names.person(e.Caller.App.SDKAppID, e.OfficialID)
	h.toSubscribers(e.Caller, e.OfficialID, true, func(to string) any {
		return messageEntry(e.Caller.App.SDKAppID, to, e.Message, sender)
	})
	if e.Caller.Instance == 0 {
		return
	}
	own := *e.Message // as the client knows it that sent it
	own.Sender = e.Caller.UserID
	h.toUser(e.Caller.App.SDKAppID, e.Caller.UserID, e.Caller.Instance, func() any {
		return messageEntry(e.Caller.App.SDKAppID, e.OfficialID, &own, h.names.person(e.Caller.App.SDKAppID, e.Caller.UserID))
	})
}

func messageEntry(app chat.SDKAppID, to string, m *chat.Message, sender chat.Person) pairEntry {
	return pairEntry{Event: eventPairMessage, C2cMsgArray: []pairMessage{pairItem(app, to, m, sender)}}
}

func officialMessagesRecalled(h *hub, e event.OfficialMessagesRecalled) {
	app := e.Caller.App.SDKAppID
	entry := func(to, sender string) any {
		w := &pairWithdraw{Messages: make([]withdrawn, 0, len(e.Messages))}
		for _, m := range e.Messages {
			m.Sender = sender
			w.Messages = append(w.Messages, newWithdrawn(app, to, &m))
		}
		return newNotify(pairNotify{Withdraw: w})
	}
	h.toSubscribers(e.Caller, e.OfficialID, false, func(to string) any { return entry(to, e.OfficialID) })
	if e.Caller.Instance != 0 {
		h.toUser(app, e.Caller.UserID, e.Caller.Instance, func() any { return entry(e.OfficialID, e.Caller.UserID) })
	}
}

// toSubscribers pushes to each subscriber of an official account an entry of his own,
// but none to the owner whose client caused it.
func (h *hub) toSubscribers(caller chat.Caller, officialID string, message bool, entry func(to string) any) {
	app := caller.App.SDKAppID
	if h.only(func() string { return groupSubject(officialKey(app, officialID)) }) {
		return
	}
	h.mu.RLock()
	var users []string
	if a := h.groups[officialKey(app, officialID)]; a != nil {
		for u, hushed := range a.members {
			if (hushed && message) || (caller.Instance != 0 && u.key.id == caller.UserID) {
				continue
			}
			users = append(users, u.key.id)
		}
	}
	h.mu.RUnlock()
	for _, id := range users {
		if message && h.awaits(app, id) {
			continue
		}
		h.toUser(app, id, 0, func() any { return entry(id) })
	}
}

// officialSubscribed puts subscribers into the audience.
func officialSubscribed(h *hub, e event.OfficialSubscribed) {
	for _, s := range e.Subscribers {
		h.join(officialKey(e.Caller.App.SDKAppID, e.OfficialID), s.UserID, s.MsgFlag, time.Time{})
	}
}

func officialUnsubscribed(h *hub, e event.OfficialUnsubscribed) {
	for _, id := range e.UserIDs {
		h.leave(officialKey(e.Caller.App.SDKAppID, e.OfficialID), id)
	}
}

func officialDestroyed(h *hub, e event.OfficialDestroyed) {
	if h.everywhere() {
		return
	}
	app := e.Caller.App.SDKAppID
	h.drop(officialKey(app, e.OfficialID))
	h.names.forgetPerson(app, e.OfficialID)
}

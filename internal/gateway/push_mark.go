package gateway

import (
	"math/rand/v2"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

var markPushes = []pushRow{
	push(groupAttributesChanged), push(groupCountersChanged), push(groupMessagePinned),
	push(groupReactionChanged), push(pairReactionChanged), push(groupExtensionsChanged), push(pairExtensionsChanged),
}

// volatileBody is what a tip tells that has no place in the conversation.
type volatileBody struct {
	tipBody

	NewInfo          *volatileInfo    `json:"MsgGroupNewInfo,omitempty"`
	GroupCounterInfo []counterChange  `json:"GroupCounterInfo,omitempty"`
	PinnedMsg        *groupMessage    `json:"PinnedMsg,omitempty"`
	Unpinned         *unpinnedMessage `json:"SdkGroupMessageId,omitempty"`
}

type volatileInfo struct {
	GroupAttrOption attributeChange `json:"GroupAttrOption"`
}

type attributeChange struct {
	// OpType is 1 if all were replaced, 2 changed, 3 all deleted, 4 deleted.
	OpType       int   `json:"OpType"`
	GroupAttrSeq int64 `json:"GroupAttrSeq"`
	// PushChangedAttrValFlag is 1 because the values stand beside the keys.
	PushChangedAttrValFlag int         `json:"PushChangedAttrValFlag"`
	GroupAttrInfo          []attribute `json:"GroupAttrInfo"`
}

type counterChange struct {
	// Type is 0 for given values, 2 for those that were counted.
	Type            int       `json:"Type"`
	GroupCounterSeq int64     `json:"GroupCounterSeq"`
	GroupCounter    []counter `json:"GroupCounter"`
}

// unpinnedMessage names a message for clients that may not hold it.
type unpinnedMessage struct {
	MsgClientTime int64  `json:"MsgClientTime"`
	MsgRandom     uint32 `json:"MsgRandom"`
	SenderTinyID  string `json:"SenderTinyId"`
	ServerTime    int64  `json:"ServerTime"`
	MsgSeq        int64  `json:"MsgSeq"`
}

// volatile is an entry with one tip that has no place in the conversation of w.
func (w where) volatile(at time.Time, seq int64, body volatileBody) tipEntry {
	info := newGroupInfo(w.groupID, w.topicID, w.name)
	body.List, body.MemberInfo = []string{}, []personInfo{}
	return tipEntry{Event: eventVolatileTip, GroupTips: []groupTip{{
		Event: eventVolatileTip, FromAccount: chat.SystemAccount, ToGroupID: w.groupID, MsgSeq: seq, MsgRandom: rand.Uint32(),
		MsgTimeStamp: at.Unix(), MsgClientTime: at.Unix(), TinyID: chat.TinyID(w.app, chat.SystemAccount), GroupInfo: &info, MsgBody: body,
	}}}
}

// by is the body of a tip about what somebody did.
func (h *hub) by(app chat.SDKAppID, t chat.TipType, operator string) volatileBody {
	return volatileBody{tipBody: tipBody{OpType: t, Operator: operator, OperatorInfo: newPersonInfo(h.names.person(app, operator))}}
}

// attributeOperations are the numbers of the protocol.
var attributeOperations = map[chat.AttributeOperation]int{
	chat.AttributesSet: 1, chat.AttributesModify: 2, chat.AttributesClear: 3, chat.AttributesDelete: 4,
}

// groupAttributesChanged leaves out the instance that did it, which has its answer.
func groupAttributesChanged(h *hub, e event.GroupAttributesChanged) {
	key := groupOf(e.Group)
	h.toGroup(key, delivery{except: e.Caller.Instance, entry: func() any {
		body := h.by(key.app, chat.TipInfoChanged, e.Operator)
		body.NewInfo = &volatileInfo{GroupAttrOption: attributeChange{
			OpType: attributeOperations[e.Operation], GroupAttrSeq: e.Version, PushChangedAttrValFlag: 1, GroupAttrInfo: newAttributes(e.Changed),
		}}
		return h.where(key, "").volatile(e.At, 0, body)
	}})
}

// groupCountersChanged tells all instances: their answers do not change what they
// remember.
func groupCountersChanged(h *hub, e event.GroupCountersChanged) {
	key := groupOf(e.Group)
	h.toGroup(key, delivery{entry: func() any {
		body := h.by(key.app, chat.TipInfoChanged, e.Operator)
		change := counterChange{Type: 2, GroupCounterSeq: e.Version, GroupCounter: newCounters(e.Changed)}
		if e.Set {
			change.Type = 0
		}
		body.GroupCounterInfo = []counterChange{change}
		return h.where(key, "").volatile(e.At, 0, body)
	}})
}

func groupMessagePinned(h *hub, e event.GroupMessagePinned) {
	key, m := keyOf(e.GroupMessage), e.Message
	h.toGroup(key, delivery{entry: func() any {
		at := h.where(key, e.TopicID)
		if e.Pinned {
			body := h.by(key.app, chat.TipPinned, e.Caller.UserID)
			item := at.message(m, h.names.person(key.app, m.Sender), h.names.card(key, m.Sender))
			body.PinnedMsg = &item
			return at.volatile(e.At, e.LastSeq, body)
		}
		body := h.by(key.app, chat.TipUnpinned, e.Caller.UserID)
		body.Unpinned = &unpinnedMessage{
			MsgClientTime: m.ClientTime, MsgRandom: m.Random, SenderTinyID: chat.TinyID(key.app, m.Sender), ServerTime: m.Time.Unix(), MsgSeq: m.Seq,
		}
		return at.volatile(e.At, e.LastSeq, body)
	}})
}

// reactionUsersPushed is how many users of a reaction a push names.
const reactionUsersPushed = 10

type reactionEntry struct {
	Event  eventNumber      `json:"Event"`
	List   []reactionNotify `json:"MsgReactionNotifyList,omitempty"`
	Notify *reactionNotify  `json:"MsgReactionNotify,omitempty"`
}

// reactionNotify says what reactions to a message have become, or to a user's other
// instances how he reacted himself.
type reactionNotify struct {
	Group   *messageName `json:"GroupMsgInfo,omitempty"`
	Pair    *messageName `json:"C2CMsgInfo,omitempty"`
	Summary []reaction   `json:"MsgReactionSummary,omitempty"`
	// Reaction and MsgOptType, 1 added or 2 taken back, are the user's own.
	Reaction   string `json:"Reaction,omitempty"`
	MsgOptType int    `json:"MsgOptType,omitempty"`
}

// own is the entry for the other instances of who reacted; it comes before the one
// for all, by which they show it.
func (n reactionNotify) own(c event.ReactionChange) reactionEntry {
	n.Reaction, n.MsgOptType = c.Reaction.ID, 2
	if c.Added {
		n.MsgOptType = 1
	}
	return reactionEntry{Event: eventReaction, Notify: &n}
}

func (n reactionNotify) all(c event.ReactionChange) reactionEntry {
	n.Summary = []reaction{newReaction(c.Reaction, reactionUsersPushed)}
	return reactionEntry{Event: eventReaction, List: []reactionNotify{n}}
}

// groupReactionChanged tells all instances, the one that did it among them: that is
// how it shows what it did.
func groupReactionChanged(h *hub, e event.GroupReactionChanged) {
	key, m := keyOf(e.GroupMessage), e.Message
	n := reactionNotify{Group: newMessageName(key.app, m)}
	h.toUser(key.app, e.UserID, e.Caller.Instance, func() any { return n.own(e.ReactionChange) })
	h.toGroup(key, delivery{only: receivers(m), entry: func() any { return n.all(e.ReactionChange) }})
}

func pairReactionChanged(h *hub, e event.PairReactionChanged) {
	app, m := e.Caller.App.SDKAppID, e.Message
	n := reactionNotify{Pair: newMessageName(app, m)}
	h.toUser(app, e.UserID, e.Caller.Instance, func() any { return n.own(e.ReactionChange) })
	h.toUsers(app, chat.Unique([]string{m.Sender, e.To}), 0, func() any { return n.all(e.ReactionChange) })
}

type extensionEntry struct {
	Event  eventNumber     `json:"Event"`
	Notify extensionNotify `json:"MsgExtensionNotify"`
}

type extensionNotify struct {
	TinyID     string                  `json:"TinyId"`
	Group      *messageName            `json:"ExtensionGroupMsgInfo,omitempty"`
	Pair       *messageName            `json:"ExtensionC2cMsgInfo,omitempty"`
	MsgOptType chat.ExtensionOperation `json:"MsgOptType"`
	LatestSeq  int64                   `json:"LatestSeq"`
	Set        []extensionChange       `json:"SetKVInfo,omitempty"`
	Delete     []extensionChange       `json:"DeleteKVInfo,omitempty"`
	Clear      []extensionChange       `json:"ClearKVInfo,omitempty"`
}

type extensionChange struct {
	MsgKeyValue []extension `json:"MsgKeyValue"`
	// ClearMsgSeq is up to which version all pairs are gone.
	ClearMsgSeq int64 `json:"ClearMsgSeq"`
}

func newExtensionNotify(app chat.SDKAppID, m *chat.Message, c event.ExtensionChange) extensionNotify {
	n := extensionNotify{TinyID: chat.TinyID(app, m.Sender), MsgOptType: c.Operation, LatestSeq: c.Version}
	change := []extensionChange{{MsgKeyValue: newExtensions(c.Changed)}}
	switch c.Operation {
	case chat.ExtensionSet:
		n.Set = change
	case chat.ExtensionDelete:
		n.Delete = change
	case chat.ExtensionClear:
		change[0].ClearMsgSeq = c.Version
		n.Clear = change
	}
	return n
}

// groupExtensionsChanged tells all instances: what was deleted with all the others
// leaves the memory of none without it.
func groupExtensionsChanged(h *hub, e event.GroupExtensionsChanged) {
	key, m := keyOf(e.GroupMessage), e.Message
	h.toGroup(key, delivery{only: receivers(m), entry: func() any {
		n := newExtensionNotify(key.app, m, e.ExtensionChange)
		n.Group = newMessageName(key.app, m)
		return extensionEntry{Event: eventExtension, Notify: n}
	}})
}

func pairExtensionsChanged(h *hub, e event.PairExtensionsChanged) {
	app, m := e.Caller.App.SDKAppID, e.Message
	h.toUsers(app, chat.Unique([]string{m.Sender, e.To}), 0, func() any {
		n := newExtensionNotify(app, m, e.ExtensionChange)
		n.Pair = newMessageName(app, m)
		return extensionEntry{Event: eventExtension, Notify: n}
	})
}

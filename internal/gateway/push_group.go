package gateway

import (
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

var groupPushes = []pushRow{
	push(groupCreated), push(groupMembersJoined), push(groupMembersLeft), push(groupDestroyed), push(groupInfoChanged),
	push(groupMemberChanged), push(groupMsgFlagChanged), push(groupTipped), push(noticed),
}

func groupOf(g event.Group) groupKey { return groupKey{g.Caller.App.SDKAppID, g.GroupID} }

func groupCreated(h *hub, e event.GroupCreated) { h.joinAll(groupOf(e.Group), e.Members, e.At) }

// groupMembersJoined comes before the tip, so that the new members get it.
func groupMembersJoined(h *hub, e event.GroupMembersJoined) {
	h.joinAll(groupOf(e.Group), e.Members, e.At)
}

func (h *hub) joinAll(key groupKey, members []chat.Member, at time.Time) {
	for i := range members {
		h.join(key, members[i].UserID, members[i].MsgFlag, at)
		h.names.forgetCard(key, members[i].UserID)
	}
}

// groupMembersLeft comes before the tip, so that only those who stay get it.
func groupMembersLeft(h *hub, e event.GroupMembersLeft) {
	key := groupOf(e.Group)
	h.only(func() string { return groupSubject(key) })
	for _, id := range e.Members {
		h.leave(key, id)
		h.names.forgetCard(key, id)
	}
}

func groupDestroyed(h *hub, e event.GroupDestroyed) {
	if h.everywhere() {
		return
	}
	key := groupOf(e.Group)
	if e.Notice != nil {
		h.toGroup(key, delivery{entry: func() any { return noticeEntry(key.app, e.Notice) }})
	}
	h.drop(key)
	h.names.forgetGroup(key)
}

func groupInfoChanged(h *hub, e event.GroupInfoChanged) {
	if !h.everywhere() {
		h.names.forgetGroup(groupOf(e.Group))
	}
}

func groupMemberChanged(h *hub, e event.GroupMemberChanged) {
	if e.NameCard != nil && !h.everywhere() {
		h.names.forgetCard(groupOf(e.Group), e.UserID)
	}
}

func groupMsgFlagChanged(h *hub, e event.GroupMsgFlagChanged) {
	h.join(groupOf(e.Group), e.UserID, e.MsgFlag, time.Time{})
}

func groupTipped(h *hub, e event.GroupTipped) {
	key := keyOf(e.GroupMessage)
	h.toGroup(key, delivery{said: e.Message.Time, entry: func() any {
		item := h.where(key, e.TopicID).tip(e.Message)
		return tipEntry{Event: item.Event, GroupTips: []groupTip{item}}
	}})
}

// noticed tells one user something, but not the instance with which he did it
// himself.
func noticed(h *hub, e event.Noticed) {
	except := int64(0)
	if e.Notice.UserID == e.Caller.UserID {
		except = e.Caller.Instance
	}
	app := e.Caller.App.SDKAppID
	if e.Notice.ID != 0 && h.awaits(app, e.Notice.UserID) {
		return
	}
	h.toUser(app, e.Notice.UserID, except, func() any { return noticeEntry(app, &e.Notice) })
}

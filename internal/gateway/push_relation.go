package gateway

import (
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// relationPushes tell users of their relations. A client learns from them what it did
// itself, so they go to the caller too.
var relationPushes = []pushRow{
	push(friendsAdded), push(friendsDeleted), push(friendsUpdated), push(friendAsked), push(pendencyEnded), push(pendenciesRead),
	push(usersBlocked), push(usersUnblocked),
}

// friendPushType is what a push about relations tells.
type friendPushType int

const (
	friendPushAdded     friendPushType = 1
	friendPushDeleted   friendPushType = 2
	friendPushAsked     friendPushType = 3
	friendPushAskedGone friendPushType = 4
	friendPushBlocked   friendPushType = 5
	friendPushUnblocked friendPushType = 6
	friendPushAskedRead friendPushType = 7
	friendPushUpdated   friendPushType = 8
)

type friendPush struct {
	Event         eventNumber `json:"Event"`
	FriendListMod []friendMod `json:"FriendListMod"`
}

type friendMod struct {
	PushType     friendPushType  `json:"PushType"`
	FromAccount  string          `json:"From_Account"`
	FriendAdd    []string        `json:"FriendAdd_Account,omitempty"`
	FriendDel    []string        `json:"FriendDel_Account,omitempty"`
	BlackListAdd []string        `json:"BlackListAdd_Account,omitempty"`
	BlackListDel []string        `json:"BlackListDel_Account,omitempty"`
	PendencyDel  []string        `json:"FrienPencydDel_Account,omitempty"` // spelt so
	PendencyAdd  []pendencyAdded `json:"PendencyAdd,omitempty"`
	FriendUpInfo []friendUpdated `json:"FriendUpInfo,omitempty"`
	ReportTime   int64           `json:"ReportTime,omitempty"`
}

type pendencyAdded struct {
	PendencyAddAccount string `json:"PendencyAdd_Account"`
	AddSource          string `json:"AddSource"`
	AddWording         string `json:"AddWording"`
	AddTime            int64  `json:"AddTime"`
	ProfileImNick      string `json:"ProfileImNick"`
	ProfileImImage     string `json:"ProfileImImage"`
}

type friendUpdated struct {
	FriendAccount string     `json:"Friend_Account"`
	Sns           []tagValue `json:"Sns"`
}

// toFriend pushes one change to a user.
func (h *hub) toFriend(app chat.SDKAppID, userID string, mod friendMod) {
	h.toUser(app, userID, 0, func() any { return friendPush{eventFriends, []friendMod{mod}} })
}

func friendsAdded(h *hub, e event.FriendsAdded) {
	owners, friends := byOwner(e.Pairs)
	for i, owner := range owners {
		h.toFriend(e.Caller.App.SDKAppID, owner, friendMod{PushType: friendPushAdded, FromAccount: owner, FriendAdd: friends[i]})
	}
}

func friendsDeleted(h *hub, e event.FriendsDeleted) {
	owners, friends := byOwner(e.Pairs)
	for i, owner := range owners {
		h.toFriend(e.Caller.App.SDKAppID, owner, friendMod{PushType: friendPushDeleted, FromAccount: owner, FriendDel: friends[i]})
	}
}

// byOwner sorts entries by the lists that they belong to.
func byOwner(pairs []event.FriendPair) (owners []string, friends [][]string) {
	place := make(map[string]int, len(pairs))
	for _, p := range pairs {
		i, known := place[p.Owner]
		if !known {
			i = len(owners)
			place[p.Owner] = i
			owners, friends = append(owners, p.Owner), append(friends, nil)
		}
		friends[i] = append(friends[i], p.Friend)
	}
	return owners, friends
}

func friendsUpdated(h *hub, e event.FriendsUpdated) {
	mod := friendMod{PushType: friendPushUpdated, FromAccount: e.UserID}
	for _, c := range e.Changes {
		mod.FriendUpInfo = append(mod.FriendUpInfo, friendUpdated{c.UserID, fieldValues(c.Fields)})
	}
	h.toFriend(e.Caller.App.SDKAppID, e.UserID, mod)
}

// friendAsked tells both sides of a request. From_Account is the asker for both: that
// is how clients know whose request it is.
func friendAsked(h *hub, e event.FriendAsked) {
	app, p := e.Caller.App.SDKAppID, e.Pendency
	for user, other := range map[string]chat.Person{p.Asked: e.Person, p.Asker: h.names.person(app, p.Asked)} {
		h.toFriend(app, user, friendMod{PushType: friendPushAsked, FromAccount: p.Asker, PendencyAdd: []pendencyAdded{{
			PendencyAddAccount: other.UserID, AddSource: p.AddSource, AddWording: p.AddWording, AddTime: p.Time.Unix(),
			ProfileImNick: other.Nick, ProfileImImage: other.FaceURL,
		}}})
	}
}

func pendencyEnded(h *hub, e event.PendencyEnded) {
	for user, other := range map[string]string{e.Asker: e.Asked, e.Asked: e.Asker} {
		h.toFriend(e.Caller.App.SDKAppID, user, friendMod{PushType: friendPushAskedGone, FromAccount: e.Asker, PendencyDel: []string{other}})
	}
}

func pendenciesRead(h *hub, e event.PendenciesRead) {
	h.toFriend(e.Caller.App.SDKAppID, e.UserID, friendMod{PushType: friendPushAskedRead, FromAccount: e.UserID, ReportTime: e.At.Unix()})
}

func usersBlocked(h *hub, e event.UsersBlocked) {
	h.toFriend(e.Caller.App.SDKAppID, e.UserID, friendMod{PushType: friendPushBlocked, FromAccount: e.UserID, BlackListAdd: e.Blocked})
}

func usersUnblocked(h *hub, e event.UsersUnblocked) {
	h.toFriend(e.Caller.App.SDKAppID, e.UserID, friendMod{PushType: friendPushUnblocked, FromAccount: e.UserID, BlackListDel: e.Unblocked})
}

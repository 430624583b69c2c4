package gateway

import (
	"slices"

	"github.com/parley-im/parley/internal/event"
)

// profilePushes are those of profiles, relations, follows and statuses.
var profilePushes = slices.Concat([]pushRow{push(profileChanged), push(accountDeleted)}, relationPushes, followPushes, userStatusPushes)

type profilePush struct {
	Event          eventNumber  `json:"Event"`
	ProfileDataMod []profileMod `json:"ProfileDataMod"`
}

type profileMod struct {
	ProfileAccount string     `json:"Profile_Account"`
	PushType       int        `json:"PushType"`
	ProfileList    []tagValue `json:"ProfileList"`
}

// profileChanged tells the user's other instances and those who have him among
// their friends.
func profileChanged(h *hub, e event.ProfileChanged) {
	if h.everywhere() {
		return
	}
	app := e.Caller.App.SDKAppID
	h.names.forgetPerson(app, e.UserID)
	entry := func() any {
		return profilePush{eventProfile, []profileMod{{ProfileAccount: e.UserID, PushType: 1, ProfileList: fieldValues(e.Fields)}}}
	}
	h.toUsers(app, append([]string{e.UserID}, e.Friends...), e.Caller.Instance, entry)
}

// accountDeleted forgets how the account was called. Its sessions are ended one by
// one.
func accountDeleted(h *hub, e event.AccountDeleted) {
	if !h.everywhere() {
		h.names.forgetPerson(e.Caller.App.SDKAppID, e.UserID)
	}
}

package gateway

import "github.com/parley-im/parley/internal/event"

// conversationEntry is an entry of EventArray about conversations of the user.
type conversationEntry struct {
	Event            eventNumber        `json:"Event"`
	RecentContactMod []conversationPush `json:"RecentContactMod"`
}

// The PushTypes of conversations.
const (
	pushDeleted = iota + 1
	pushPinned
	pushUnpinned
	pushMarked
	pushGroupCreated
	pushGroupDeleted
	pushGroupUpdated
)

// conversationPush holds, beside its type, one of its fields.
type conversationPush struct {
	PushType    int              `json:"PushType"`
	Deleted     *contactList     `json:"RecentContactDeleteItem,omitempty"`
	Top         *contactList     `json:"RecentContactTopItem,omitempty"`
	Mark        *markPush        `json:"RecentContactMarkContact,omitempty"`
	GroupMade   *groupMadePush   `json:"RecentContactCreateContactGroup,omitempty"`
	GroupGone   *groupGonePush   `json:"RecentContactDelContactGroup,omitempty"`
	GroupChange *groupChangePush `json:"RecentContactUpdateContactGroup,omitempty"`
}

type contactList struct {
	List []pushedContact `json:"RecentContactList"`
}

type pushedContact struct {
	Type        int    `json:"Type"`
	UserAccount string `json:"User_Account,omitempty"`
	GroupID     string `json:"GroupId,omitempty"`
}

func newPushedContact(ref event.ContactRef) pushedContact {
	if ref.Group {
		return pushedContact{Type: contactGroup, GroupID: ref.ID}
	}
	return pushedContact{Type: contactUser, UserAccount: ref.ID}
}

func pushedContacts(refs []event.ContactRef) []pushedContact {
	list := make([]pushedContact, 0, len(refs))
	for _, ref := range refs {
		list = append(list, newPushedContact(ref))
	}
	return list
}

type markPush struct {
	Items []markPushItem `json:"RecentContactMarkContactItem"`
}

type markPushItem struct {
	Item         pushedContact `json:"RecentContactItem"`
	OptType      int           `json:"OptType"`
	StandardMark string        `json:"StandardMark"`
	CustomMark   string        `json:"CustomMark"`
}

type groupMadePush struct {
	Items []groupMade `json:"MsgContactGroupContactItem"`
}

type groupMade struct {
	Group    contactGroupItem `json:"MsgGroupItem"`
	Contacts []pushedContact  `json:"MsgRecentContactItem"`
}

type groupGonePush struct {
	Groups []contactGroupItem `json:"MsgGroupItem"`
}

type groupChangePush struct {
	UpdateType int         `json:"UpdateType"`
	Group      groupChange `json:"MsgUpdateGroup"`
}

type groupChange struct {
	contactGroupItem

	UpdateGroupType int          `json:"UpdateGroupType"`
	OldGroupName    string       `json:"OldGroupName"`
	Items           []sortedItem `json:"RecentContactUpdateGroupItem"`
}

type sortedItem struct {
	ContactOptType int           `json:"ContactOptType"`
	Item           pushedContact `json:"RecentContactItem"`
}

// toOthers tells the other clients of a user what became of his conversations.
func (h *hub) toOthers(p event.Personal, made func() conversationPush) {
	h.toUser(p.Caller.App.SDKAppID, p.UserID, p.Caller.Instance, func() any {
		return conversationEntry{Event: eventConversations, RecentContactMod: []conversationPush{made()}}
	})
}

func contactsDeleted(h *hub, e event.ContactsDeleted) {
	h.toOthers(e.Personal, func() conversationPush {
		return conversationPush{PushType: pushDeleted, Deleted: &contactList{List: pushedContacts(e.Contacts)}}
	})
}

func contactsPinned(h *hub, e event.ContactsPinned) {
	h.toOthers(e.Personal, func() conversationPush {
		p := conversationPush{PushType: pushUnpinned, Top: &contactList{List: pushedContacts(e.Contacts)}}
		if e.Pinned {
			p.PushType = pushPinned
		}
		return p
	})
}

func contactMarked(h *hub, e event.ContactMarked) {
	h.toOthers(e.Personal, func() conversationPush {
		opt := optMarks
		if e.Custom {
			if opt = optCustom; e.Standard {
				opt = optBoth
			}
		}
		return conversationPush{PushType: pushMarked, Mark: &markPush{Items: []markPushItem{{
			Item: newPushedContact(e.Contact), OptType: opt, StandardMark: markText(e.StandardMark), CustomMark: e.CustomMark,
		}}}}
	})
}

func contactGroupCreated(h *hub, e event.ContactGroupCreated) {
	h.toOthers(e.Personal, func() conversationPush {
		return conversationPush{PushType: pushGroupCreated, GroupMade: &groupMadePush{Items: []groupMade{{
			Group: newContactGroup(e.Group), Contacts: pushedContacts(e.Contacts),
		}}}}
	})
}

func contactGroupsDeleted(h *hub, e event.ContactGroupsDeleted) {
	h.toOthers(e.Personal, func() conversationPush {
		return conversationPush{PushType: pushGroupDeleted, GroupGone: &groupGonePush{Groups: newContactGroups(e.Groups)}}
	})
}

func contactGroupRenamed(h *hub, e event.ContactGroupRenamed) {
	h.toOthers(e.Personal, func() conversationPush {
		return conversationPush{PushType: pushGroupUpdated, GroupChange: &groupChangePush{UpdateType: 1, Group: groupChange{
			contactGroupItem: newContactGroup(e.Group), UpdateGroupType: updateRename, OldGroupName: e.OldName, Items: []sortedItem{},
		}}}
	})
}

func contactGroupChanged(h *hub, e event.ContactGroupChanged) {
	h.toOthers(e.Personal, func() conversationPush {
		items := make([]sortedItem, 0, len(e.Added)+len(e.Removed))
		for _, ref := range e.Added {
			items = append(items, sortedItem{ContactOptType: optAdd, Item: newPushedContact(ref)})
		}
		for _, ref := range e.Removed {
			items = append(items, sortedItem{ContactOptType: optRemove, Item: newPushedContact(ref)})
		}
		return conversationPush{PushType: pushGroupUpdated, GroupChange: &groupChangePush{UpdateType: 1, Group: groupChange{
			contactGroupItem: newContactGroup(e.Group), UpdateGroupType: updateSort, OldGroupName: e.Group.Name, Items: items,
		}}}
	})
}

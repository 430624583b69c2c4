package group

import "github.com/parley-im/parley/internal/chat"

// rank orders those who may want something of a group.
type rank int

const (
	rankNone rank = iota
	rankMember
	rankAdmin
	rankOwner
	// rankApp is that of the app's administrators, in every group.
	rankApp
)

func rankOf(role chat.Role) rank {
	switch role {
	case chat.RoleOwner:
		return rankOwner
	case chat.RoleAdmin:
		return rankAdmin
	case chat.RoleMember:
		return rankMember
	case chat.RoleNone:
	}
	return rankNone
}

// rights are the lowest ranks that may do something in groups of a type.
// Spec: groups#1.2
type rights struct {
	// edit is for name, introduction, notification, picture and app-defined fields,
	// options for how one becomes a member and what he sees.
	edit, options   rank
	mute, remove    rank
	destroy, invite rank
}

var rightsOf = map[chat.GroupType]rights{
	chat.Private: {
		edit: rankMember, options: rankOwner, mute: rankOwner, remove: rankOwner, destroy: rankApp, invite: rankMember,
	},
	chat.Public: {
		edit: rankAdmin, options: rankAdmin, mute: rankAdmin, remove: rankAdmin, destroy: rankOwner, invite: rankMember,
	},
	chat.ChatRoom: {
		edit: rankOwner, options: rankOwner, mute: rankAdmin, remove: rankAdmin, destroy: rankOwner, invite: rankMember,
	},
	chat.AVChatRoom: {
		edit: rankOwner, options: rankOwner, mute: rankAdmin, remove: rankAdmin, destroy: rankOwner, invite: rankApp,
	},
	chat.Community: {
		edit: rankAdmin, options: rankAdmin, mute: rankAdmin, remove: rankAdmin, destroy: rankOwner, invite: rankMember,
	},
}

// require refuses callers of a rank below least.
func (e *edit) require(least rank) error {
	switch {
	case e.rank >= least:
		return nil
	case e.rank == rankNone:
		return errNoMember
	}
	return errRank
}

// above refuses to act on somebody of the caller's own rank or a higher one.
func (e *edit) above(role chat.Role) error {
	if e.rank > rankOf(role) {
		return nil
	}
	return errRank
}

// rights are those in the group that is changed.
func (e *edit) rights() rights { return rightsOf[e.group.Type.Canonical()] }

var errRank = chat.ErrNotPermitted.Because("the caller's role in the group does not allow it")

package group

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// Quit ends the caller's membership. The owner of a Private group leaves it without
// one; owners of other groups cannot quit. Leaving a room that the caller is not in
// succeeds.
func (s *Service) Quit(ctx context.Context, caller chat.Caller, groupID string) error {
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		role, err := e.role(ctx, caller.UserID)
		switch {
		case err != nil:
			return err
		case role == chat.RoleNone && e.group.Type.Is(chat.AVChatRoom):
			return nil
		case role == chat.RoleNone:
			return errNoMember
		case role == chat.RoleOwner && !e.group.Type.Is(chat.Private):
			return chat.ErrOwnerCannotQuit
		case role == chat.RoleOwner:
			if err := e.tx.SetOwner(ctx, e.group.Conversation, ""); err != nil {
				return err
			}
		}
		if err := e.dismiss(ctx, departure{ids: []string{caller.UserID}}); err != nil {
			return err
		}
		return e.notice(ctx, false, chat.Notice{UserID: caller.UserID, Type: chat.NoticeQuit})
	})
}

// departure is users on their way out of a group.
type departure struct {
	ids []string
	// removed tells those who were removed from those who quit.
	removed bool
	// silent departures are not announced in the conversation.
	silent bool
	// lost is set when the app has been told already that they are offline.
	lost bool
}

// dismiss ends memberships, and tells those who stay.
func (e *edit) dismiss(ctx context.Context, d departure) error {
	gone, err := e.tx.RemoveMembers(ctx, e.group.Conversation, d.ids)
	if err != nil || len(gone) == 0 {
		return err
	}
	e.group.MemberNum -= len(gone)
	if err := e.record(ctx, event.GroupMembersLeft{Group: e.event(), Removed: d.removed, Members: gone}); err != nil {
		return err
	}
	if !d.lost {
		if err := e.state(ctx, event.RoomQuit, gone); err != nil {
			return err
		}
	}
	if d.silent || e.quiet() {
		return nil
	}
	tip := chat.Tip{Type: chat.TipQuit}
	if d.removed {
		tip.Type = chat.TipRemoved
	}
	return e.tip(ctx, tip, gone...)
}

// RemoveRequest names members who are to go. Spec: groups#6.2
type RemoveRequest struct {
	GroupID string
	UserIDs []string
	// Reason is shown to those who are removed.
	Reason string
	// Silent tells those who stay nothing.
	Silent bool
}

// RemoveMembers removes users from a group; those who are no members count as
// removed.
func (s *Service) RemoveMembers(ctx context.Context, caller chat.Caller, r RemoveRequest) error {
	if err := checkMembers(r.GroupID, "MemberToDel_Account", r.UserIDs, chat.MaxDeleteMembers); err != nil {
		return err
	}
	if len(r.Reason) > chat.MaxApplicationBytes {
		return chat.ErrParameter.Because("Reason is longer than %d bytes", chat.MaxApplicationBytes)
	}
	ids := chat.Unique(r.UserIDs)
	return s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		if !e.group.Type.Rules().MemberList {
			// The protocol has another code here than for all other commands.
			return chat.ErrParameter.Because("members of an AVChatRoom cannot be removed, mute them")
		}
		roles, err := e.removable(ctx, ids)
		if err != nil {
			return err
		}
		if err := e.dismiss(ctx, departure{ids: ids, removed: true, silent: r.Silent}); err != nil {
			return err
		}
		members := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return roles[id] == "" })
		return e.noticeAll(ctx, members, chat.Notice{Type: chat.NoticeRemoved, Remark: r.Reason})
	})
}

// removable returns the roles of those who are to be removed, if the caller may.
func (e *edit) removable(ctx context.Context, ids []string) (map[string]chat.Role, error) {
	if slices.Contains(ids, e.group.Owner) {
		return nil, chat.ErrNotPermitted.Because("the owner cannot be removed")
	}
	if err := e.require(e.rights().remove); err != nil {
		return nil, err
	}
	roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		if err := e.above(role); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

// Destroy dissolves a group. Spec: groups#5.5
func (s *Service) Destroy(ctx context.Context, caller chat.Caller, groupID string) error {
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if err := e.require(e.rights().destroy); err != nil {
			return err
		}
		happened := event.GroupDestroyed{Group: e.event(), Owner: e.group.Owner, Name: e.group.Name}
		if e.group.Type.Rules().MemberList {
			members, _, err := e.tx.ListMembers(ctx, e.group.Conversation, store.MemberPage{Limit: maxListed})
			if err != nil {
				return err
			}
			for i := range members {
				happened.Members = append(happened.Members, members[i].UserID)
			}
		}
		if err := e.tx.DeleteGroup(ctx, e.group); err != nil {
			return err
		}
		return e.destroyed(ctx, happened)
	})
}

// maxFarewells is how many members of a group that is destroyed are told each by
// himself, so that they learn of it also if they are offline. In larger groups only
// those who are connected are told; the others find the group gone.
const maxFarewells = 500

// destroyed tells everybody that the group is gone.
func (e *edit) destroyed(ctx context.Context, happened event.GroupDestroyed) error {
	farewell := chat.Notice{Type: chat.NoticeDestroyed}
	if e.group.Type.Rules().MemberList && len(happened.Members) <= maxFarewells {
		if err := e.record(ctx, happened); err != nil {
			return err
		}
		return e.noticeAll(ctx, happened.Members, farewell)
	}
	e.complete(&farewell)
	happened.Notice = &farewell
	return e.record(ctx, happened)
}

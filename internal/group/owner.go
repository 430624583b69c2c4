package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// ChangeOwner gives a group to another member. The owner before becomes an ordinary
// member.
func (s *Service) ChangeOwner(ctx context.Context, caller chat.Caller, groupID, newOwner string) error {
	if newOwner == "" {
		return chat.ErrParameter.Because("NewOwner_Account is required")
	}
	return s.edit(ctx, caller, groupID, func(e *edit) error {
		if e.group.Type.Is(chat.AVChatRoom) {
			return chat.ErrNotPermitted.Because("an AVChatRoom keeps its owner")
		}
		if err := e.require(rankOwner); err != nil {
			return err
		}
		old := e.group.Owner
		if old == newOwner {
			return nil
		}
		if err := e.setRole(ctx, newOwner, chat.RoleOwner); err != nil {
			return err
		}
		if old != "" {
			if err := e.setRole(ctx, old, chat.RoleMember); err != nil {
				return err
			}
		}
		if err := e.tx.SetOwner(ctx, e.group.Conversation, newOwner); err != nil {
			return err
		}
		// An owner cannot be muted.
		if err := e.tx.SetMutes(ctx, e.group.Conversation, []string{newOwner}, 0); err != nil {
			return err
		}
		if err := e.save(ctx); err != nil {
			return err
		}
		if err := e.record(ctx, event.GroupOwnerChanged{Group: e.event(), Old: old, New: newOwner}); err != nil {
			return err
		}
		return e.tip(ctx, chat.Tip{Type: chat.TipInfoChanged, Info: &chat.GroupChange{Owner: &newOwner}}, newOwner)
	})
}

// setRole changes a member's role.
func (e *edit) setRole(ctx context.Context, userID string, role chat.Role) error {
	m, err := e.member(ctx, userID)
	if err != nil {
		return err
	}
	m.Role = role
	return e.tx.UpdateMember(ctx, e.group.Conversation, m)
}

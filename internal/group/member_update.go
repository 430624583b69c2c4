package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// MemberUpdate changes one member; a nil field is left as it is.
// Spec: groups#6.6
type MemberUpdate struct {
	GroupID        string
	UserID         string
	Role           *string
	MsgFlag        *string
	NameCard       *string
	AppDefinedData []chat.KeyValue
	// MuteSeconds mutes from now; 0 lifts.
	MuteSeconds *uint32
}

// UpdateMember changes a member.
func (s *Service) UpdateMember(ctx context.Context, caller chat.Caller, r *MemberUpdate) error {
	if err := r.check(); err != nil {
		return err
	}
	// Compiling the filter may take long, and a transaction must not.
	blocked := s.moderate(caller.App, r.NameCard)
	return s.change(ctx, caller.App, r.GroupID, func(tx store.Tx, g *chat.Group) error {
		if !g.Type.Rules().MemberList {
			return errNoMemberList
		}
		m, err := tx.Member(ctx, g.Conversation, r.UserID)
		if errors.Is(err, store.ErrNotFound) {
			return chat.ErrParameter.Because("Member_Account is no member of the group")
		}
		if err != nil {
			return err
		}
		if err := r.apply(caller.App, g, m); err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		if err := tx.UpdateMember(ctx, g.Conversation, m); err != nil || r.MuteSeconds == nil {
			return err
		}
		return tx.SetMutes(ctx, g.Conversation, []string{r.UserID}, chat.MuteEnd(*r.MuteSeconds, tx.Now()))
	})
}

// check refuses what is right in no group and for no member.
func (r *MemberUpdate) check() error {
	if err := checkID(r.GroupID); err != nil {
		return err
	}
	switch {
	case r.UserID == "":
		return chat.ErrParameter.Because("Member_Account is required")
	case r.Role != nil && *r.Role != string(chat.RoleAdmin) && *r.Role != string(chat.RoleMember):
		return chat.ErrParameter.Because("Role is neither Admin nor Member")
	case r.MsgFlag != nil && !chat.IsMsgFlag(*r.MsgFlag):
		return chat.ErrParameter.Because("MsgFlag is unknown")
	case r.NameCard != nil && len(*r.NameCard) > chat.MaxNameCardBytes:
		return chat.ErrParameter.Because("NameCard is longer than %d bytes", chat.MaxNameCardBytes)
	}
	return checkCustomData(r.AppDefinedData, chat.MaxMemberCustomKeys, chat.MaxMemberCustomValueBytes)
}

// apply changes m, or refuses what its group or its role does not allow.
func (r *MemberUpdate) apply(app *chat.App, g *chat.Group, m *chat.Member) error {
	if r.Role != nil {
		role := chat.Role(*r.Role)
		switch {
		case m.Role == chat.RoleOwner:
			return chat.ErrNotPermitted.Because("the owner's role cannot be changed")
		case role == chat.RoleAdmin && !g.Type.Rules().Admins:
			return errNoAdmins
		}
		m.Role = role
	}
	if r.MuteSeconds != nil {
		if err := mayMute(app, g, []string{r.UserID}, *r.MuteSeconds); err != nil {
			return err
		}
	}
	if r.MsgFlag != nil {
		m.MsgFlag = *r.MsgFlag
	}
	if r.NameCard != nil {
		m.NameCard = *r.NameCard
	}
	m.AppDefinedData = chat.MergeCustomData(m.AppDefinedData, r.AppDefinedData)
	return checkCustomData(m.AppDefinedData, chat.MaxMemberCustomKeys, chat.MaxMemberCustomValueBytes)
}

var errNoAdmins = chat.ErrNotPermitted.Because("this type of group has no administrators")

// checkCustomData refuses what can be no app-defined fields.
func checkCustomData(data []chat.KeyValue, maxKeys, maxValue int) error {
	if why := chat.CheckCustomData(data, maxKeys, maxValue); why != "" {
		return chat.ErrParameter.Because("%s", why)
	}
	return nil
}

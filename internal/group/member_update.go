package group

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
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
	return s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		if !e.group.Type.Rules().MemberList {
			return e.updateVisitor(ctx, r)
		}
		m, err := e.member(ctx, r.UserID)
		if err != nil {
			return err
		}
		if err := e.mayUpdate(ctx, r, m); err != nil {
			return err
		}
		before := *m
		if err := r.apply(m); err != nil {
			return err
		}
		if blocked != nil {
			return blocked
		}
		if err := e.tx.UpdateMember(ctx, e.group.Conversation, m); err != nil {
			return err
		}
		return e.updated(ctx, r, &before, m)
	})
}

// updateVisitor changes somebody in a group that keeps no list of members: clients
// can mute him, and nothing else.
func (e *edit) updateVisitor(ctx context.Context, r *MemberUpdate) error {
	if e.caller.Admin || r.MuteSeconds == nil {
		return errNoMemberList
	}
	if err := e.mayMute(ctx, []string{r.UserID}, *r.MuteSeconds); err != nil {
		return err
	}
	return e.mute(ctx, []string{r.UserID}, *r.MuteSeconds)
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

// mayUpdate refuses what the caller must not change of m. Everybody changes what
// concerns only himself.
func (e *edit) mayUpdate(ctx context.Context, r *MemberUpdate, m *chat.Member) error {
	if err := e.require(rankMember); err != nil {
		return err
	}
	himself := m.UserID == e.caller.UserID
	if r.MsgFlag != nil && !himself && e.rank < rankApp {
		return errRank
	}
	if (r.NameCard != nil || r.AppDefinedData != nil) && !himself {
		if err := e.require(rankAdmin); err != nil {
			return err
		}
		if err := e.above(m.Role); err != nil {
			return err
		}
	}
	if r.Role != nil {
		if err := e.mayAppoint(chat.Role(*r.Role), m); err != nil {
			return err
		}
	}
	if r.MuteSeconds != nil {
		return e.mayMute(ctx, []string{m.UserID}, *r.MuteSeconds)
	}
	return nil
}

func (e *edit) mayAppoint(role chat.Role, m *chat.Member) error {
	switch {
	case m.Role == chat.RoleOwner:
		return chat.ErrNotPermitted.Because("the owner's role cannot be changed")
	case role == chat.RoleAdmin && !e.group.Type.Rules().Admins:
		return errNoAdmins
	}
	return e.require(rankOwner)
}

// apply changes m, or refuses what would be too much.
func (r *MemberUpdate) apply(m *chat.Member) error {
	if r.Role != nil {
		m.Role = chat.Role(*r.Role)
	}
	set(&m.MsgFlag, r.MsgFlag)
	set(&m.NameCard, r.NameCard)
	m.AppDefinedData = chat.MergeCustomData(m.AppDefinedData, r.AppDefinedData)
	return checkCustomData(m.AppDefinedData, chat.MaxMemberCustomKeys, chat.MaxMemberCustomValueBytes)
}

// updated tells everybody what is different now.
func (e *edit) updated(ctx context.Context, r *MemberUpdate, before, now *chat.Member) error {
	happened := event.GroupMemberChanged{
		Group: e.event(), UserID: now.UserID, Role: difference(before.Role, now.Role), NameCard: difference(before.NameCard, now.NameCard),
	}
	if happened.Role != nil || happened.NameCard != nil {
		if err := e.record(ctx, happened); err != nil {
			return err
		}
	}
	if happened.Role != nil {
		if err := e.appointed(ctx, now); err != nil {
			return err
		}
	}
	if r.MuteSeconds != nil {
		if err := e.mute(ctx, []string{now.UserID}, *r.MuteSeconds); err != nil {
			return err
		}
	}
	if before.MsgFlag == now.MsgFlag {
		return nil
	}
	if err := e.record(ctx, event.GroupMsgFlagChanged{Group: e.event(), UserID: now.UserID, MsgFlag: now.MsgFlag}); err != nil {
		return err
	}
	return e.notice(ctx, false, chat.Notice{UserID: now.UserID, Type: chat.NoticeMsgFlag, MsgFlag: now.MsgFlag})
}

// appointed tells of a member's new role.
func (e *edit) appointed(ctx context.Context, m *chat.Member) error {
	tip, notice := chat.TipAdminCleared, chat.NoticeAdminCleared
	if m.Role == chat.RoleAdmin {
		tip, notice = chat.TipAdminSet, chat.NoticeAdminSet
	}
	if err := e.tip(ctx, chat.Tip{Type: tip}, m.UserID); err != nil {
		return err
	}
	return e.notice(ctx, true, chat.Notice{UserID: m.UserID, Type: notice})
}

var errNoAdmins = chat.ErrNotPermitted.Because("this type of group has no administrators")

// checkCustomData refuses what can be no app-defined fields.
func checkCustomData(data []chat.KeyValue, maxKeys, maxValue int) error {
	if why := chat.CheckCustomData(data, maxKeys, maxValue); why != "" {
		return chat.ErrParameter.Because("%s", why)
	}
	return nil
}

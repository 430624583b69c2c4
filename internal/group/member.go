package group

import (
	"context"
	"errors"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// AddResult is what became of one user who was to be added. Spec: groups#6.1
type AddResult int

// The results.
const (
	NotAdded AddResult = iota
	Added
	AlreadyMember
)

// AddMembers adds users to a group and says for each what became of him. As
// many are added as fit.
func (s *Service) AddMembers(ctx context.Context, caller chat.Caller, groupID string, userIDs []string) (map[string]AddResult, error) {
	ids := unique(userIDs)
	var results map[string]AddResult
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		if err := checkMemberList(g, len(userIDs), chat.MaxAddMembers); err != nil {
			return err
		}
		results, err = addMembers(ctx, tx, caller.App, g, ids)
		return err
	})
	return results, translate(err)
}

// checkMemberList refuses a list of members that the group's type or the
// command's limit does not allow.
func checkMemberList(g *chat.Group, n, most int) error {
	switch {
	case !g.Type.Rules().MemberList:
		return chat.ErrNotPermitted.Because("not for this type of group")
	case n == 0:
		return chat.ErrParameter.Because("the list of members is empty")
	case n > most:
		return chat.ErrTooManyAccounts
	}
	return nil
}

func addMembers(ctx context.Context, tx store.Tx, app *chat.App, g *chat.Group, ids []string) (map[string]AddResult, error) {
	exists, err := tx.AccountsExisting(ctx, app.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	roles, err := tx.Roles(ctx, g.Conversation, ids)
	if err != nil {
		return nil, err
	}
	results := make(map[string]AddResult, len(ids))
	var members []chat.Member
	wanted := 0
	for _, id := range ids {
		if _, ok := roles[id]; ok {
			results[id] = AlreadyMember
			continue
		}
		results[id] = NotAdded
		if !exists[id] {
			continue
		}
		wanted++
		if g.MaxMemberNum > 0 && g.MemberNum+len(members) >= g.MaxMemberNum {
			continue
		}
		m := newMember(g, id, chat.RoleMember)
		m.JoinTime = tx.Now()
		members = append(members, m)
		results[id] = Added
	}
	if wanted > 0 && len(members) == 0 {
		return nil, chat.ErrGroupFull
	}
	_, err = tx.AddMembers(ctx, app.SDKAppID, g.Conversation, members)
	return results, err
}

// RemoveMembers removes users from a group; those who are no members count as
// removed. Spec: groups#6.2
func (s *Service) RemoveMembers(ctx context.Context, caller chat.Caller, groupID, reason string, userIDs []string) error {
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		if g.Type.Is(chat.AVChatRoom) {
			return chat.ErrParameter.Because("members of an AVChatRoom cannot be removed, mute them")
		}
		if err := checkMemberList(g, len(userIDs), chat.MaxDeleteMembers); err != nil {
			return err
		}
		for _, id := range userIDs {
			if id == g.Owner && id != "" {
				return chat.ErrNotPermitted.Because("the owner cannot be removed")
			}
		}
		_, err = tx.RemoveMembers(ctx, g.Conversation, unique(userIDs))
		return err
	})
	return translate(err)
}

// ListRequest selects members of a group. Spec: groups#6.3
type ListRequest struct {
	GroupID string
	Roles   []chat.Role
	// Limit is at most 6,000; 0 means all.
	Limit  int
	Offset int
	// After continues a Community's list.
	After int64
}

// Page is one page of members.
type Page struct {
	Group   *chat.Group
	Members []chat.Member
	// Next is where a Community's list continues, 0 at its end.
	Next int64
}

// ListMembers returns a page of members in the order in which they joined.
func (s *Service) ListMembers(ctx context.Context, caller chat.Caller, r ListRequest) (Page, error) {
	if r.Limit < 0 || r.Offset < 0 {
		return Page{}, chat.ErrParameter.Because("Limit and Offset must not be negative")
	}
	var page Page
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, r.GroupID)
		if err != nil {
			return err
		}
		if !g.Type.Rules().MemberList {
			return chat.ErrNotPermitted.Because("not for this type of group")
		}
		q := store.MemberPage{Roles: r.Roles, Limit: min(r.Limit, chat.MaxMemberPage), Offset: r.Offset}
		if g.Type.Is(chat.Community) {
			q.Offset, q.After = 0, r.After
		}
		if q.Limit == 0 {
			q.Limit = maxListed + 1
		}
		members, last, err := tx.ListMembers(ctx, g.Conversation, q)
		if err != nil {
			return err
		}
		if len(members) > maxListed {
			return chat.ErrAnswerTooLarge
		}
		page = Page{Group: g, Members: members}
		if g.Type.Is(chat.Community) && len(members) == q.Limit {
			page.Next = last
		}
		return nil
	})
	return page, err
}

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
	err := s.store.Update(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, r.GroupID)
		if err != nil {
			return err
		}
		if !g.Type.Rules().MemberList {
			return chat.ErrNotPermitted.Because("not for this type of group")
		}
		if r.UserID == "" {
			return chat.ErrParameter.Because("Member_Account is required")
		}
		m, err := tx.Member(ctx, g.Conversation, r.UserID)
		if errors.Is(err, store.ErrNotFound) {
			return chat.ErrParameter.Because("Member_Account is no member of the group")
		}
		if err != nil {
			return err
		}
		if err := s.applyMember(caller.App, g, m, r); err != nil {
			return err
		}
		if err := tx.UpdateMember(ctx, g.Conversation, m); err != nil || r.MuteSeconds == nil {
			return err
		}
		if err := mayMute(caller.App, g, []string{r.UserID}); err != nil {
			return err
		}
		return tx.SetMutes(ctx, g.Conversation, []string{r.UserID}, chat.MuteEnd(*r.MuteSeconds, tx.Now()))
	})
	return translate(err)
}

func (s *Service) applyMember(app *chat.App, g *chat.Group, m *chat.Member, r *MemberUpdate) error {
	if r.Role != nil {
		if err := applyRole(g, m, chat.Role(*r.Role)); err != nil {
			return err
		}
	}
	if r.MsgFlag != nil {
		if !chat.IsMsgFlag(*r.MsgFlag) {
			return chat.ErrParameter.Because("MsgFlag is unknown")
		}
		m.MsgFlag = *r.MsgFlag
	}
	if r.NameCard != nil {
		if len(*r.NameCard) > chat.MaxNameCardBytes {
			return chat.ErrParameter.Because("NameCard is longer than 50 bytes")
		}
		if err := s.guard.Content(app, *r.NameCard); err != nil {
			return err
		}
		m.NameCard = *r.NameCard
	}
	if r.AppDefinedData == nil {
		return nil
	}
	merged := chat.MergeCustomData(m.AppDefinedData, r.AppDefinedData)
	if why := chat.CheckCustomData(merged, chat.MaxMemberCustomKeys, chat.MaxMemberCustomValueBytes); why != "" {
		return chat.ErrParameter.Because("%s", why)
	}
	m.AppDefinedData = merged
	return nil
}

func applyRole(g *chat.Group, m *chat.Member, role chat.Role) error {
	switch {
	case role != chat.RoleAdmin && role != chat.RoleMember:
		return chat.ErrParameter.Because("Role is neither Admin nor Member")
	case m.Role == chat.RoleOwner:
		return chat.ErrNotPermitted.Because("the owner's role cannot be changed")
	case role == chat.RoleAdmin && !g.Type.Rules().Admins:
		return chat.ErrNotPermitted.Because("this type of group has no administrators")
	}
	m.Role = role
	return nil
}

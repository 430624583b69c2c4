package group

import (
	"context"
	"slices"
	"time"

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
	if err := checkMembers(groupID, "MemberList", userIDs, chat.MaxAddMembers); err != nil {
		return nil, err
	}
	ids := chat.Unique(userIDs)
	var results map[string]AddResult
	err := s.change(ctx, caller.App, groupID, func(tx store.Tx, g *chat.Group) (err error) {
		if !g.Type.Rules().MemberList {
			return errNoMemberList
		}
		results, err = addMembers(ctx, tx, caller.App, g, ids)
		return err
	})
	return results, err
}

var errNoMemberList = chat.ErrNotPermitted.Because("not for this type of group")

// checkMembers refuses what can be no list of members of a group.
func checkMembers(groupID, field string, userIDs []string, most int) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	switch {
	case len(userIDs) == 0:
		return chat.ErrParameter.Because("%s is required", field)
	case len(userIDs) > most:
		return chat.ErrTooManyAccounts
	}
	return checkAccounts(field, userIDs)
}

func addMembers(ctx context.Context, tx store.Tx, app *chat.App, g *chat.Group, ids []string) (map[string]AddResult, error) {
	exists, err := tx.AccountsExisting(ctx, app.SDKAppID, ids)
	if err != nil {
		return nil, err
	}
	if len(exists) == 0 {
		return nil, chat.ErrUserNotFound.Because("MemberList")
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
	if err := checkMembers(groupID, "MemberToDel_Account", userIDs, chat.MaxDeleteMembers); err != nil {
		return err
	}
	return s.change(ctx, caller.App, groupID, func(tx store.Tx, g *chat.Group) error {
		if !g.Type.Rules().MemberList {
			// The protocol has another code here than for all other commands.
			return chat.ErrParameter.Because("members of an AVChatRoom cannot be removed, mute them")
		}
		if slices.Contains(userIDs, g.Owner) {
			return chat.ErrNotPermitted.Because("the owner cannot be removed")
		}
		_, err := tx.RemoveMembers(ctx, g.Conversation, chat.Unique(userIDs))
		return err
	})
}

// ListRequest selects members of a group. Spec: groups#6.3
type ListRequest struct {
	GroupID string
	// Roles, if any, are the only ones wanted.
	Roles []chat.Role
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
	if err := checkID(r.GroupID); err != nil {
		return Page{}, err
	}
	switch {
	case r.Limit < 0 || r.Offset < 0:
		return Page{}, chat.ErrParameter.Because("Limit and Offset must not be negative")
	case r.Limit > chat.MaxMemberPage:
		return Page{}, chat.ErrParameter.Because("Limit is at most %d", chat.MaxMemberPage)
	}
	var page Page
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, r.GroupID)
		if err != nil {
			return err
		}
		if !g.Type.Rules().MemberList {
			return errNoMemberList
		}
		page, err = listMembers(ctx, tx, g, &r)
		return err
	})
	return page, translate(err)
}

func listMembers(ctx context.Context, tx store.Tx, g *chat.Group, r *ListRequest) (Page, error) {
	page := Page{Group: g, Members: []chat.Member{}}
	roles := knownRoles(r.Roles)
	if len(r.Roles) > 0 && len(roles) == 0 {
		return page, nil // nobody has a role that does not exist
	}
	q := store.MemberPage{Roles: roles, Limit: r.Limit, Offset: r.Offset}
	if g.Type.Is(chat.Community) {
		q.Offset, q.After = 0, r.After
	}
	if q.Limit == 0 {
		q.Limit = maxListed + 1
	}
	members, last, err := tx.ListMembers(ctx, g.Conversation, q)
	if err != nil {
		return page, err
	}
	if len(members) > maxListed {
		return page, chat.ErrAnswerTooLarge
	}
	forgetEndedMutes(members, tx.Now())
	page.Members = members
	if !g.Type.Is(chat.Community) || len(members) < q.Limit {
		return page, nil
	}
	more, _, err := tx.ListMembers(ctx, g.Conversation, store.MemberPage{Roles: roles, Limit: 1, After: last})
	if len(more) > 0 {
		page.Next = last
	}
	return page, err
}

// knownRoles leaves out what is no role, and repetitions.
func knownRoles(wanted []chat.Role) []chat.Role {
	var known []chat.Role
	for _, role := range []chat.Role{chat.RoleOwner, chat.RoleAdmin, chat.RoleMember} {
		if slices.Contains(wanted, role) {
			known = append(known, role)
		}
	}
	return known
}

// forgetEndedMutes makes 0 of the end of a mute that is over.
func forgetEndedMutes(members []chat.Member, now time.Time) {
	for i := range members {
		if !chat.Muted(members[i].MuteUntil, now) {
			members[i].MuteUntil = 0
		}
	}
}

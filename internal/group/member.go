package group

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

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

// ListMembers returns a page of members in the order in which they joined, with
// Online set.
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
		if err := maySee(ctx, tx, caller, g); err != nil {
			return err
		}
		if page, err = listMembers(ctx, tx, g, &r); err != nil {
			return err
		}
		return setOnline(ctx, tx, caller.App, page.Members)
	})
	return page, translate(err)
}

// maySee refuses callers who must not see a group's members: those who are none
// themselves. The REST API has no lists of a room's visitors.
func maySee(ctx context.Context, tx store.Tx, caller chat.Caller, g *chat.Group) error {
	switch {
	case caller.Admin && !g.Type.Rules().MemberList:
		return errNoMemberList
	case caller.Admin || caller.App.IsAdministrator(caller.UserID):
		return nil
	}
	roles, err := tx.Roles(ctx, g.Conversation, []string{caller.UserID})
	if err == nil && roles[caller.UserID] == "" {
		return errNoMember
	}
	return err
}

// MaxSpecifiedMembers is how many members can be asked for by name.
const MaxSpecifiedMembers = 50

// Members reads members of a group by name, with Online set; those who are none are
// left out.
func (s *Service) Members(ctx context.Context, caller chat.Caller, groupID string, userIDs []string) ([]chat.Member, error) {
	if err := checkMembers(groupID, "Member_List_Account", userIDs, MaxSpecifiedMembers); err != nil {
		return nil, err
	}
	var members []chat.Member
	err := s.store.View(ctx, func(tx store.Tx) error {
		g, err := find(ctx, tx, caller.App, groupID)
		if err != nil {
			return err
		}
		if err := maySee(ctx, tx, caller, g); err != nil {
			return err
		}
		members = make([]chat.Member, 0, len(userIDs))
		for _, id := range chat.Unique(userIDs) {
			m, err := tx.Member(ctx, g.Conversation, id)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			members = append(members, *m)
		}
		forgetEndedMutes(members, tx.Now())
		return setOnline(ctx, tx, caller.App, members)
	})
	return members, translate(err)
}

// setOnline finds out which members have a client that is connected.
func setOnline(ctx context.Context, tx store.Tx, app *chat.App, members []chat.Member) error {
	ids := make([]string, 0, len(members))
	for i := range members {
		ids = append(ids, members[i].UserID)
	}
	online, err := tx.Online(ctx, app.SDKAppID, ids)
	for i := range members {
		members[i].Online = online[members[i].UserID]
	}
	return err
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

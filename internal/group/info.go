package group

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// maxListed bounds how many members one answer lists: more would not fit into
// the largest answer anyway.
const maxListed = 20_000

// Info is a group's profile with its members, or why there is none.
type Info struct {
	GroupID string
	Group   *chat.Group
	Members []chat.Member
	// Self is the caller's own membership, nil if he is no member or was not asked for.
	Self *chat.Member
	// Err is set when this group cannot be shown.
	Err *chat.Error
}

// Get reads the profiles of groups, in the order asked. Spec: groups#5.3
func (s *Service) Get(ctx context.Context, caller chat.Caller, groupIDs []string, withMembers bool) ([]Info, error) {
	if len(groupIDs) == 0 || len(groupIDs) > chat.MaxGroupInfoBatch {
		return nil, chat.ErrParameter.Because("GroupIdList has 1 to 50 entries")
	}
	infos := make([]Info, 0, len(groupIDs))
	err := s.store.View(ctx, func(tx store.Tx) error {
		listed := 0
		for _, id := range groupIDs {
			info, err := read(ctx, tx, caller.App, id, withMembers)
			if err != nil {
				return err
			}
			infos = append(infos, info)
			if listed += len(info.Members); listed > maxListed {
				return chat.ErrAnswerTooLarge
			}
		}
		return nil
	})
	return infos, translate(err)
}

func read(ctx context.Context, tx store.Tx, app *chat.App, groupID string, withMembers bool) (Info, error) {
	if !chat.WellFormedGroupID(groupID) {
		return Info{GroupID: groupID, Err: chat.ErrGroupID}, nil
	}
	g, err := find(ctx, tx, app, groupID)
	if refusal, ok := errors.AsType[*chat.Error](err); ok {
		return Info{GroupID: groupID, Err: refusal}, nil
	}
	if err != nil {
		return Info{}, err
	}
	info := Info{GroupID: groupID, Group: g}
	if !withMembers || !g.Type.Rules().MemberList {
		return info, nil
	}
	info.Members, _, err = tx.ListMembers(ctx, g.Conversation, store.MemberPage{Limit: maxListed + 1})
	if err != nil {
		return info, err
	}
	forgetEndedMutes(info.Members, tx.Now())
	return info, setOnline(ctx, tx, app, info.Members)
}

// GetOwn reads the profiles of groups with the caller's own membership, in the order
// asked. A Private group shows itself to members only.
func (s *Service) GetOwn(ctx context.Context, caller chat.Caller, groupIDs []string) ([]Info, error) {
	if len(groupIDs) == 0 || len(groupIDs) > chat.MaxGroupInfoBatch {
		return nil, chat.ErrParameter.Because("GroupIdList has 1 to 50 entries")
	}
	infos := make([]Info, 0, len(groupIDs))
	err := s.store.View(ctx, func(tx store.Tx) error {
		for _, id := range groupIDs {
			info, err := read(ctx, tx, caller.App, id, false)
			if err == nil && info.Err == nil {
				err = info.readSelf(ctx, tx, caller)
			}
			if err != nil {
				return err
			}
			infos = append(infos, info)
		}
		return nil
	})
	return infos, translate(err)
}

func (i *Info) readSelf(ctx context.Context, tx store.Tx, caller chat.Caller) error {
	m, err := tx.Member(ctx, i.Group.Conversation, caller.UserID)
	if errors.Is(err, store.ErrNotFound) {
		if i.Group.Type.Is(chat.Private) && !caller.App.IsAdministrator(caller.UserID) {
			i.Group, i.Err = nil, errNoMember
		}
		return nil
	}
	i.Self = m
	return err
}

// JoinedRequest selects groups of the caller.
type JoinedRequest struct {
	// Communities wants communities, with or without topics, otherwise all other
	// groups. AVChatRooms are left out.
	Communities, SupportTopic bool
	Offset                    int
	// Limit is at most MaxJoinedPage; 0 means as many.
	Limit int
}

// MaxJoinedPage is how many groups one page lists.
const MaxJoinedPage = 200

// ListJoined returns a page of the groups that the caller is in, each with his
// membership, and how many there are. The oldest membership comes first.
func (s *Service) ListJoined(ctx context.Context, caller chat.Caller, r JoinedRequest) (total int, infos []Info, err error) {
	if r.Offset < 0 || r.Limit < 0 {
		return 0, nil, chat.ErrParameter.Because("Limit and Offset must not be negative")
	}
	if r.Limit == 0 || r.Limit > MaxJoinedPage {
		r.Limit = MaxJoinedPage
	}
	err = s.store.View(ctx, func(tx store.Tx) error {
		list, err := tx.Memberships(ctx, caller.App.SDKAppID, caller.UserID)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(m store.Membership) bool {
			return m.Type.Is(chat.AVChatRoom) || m.Type.Is(chat.Community) != r.Communities || m.SupportTopic != r.SupportTopic
		})
		total, infos = len(list), []Info{}
		from := min(r.Offset, total)
		for _, m := range list[from:min(from+r.Limit, total)] {
			g, err := find(ctx, tx, caller.App, m.GroupID)
			if err != nil {
				return err
			}
			info := Info{GroupID: g.ID, Group: g}
			if err := info.readSelf(ctx, tx, caller); err != nil {
				return err
			}
			infos = append(infos, info)
		}
		return nil
	})
	return total, infos, translate(err)
}

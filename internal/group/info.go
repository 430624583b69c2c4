package group

import (
	"context"
	"errors"

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
	forgetEndedMutes(info.Members, tx.Now())
	return info, err
}

// Destroy dissolves a group. Spec: groups#5.5
func (s *Service) Destroy(ctx context.Context, caller chat.Caller, groupID string) error {
	if err := checkID(groupID); err != nil {
		return err
	}
	return s.change(ctx, caller.App, groupID, func(tx store.Tx, g *chat.Group) error {
		return tx.DeleteGroup(ctx, g)
	})
}

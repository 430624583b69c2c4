package group

import (
	"context"
	"maps"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Limits of marks.
const (
	// MaxMarked is how many members one request marks.
	MaxMarked = 500
	// minMark is the lowest mark that apps may use.
	minMark         = 1000
	maxMarks        = 10
	maxMembersOfOne = 1000
)

// MarkRequest marks members of an AVChatRoom, or takes marks away.
type MarkRequest struct {
	GroupID string
	Delete  bool
	// Marks are those of each member.
	Marks map[string][]int
}

// Mark changes the marks of those who are in the room, and returns them. They carry
// their marks until they go.
func (s *Service) Mark(ctx context.Context, caller chat.Caller, r MarkRequest) ([]string, error) {
	ids := slices.Sorted(maps.Keys(r.Marks))
	if err := checkMembers(r.GroupID, "MemberList", ids, MaxMarked); err != nil {
		return nil, err
	}
	for _, wanted := range r.Marks {
		if len(wanted) == 0 || len(wanted) > maxMarks || slices.Min(wanted) < minMark {
			return nil, chat.ErrParameter.Because("Marks are 1 to %d numbers from %d", maxMarks, minMark)
		}
	}
	var inside []string
	err := s.edit(ctx, caller, r.GroupID, func(e *edit) error {
		if !e.inRoom() {
			return errNoRoom
		}
		if err := e.require(rankAdmin); err != nil {
			return err
		}
		roles, err := e.tx.Roles(ctx, e.group.Conversation, ids)
		if err != nil {
			return err
		}
		inside = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return roles[id] == "" })
		if len(inside) == 0 {
			return chat.ErrParameter.Because("nobody of MemberList is in the room")
		}
		return e.mark(ctx, inside, r)
	})
	return inside, err
}

// mark changes the marks of members.
func (e *edit) mark(ctx context.Context, ids []string, r MarkRequest) error {
	var marks []store.RoomMark
	for _, id := range ids {
		for _, mark := range r.Marks[id] {
			marks = append(marks, store.RoomMark{UserID: id, Mark: mark})
		}
	}
	if r.Delete {
		return e.tx.RemoveRoomMarks(ctx, e.group.Conversation, marks)
	}
	if err := e.tx.AddRoomMarks(ctx, e.group.Conversation, marks); err != nil {
		return err
	}
	counts, err := e.tx.CountRoomMarks(ctx, e.group.Conversation)
	if err != nil {
		return err
	}
	if len(counts) > maxMarks {
		return chat.ErrParameter.Because("a room has at most %d marks", maxMarks)
	}
	for _, n := range counts {
		if n > maxMembersOfOne {
			return chat.ErrParameter.Because("at most %d members carry a mark", maxMembersOfOne)
		}
	}
	return nil
}

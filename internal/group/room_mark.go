package group

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

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
	// rememberedRooms bounds the rooms whose marks are remembered.
	rememberedRooms = 1024
)

// marks are what the members of AVChatRooms carry. Like the members they come and
// go, so they are in memory only.
type marks struct {
	mu    sync.Mutex // guards what rooms holds
	rooms *lru.Cache[int64, roomMarks]
}

// roomMarks are the members of one room that carry each mark.
type roomMarks map[int]map[string]bool

func newMarks() (*marks, error) {
	rooms, err := lru.New[int64, roomMarks](rememberedRooms)
	return &marks{rooms: rooms}, err
}

// MarkRequest marks members of an AVChatRoom, or takes marks away.
type MarkRequest struct {
	GroupID string
	Delete  bool
	// Marks are those of each member.
	Marks map[string][]int
}

// Mark changes the marks of those who are in the room, and returns them.
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
	conversation := int64(0)
	err := s.preview(ctx, caller, r.GroupID, func(e *edit) error {
		conversation = e.group.Conversation
		if !e.inRoom() {
			return errNoRoom
		}
		if err := e.require(rankAdmin); err != nil {
			return err
		}
		roles, err := e.tx.Roles(ctx, conversation, ids)
		inside = slices.DeleteFunc(ids, func(id string) bool { return roles[id] == "" })
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(inside) == 0 {
		return nil, chat.ErrParameter.Because("nobody of MemberList is in the room")
	}
	return inside, s.marks.change(conversation, inside, r)
}

func (m *marks) change(conversation int64, ids []string, r MarkRequest) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	room, _ := m.rooms.Get(conversation)
	if room == nil {
		room = make(roomMarks)
	}
	for _, id := range ids {
		for _, mark := range r.Marks[id] {
			if r.Delete {
				room.remove(mark, id)
				continue
			}
			if err := room.add(mark, id); err != nil {
				return err
			}
		}
	}
	m.rooms.Add(conversation, room)
	return nil
}

func (r roomMarks) add(mark int, id string) error {
	carriers := r[mark]
	switch {
	case carriers == nil && len(r) >= maxMarks:
		return chat.ErrParameter.Because("a room has at most %d marks", maxMarks)
	case carriers == nil:
		carriers = make(map[string]bool)
		r[mark] = carriers
	case len(carriers) >= maxMembersOfOne && !carriers[id]:
		return chat.ErrParameter.Because("at most %d members carry a mark", maxMembersOfOne)
	}
	carriers[id] = true
	return nil
}

func (r roomMarks) remove(mark int, id string) {
	if delete(r[mark], id); len(r[mark]) == 0 {
		delete(r, mark)
	}
}

// forget takes all marks from those who left a room.
func (m *marks) forget(conversation int64, ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	room, _ := m.rooms.Peek(conversation)
	for mark := range room {
		for _, id := range ids {
			room.remove(mark, id)
		}
	}
}

// carriers are the members that carry a mark, by name.
func (m *marks) carriers(conversation int64, mark int) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	room, _ := m.rooms.Get(conversation)
	return slices.Sorted(maps.Keys(room[mark]))
}

// marked reads the members that carry a mark.
func (s *Service) marked(ctx context.Context, tx store.Tx, conversation int64, mark int) ([]chat.Member, error) {
	members := []chat.Member{}
	for _, id := range s.marks.carriers(conversation, mark) {
		m, err := tx.Member(ctx, conversation, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // he has just left
		}
		if err != nil {
			return nil, err
		}
		members = append(members, *m)
	}
	return members, nil
}

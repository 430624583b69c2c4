package store

import (
	"context"

	"github.com/parley-im/parley/internal/chat"
)

// Room is an AVChatRoom, as those know it who look after all of them.
type Room struct {
	Conversation int64
	GroupID      string
}

// RoomMark is a mark that a member of an AVChatRoom carries.
type RoomMark struct {
	UserID string
	Mark   int
}

// Rooms keeps what only AVChatRooms have: members who come and go with their
// logins, the marks they carry until then, and bans.
type Rooms interface {
	// AddVisitor adds one who is no member yet, and says whether he was none. It
	// keeps the group's MemberNum; the revision stays as it is, since nobody else may
	// do more or less than before.
	AddVisitor(ctx context.Context, app chat.SDKAppID, conversation int64, m *chat.Member) (bool, error)
	// NewestMembers returns a page of members, last joined first, and the place of
	// its last one. before is a place where another page ended, 0 for the first page.
	NewestMembers(ctx context.Context, conversation, before int64, limit int) ([]chat.Member, int64, error)
	// ListRooms returns a page of an app's AVChatRooms behind the conversation after.
	ListRooms(ctx context.Context, app chat.SDKAppID, after int64, limit int) ([]Room, error)
	// LoggedIn returns which of ids have a login that holds.
	LoggedIn(ctx context.Context, app chat.SDKAppID, ids []string) (map[string]bool, error)
	// AddRoomMarks lets members carry marks. Users who are no members are passed over.
	AddRoomMarks(ctx context.Context, conversation int64, marks []RoomMark) error
	// RemoveRoomMarks takes marks away, as far as they are carried.
	RemoveRoomMarks(ctx context.Context, conversation int64, marks []RoomMark) error
	// CountRoomMarks returns how many members carry each mark.
	CountRoomMarks(ctx context.Context, conversation int64) (map[int]int, error)
	// MarkedMembers returns those who carry a mark, in the order of their UserIDs.
	MarkedMembers(ctx context.Context, conversation int64, mark int) ([]chat.Member, error)
	// SetBans bans users, members or not, until a Unix time; 0 lifts.
	SetBans(ctx context.Context, conversation int64, ids []string, until int64) error
	// Bans returns until when those of ids are banned whose bans have not ended, as
	// Unix times, chat.MuteForever for ever.
	Bans(ctx context.Context, conversation int64, ids []string) (map[string]int64, error)
}

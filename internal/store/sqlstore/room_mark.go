package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

var (
	insertRoomMarks = multiRow(
		`INSERT INTO room_mark (conversation, sdkappid, user_id, mark)
		SELECT m.conversation, m.sdkappid, m.user_id, v.column3 FROM (VALUES `,
		"(CAST(? AS BIGINT),CAST(? AS TEXT),CAST(? AS BIGINT))", "(?,?,?)",
		`) AS v JOIN member m ON m.conversation = v.column1 AND m.user_id = v.column2
		WHERE TRUE ON CONFLICT DO NOTHING`)  // without WHERE, SQLite takes ON for that of the join
	deleteRoomMarks = multiRow(
		"DELETE FROM room_mark WHERE (conversation, user_id, mark) IN (VALUES ", "", "(?,?,?)", ")")
	deleteRoomMarksOf = list("DELETE FROM room_mark WHERE conversation = ? AND user_id IN ", "")
)

// AddRoomMarks lets members carry marks.
func (t *tx) AddRoomMarks(ctx context.Context, conversation int64, marks []store.RoomMark) error {
	return t.execRows(ctx, insertRoomMarks, 3, roomMarkRows(conversation, marks))
}

// RemoveRoomMarks takes marks away.
func (t *tx) RemoveRoomMarks(ctx context.Context, conversation int64, marks []store.RoomMark) error {
	return t.execRows(ctx, deleteRoomMarks, 3, roomMarkRows(conversation, marks))
}

func roomMarkRows(conversation int64, marks []store.RoomMark) []any {
	rows := make([]any, 0, 3*len(marks))
	for _, m := range marks {
		rows = append(rows, conversation, m.UserID, int64(m.Mark))
	}
	return rows
}

// CountRoomMarks returns how many members carry each mark.
func (t *tx) CountRoomMarks(ctx context.Context, conversation int64) (map[int]int, error) {
	counts := make(map[int]int)
	err := t.each(ctx, func(rows *sql.Rows) error {
		var mark, n int
		err := rows.Scan(&mark, &n)
		counts[mark] = n
		return err
	}, "SELECT mark, COUNT(*) FROM room_mark WHERE conversation = ? GROUP BY mark", conversation)
	return counts, err
}

// MarkedMembers returns those who carry a mark.
func (t *tx) MarkedMembers(ctx context.Context, conversation int64, mark int) ([]chat.Member, error) {
	members := []chat.Member{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		m, _, err := scanMember(rows.Scan)
		members = append(members, m)
		return err
	}, "SELECT "+memberColumns+` JOIN room_mark k ON k.conversation = m.conversation AND k.user_id = m.user_id
		WHERE k.conversation = ? AND k.mark = ? ORDER BY k.user_id`, conversation, int64(mark))
	return members, err
}

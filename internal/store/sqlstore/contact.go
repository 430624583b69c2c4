package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Pair reads what a send between two users must know.
func (t *tx) Pair(ctx context.Context, app chat.SDKAppID, sender, receiver string) (store.Pair, error) {
	var p store.Pair
	err := t.queryRow(ctx, `SELECT COALESCE(c.id, 0), COALESCE(c.revision, 0), s.user_id IS NOT NULL AND r.user_id IS NOT NULL,
		EXISTS (SELECT 1 FROM account a WHERE a.sdkappid = q.app AND a.user_id = q.sender),
		EXISTS (SELECT 1 FROM account a WHERE a.sdkappid = q.app AND a.user_id = q.receiver)
			OR EXISTS (SELECT 1 FROM conversation o WHERE o.sdkappid = q.app AND o.kind = 'official' AND o.name = q.receiver),
		COALESCE(r.recv_option, 0) = 1
		FROM (SELECT CAST(? AS BIGINT) AS app, CAST(? AS TEXT) AS sender, CAST(? AS TEXT) AS receiver) q
		LEFT JOIN conversation c ON c.sdkappid = q.app AND c.kind = 'c2c' AND c.name = ?
		LEFT JOIN contact s ON s.sdkappid = q.app AND s.user_id = q.sender AND s.conversation = c.id
		LEFT JOIN contact r ON r.sdkappid = q.app AND r.user_id = q.receiver AND r.conversation = c.id`,
		[]any{int64(app), sender, receiver, chat.PairConversation(sender, receiver).ID},
		&p.Conversation, &p.Revision, &p.Open, &p.SenderExists, &p.ReceiverExists, &p.Hushed)
	return p, err
}

// OpenPair makes the conversation of two users.
func (t *tx) OpenPair(ctx context.Context, app chat.SDKAppID, a, b string) error {
	name := chat.PairConversation(a, b).ID
	if _, err := t.exec(ctx, "INSERT INTO conversation (sdkappid, kind, name) VALUES (?, 'c2c', ?) ON CONFLICT (sdkappid, kind, name) DO NOTHING",
		int64(app), name); err != nil {
		return err
	}
	for _, side := range [][2]string{{a, b}, {b, a}} {
		if _, err := t.exec(ctx, `INSERT INTO contact (sdkappid, user_id, conversation, kind, name, read_seq, cleared_seq, hidden_seq)
			SELECT sdkappid, CAST(? AS TEXT), id, kind, CAST(? AS TEXT), next_seq - 1, next_seq - 1, next_seq - 1
			FROM conversation WHERE sdkappid = ? AND kind = 'c2c' AND name = ?
			ON CONFLICT (sdkappid, user_id, conversation) DO NOTHING`, side[0], side[1], int64(app), name); err != nil {
			return err
		}
	}
	return nil
}

// The three sources of contacts, with the same columns in the same order.
const (
	pairContacts = `SELECT k.conversation, k.kind, k.name, c.next_seq, c.last_msg_at, k.read_seq, k.read_time, k.cleared_seq, k.hidden_seq,
		k.pinned_at, k.recv_option, '' AS msg_flag, k.standard_mark, k.custom_mark, k.contact_groups, COALESCE(p.read_time, 0) AS peer_read,
		'' AS group_name, '' AS face_url, '' AS group_type, 0 AS joined_at, 1 AS history_before_join, 0 AS owned
		FROM contact k JOIN conversation c ON c.id = k.conversation
		LEFT JOIN contact p ON p.sdkappid = k.sdkappid AND p.user_id = k.name AND p.conversation = k.conversation`
	officialContacts = `SELECT s.conversation, c.kind, c.name, c.next_seq, c.last_msg_at, COALESCE(k.read_seq, s.since_seq),
		COALESCE(k.read_time, 0), COALESCE(k.cleared_seq, s.since_seq), COALESCE(k.hidden_seq, s.since_seq), COALESCE(k.pinned_at, 0),
		COALESCE(k.recv_option, 0), s.msg_flag, COALESCE(k.standard_mark, 0), COALESCE(k.custom_mark, ''), COALESCE(k.contact_groups, ''), 0,
		'', '', '', s.subscribed_at, 0, CASE WHEN o.owner = s.user_id THEN 1 ELSE 0 END
		FROM subscriber s JOIN conversation c ON c.id = s.conversation JOIN official_account o ON o.conversation = s.conversation
		LEFT JOIN contact k ON k.sdkappid = s.sdkappid AND k.user_id = s.user_id AND k.conversation = s.conversation`
	groupContacts = `SELECT m.conversation, c.kind, c.name, c.next_seq, c.last_msg_at, m.read_seq,
		0, COALESCE(k.cleared_seq, 0), COALESCE(k.hidden_seq, 0), COALESCE(k.pinned_at, 0),
		COALESCE(k.recv_option, 0), m.msg_flag, COALESCE(k.standard_mark, 0), COALESCE(k.custom_mark, ''), COALESCE(k.contact_groups, ''), 0,
		g.name, g.face_url, g.type, m.joined_at, g.history_before_join, 0
		FROM member m JOIN conversation c ON c.id = m.conversation JOIN chat_group g ON g.conversation = m.conversation
		LEFT JOIN contact k ON k.sdkappid = m.sdkappid AND k.user_id = m.user_id AND k.conversation = m.conversation`
)

func scanContact(scan func(...any) error) (store.Contact, error) {
	var c store.Contact
	var last, pinned, marks, joined int64
	var flag, groups string
	err := scan(&c.Conversation, &c.Kind, &c.Name, &c.NextSeq, &last, &c.ReadSeq, &c.ReadTime, &c.ClearedSeq, &c.HiddenSeq,
		&pinned, &c.RecvOption, &flag, &marks, &c.CustomMark, &groups, &c.PeerReadTime,
		&c.GroupName, &c.FaceURL, &c.GroupType, &joined, &c.HistoryBeforeJoin, &c.Owned)
	if err != nil {
		return c, err
	}
	c.LastMsgTime, c.PinTime, c.JoinTime = fromMillis(last), fromMillis(pinned), fromMillis(joined)
	if flag != "" {
		c.RecvOption = chat.RecvOptionOf(flag)
	}
	c.StandardMark = uint64(marks)
	c.Groups, err = parseNumbers(groups)
	return c, err
}

// parseNumbers reads what formatNumbers writes.
func parseNumbers(text string) ([]int64, error) {
	if text == "" {
		return nil, nil
	}
	var list []int64
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, nil
}

func formatNumbers(list []int64) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(words, ",")
}

// Contact reads one contact.
func (t *tx) Contact(ctx context.Context, app chat.SDKAppID, userID string, of chat.Conversation) (*store.Contact, error) {
	const named = " WHERE c.sdkappid = ? AND c.kind = ? AND c.name = ? AND "
	var query string
	args := []any{int64(app), string(of.Kind), of.ID, userID}
	switch of.Kind { //nolint:exhaustive // the others have no contacts
	case chat.KindPair:
		query, args = pairContacts+named+"k.user_id = ? AND k.sdkappid = ?", append(args, int64(app))
	case chat.KindOfficial:
		query = officialContacts + named + "s.user_id = ?"
	case chat.KindGroup:
		query = groupContacts + named + "m.user_id = ?"
	default:
		return nil, store.ErrNotFound
	}
	c, err := scanRow(ctx, t, scanContact, query, args...)
	if err != nil {
		return nil, notFound(err)
	}
	return &c, nil
}

func (t *tx) contacts(ctx context.Context, query string, args ...any) ([]store.Contact, error) {
	var list []store.Contact
	err := t.each(ctx, func(rows *sql.Rows) error {
		c, err := scanContact(rows.Scan)
		list = append(list, c)
		return err
	}, query, args...)
	return list, err
}

// ListContacts returns a user's conversations.
func (t *tx) ListContacts(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]store.Contact, error) {
	return t.contacts(ctx, "SELECT * FROM ("+
		pairContacts+" WHERE k.sdkappid = ? AND k.user_id = ? AND k.kind = 'c2c' AND c.next_seq - 1 > k.hidden_seq UNION ALL "+
		officialContacts+" WHERE s.sdkappid = ? AND s.user_id = ? AND c.next_seq - 1 > COALESCE(k.hidden_seq, s.since_seq) UNION ALL "+
		groupContacts+` WHERE m.sdkappid = ? AND m.user_id = ? AND g.type <> 'AVChatRoom' AND (g.type <> 'Community' OR g.support_topic = 0)
			AND c.next_seq - 1 > COALESCE(k.hidden_seq, 0)`+
		") AS q ORDER BY CASE WHEN pinned_at > 0 THEN 0 ELSE 1 END, last_msg_at DESC, conversation DESC LIMIT ?",
		int64(app), userID, int64(app), userID, int64(app), userID, limit)
}

// ListPairs returns a user's pairs and subscriptions with news.
func (t *tx) ListPairs(ctx context.Context, app chat.SDKAppID, userID string, since time.Time, limit int) ([]store.Contact, error) {
	return t.contacts(ctx, "SELECT * FROM ("+
		pairContacts+" WHERE k.sdkappid = ? AND k.user_id = ? AND k.kind = 'c2c' AND c.last_msg_at >= ? UNION ALL "+
		officialContacts+" WHERE s.sdkappid = ? AND s.user_id = ? AND c.last_msg_at >= ?"+
		") AS q ORDER BY last_msg_at DESC, conversation DESC LIMIT ?",
		int64(app), userID, millis(since), int64(app), userID, millis(since), limit)
}

// ListMarked returns the contacts that carry marks or conversation groups.
func (t *tx) ListMarked(ctx context.Context, app chat.SDKAppID, userID string, limit int) ([]store.Contact, error) {
	var list []store.Contact
	err := t.each(ctx, func(rows *sql.Rows) error {
		var c store.Contact
		var marks int64
		var groups string
		err := rows.Scan(&c.Conversation, &c.Kind, &c.Name, &marks, &c.CustomMark, &groups)
		if err != nil {
			return err
		}
		c.StandardMark = uint64(marks)
		c.Groups, err = parseNumbers(groups)
		list = append(list, c)
		return err
	}, `SELECT conversation, kind, name, standard_mark, custom_mark, contact_groups FROM contact
		WHERE sdkappid = ? AND user_id = ? AND (standard_mark <> 0 OR custom_mark <> '' OR contact_groups <> '') ORDER BY conversation LIMIT ?`,
		int64(app), userID, limit)
	return list, err
}

// CountPinned returns how many conversations a user has pinned.
func (t *tx) CountPinned(ctx context.Context, app chat.SDKAppID, userID string) (int, error) {
	var n int
	err := t.queryRow(ctx, "SELECT COUNT(*) FROM contact WHERE sdkappid = ? AND user_id = ? AND pinned_at > 0", []any{int64(app), userID}, &n)
	return n, err
}

// PutContact stores what is the user's own of a contact.
func (t *tx) PutContact(ctx context.Context, app chat.SDKAppID, userID string, c *store.Contact) error {
	_, err := t.exec(ctx, `INSERT INTO contact (sdkappid, user_id, conversation, kind, name, read_seq, read_time, cleared_seq, hidden_seq,
		pinned_at, recv_option, standard_mark, custom_mark, contact_groups) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (sdkappid, user_id, conversation) DO UPDATE SET read_seq = excluded.read_seq, read_time = excluded.read_time,
		cleared_seq = excluded.cleared_seq, hidden_seq = excluded.hidden_seq, pinned_at = excluded.pinned_at, recv_option = excluded.recv_option,
		standard_mark = excluded.standard_mark, custom_mark = excluded.custom_mark, contact_groups = excluded.contact_groups`,
		int64(app), userID, c.Conversation, string(c.Kind), c.Name, c.ReadSeq, c.ReadTime, c.ClearedSeq, c.HiddenSeq,
		millis(c.PinTime), int64(c.RecvOption), int64(c.StandardMark), c.CustomMark, formatNumbers(c.Groups))
	return err
}

// uncounted is true of messages that do not count as unread; it stands like this
// in the index message_uncounted.
const uncounted = "((flags & 1) <> 0 OR place <> 0)"

// UnreadPairs counts what a user has not read. Only as many rows are looked at as
// may be counted.
func (t *tx) UnreadPairs(ctx context.Context, app chat.SDKAppID, userID string) ([]store.Unread, error) {
	var list []store.Unread
	err := t.each(ctx, func(rows *sql.Rows) error {
		var u store.Unread
		err := rows.Scan(&u.Conversation, &u.Name, &u.ReadSeq, &u.NextSeq, &u.Count)
		if u.Count > 0 {
			list = append(list, u)
		}
		return err
	}, `SELECT u.conversation, u.name, u.read_seq, u.next_seq, (SELECT COUNT(*) FROM (SELECT 1 FROM message
			WHERE conversation = u.conversation AND seq > u.read_seq AND sender <> u.user_id AND NOT `+uncounted+` LIMIT ?) AS n)
		FROM (SELECT k.conversation, k.name, k.read_seq, c.next_seq, k.user_id FROM contact k JOIN conversation c ON c.id = k.conversation
			WHERE k.sdkappid = ? AND k.user_id = ? AND k.kind = 'c2c' AND k.recv_option <> 1 AND c.next_seq - 1 > k.read_seq
			UNION ALL SELECT s.conversation, c.name, COALESCE(k.read_seq, s.since_seq), c.next_seq, s.user_id
			FROM subscriber s JOIN conversation c ON c.id = s.conversation
			LEFT JOIN contact k ON k.sdkappid = s.sdkappid AND k.user_id = s.user_id AND k.conversation = s.conversation
			WHERE s.sdkappid = ? AND s.user_id = ? AND s.msg_flag <> 'Discard' AND c.next_seq - 1 > COALESCE(k.read_seq, s.since_seq)) AS u`,
		chat.MaxUnread, int64(app), userID, int64(app), userID)
	return list, err
}

// places are the values of a VALUES list of places.
func places(list []store.Place) []any {
	args := make([]any, 0, 2*len(list))
	for _, p := range list {
		args = append(args, p.Conversation, p.Seq)
	}
	return args
}

var countUncounted = multiRow("SELECT message.conversation, COUNT(*) FROM (VALUES ", "(CAST(? AS BIGINT),CAST(? AS BIGINT))", "(?,?)",
	") AS v JOIN message ON message.conversation = v.column1 AND message.seq > v.column2 WHERE "+uncounted+" GROUP BY message.conversation")

// UnreadIgnored counts messages that do not count as unread.
func (t *tx) UnreadIgnored(ctx context.Context, behind []store.Place) (map[int64]int, error) {
	found := make(map[int64]int)
	err := t.queryRows(ctx, countUncounted, 2, places(behind), func(rows *sql.Rows) error {
		var conversation int64
		var n int
		err := rows.Scan(&conversation, &n)
		found[conversation] = n
		return err
	})
	return found, err
}

// scanSeen scans a message behind its ID and its conversation.
func scanSeen(rows *sql.Rows) (store.Seen, error) {
	var s store.Seen
	var err error
	s.Message, err = scanMessage(behind{rows, []any{&s.ID, &s.Conversation}})
	return s, err
}

// behind scans what stands in front of a message's columns too.
type behind struct {
	rows  *sql.Rows
	front []any
}

func (b behind) Scan(dest ...any) error { return b.rows.Scan(append(b.front, dest...)...) }

// seenColumns are those of scanSeen.
var seenColumns = "SELECT id, conversation, " + strings.TrimPrefix(messageColumns, "SELECT ")

// MessagesAfter returns messages, oldest first.
func (t *tx) MessagesAfter(ctx context.Context, conversation, after int64, limit int) ([]chat.Message, error) {
	messages := []chat.Message{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		m, err := scanMessage(rows)
		messages = append(messages, m)
		return err
	}, messageColumns+" WHERE conversation = ? AND seq > ? ORDER BY seq LIMIT ?", conversation, after, limit)
	return messages, err
}

// NewestMessages returns messages with their IDs, newest first.
func (t *tx) NewestMessages(ctx context.Context, conversation, before int64, limit int) ([]store.Seen, error) {
	var list []store.Seen
	err := t.each(ctx, func(rows *sql.Rows) error {
		s, err := scanSeen(rows)
		list = append(list, s)
		return err
	}, seenColumns+" WHERE conversation = ? AND seq <= ? ORDER BY seq DESC LIMIT ?", conversation, before, limit)
	return list, err
}

var selectBehind = multiRow(seenColumns+" JOIN (VALUES ", "(CAST(? AS BIGINT),CAST(? AS BIGINT))", "(?,?)",
	") AS v ON message.conversation = v.column1 AND message.seq > v.column2 WHERE sender <> ? AND NOT "+uncounted+" ORDER BY id DESC LIMIT ?")

// MessagesBehind returns unread messages, newest first.
func (t *tx) MessagesBehind(ctx context.Context, userID string, behind []store.Place, limit int) ([]store.Seen, error) {
	var list []store.Seen
	err := t.queryRows(ctx, selectBehind, 2, places(behind), func(rows *sql.Rows) error {
		s, err := scanSeen(rows)
		list = append(list, s)
		return err
	}, userID, limit)
	slices.SortFunc(list, func(a, b store.Seen) int { return cmp.Compare(b.ID, a.ID) })
	return list[:min(len(list), limit)], err
}

var selectVisible = multiRow(seenColumns+" JOIN (VALUES ", "(CAST(? AS BIGINT),CAST(? AS BIGINT))", "(?,?)",
	`) AS v ON message.conversation = v.column1 AND message.seq = v.column2 WHERE NOT EXISTS (SELECT 1 FROM hidden h
	WHERE h.conversation = message.conversation AND h.seq = message.seq AND h.user_id = ?)`)

// VisibleAt returns messages at places.
func (t *tx) VisibleAt(ctx context.Context, userID string, at []store.Place) (map[int64]chat.Message, error) {
	found := make(map[int64]chat.Message, len(at))
	err := t.queryRows(ctx, selectVisible, 2, places(at), func(rows *sql.Rows) error {
		s, err := scanSeen(rows)
		found[s.Conversation] = s.Message
		return err
	}, userID)
	return found, err
}

// SeqAt finds a place by its time, which grows with the numbers.
func (t *tx) SeqAt(ctx context.Context, conversation int64, at time.Time) (int64, error) {
	seq, sent, err := t.lastUpTo(ctx, conversation, math.MaxInt64)
	if err != nil || sent <= millis(at) {
		return seq, err
	}
	found, low, high := int64(0), int64(1), seq-1
	for low <= high {
		middle := low + (high-low)/2
		seq, sent, err := t.lastUpTo(ctx, conversation, middle)
		switch {
		case err != nil:
			return 0, err
		case sent <= millis(at): // as is nothing at all
			found, low = seq, middle+1
		default:
			high = seq - 1
		}
	}
	return found, nil
}

// lastUpTo returns number and time of the last message up to a number, zero if
// there is none.
func (t *tx) lastUpTo(ctx context.Context, conversation, most int64) (seq, sent int64, err error) {
	err = t.queryRow(ctx, "SELECT seq, sent_at FROM message WHERE conversation = ? AND seq <= ? ORDER BY seq DESC LIMIT 1",
		[]any{conversation, most}, &seq, &sent)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	return seq, sent, err
}

// LastMessageID returns the place of the newest message.
func (t *tx) LastMessageID(ctx context.Context) (int64, error) {
	var id int64
	err := t.queryRow(ctx, "SELECT COALESCE(MAX(id), 0) FROM message", nil, &id)
	return id, err
}

// ContactGroups returns a user's conversation groups.
func (t *tx) ContactGroups(ctx context.Context, app chat.SDKAppID, userID string) ([]chat.ContactGroup, error) {
	var list []chat.ContactGroup
	err := t.each(ctx, func(rows *sql.Rows) error {
		var g chat.ContactGroup
		err := rows.Scan(&g.ID, &g.Name)
		list = append(list, g)
		return err
	}, "SELECT id, name FROM contact_group WHERE sdkappid = ? AND user_id = ? ORDER BY id", int64(app), userID)
	return list, err
}

// CreateContactGroup stores a new conversation group.
func (t *tx) CreateContactGroup(ctx context.Context, app chat.SDKAppID, userID string, g *chat.ContactGroup) error {
	return t.queryRow(ctx, "INSERT INTO contact_group (sdkappid, user_id, name) VALUES (?, ?, ?) RETURNING id",
		[]any{int64(app), userID, g.Name}, &g.ID)
}

// RenameContactGroup gives a conversation group another name.
func (t *tx) RenameContactGroup(ctx context.Context, id int64, name string) error {
	_, err := t.exec(ctx, "UPDATE contact_group SET name = ? WHERE id = ?", name, id)
	return err
}

// DeleteContactGroup forgets a conversation group.
func (t *tx) DeleteContactGroup(ctx context.Context, id int64) error {
	_, err := t.exec(ctx, "DELETE FROM contact_group WHERE id = ?", id)
	return err
}

// DoNotDisturb reads when a user wants no offline pushes.
func (t *tx) DoNotDisturb(ctx context.Context, app chat.SDKAppID, userID string) (chat.DoNotDisturb, error) {
	var d chat.DoNotDisturb
	err := t.queryRow(ctx, "SELECT start_at, end_at, repeated, level FROM do_not_disturb WHERE sdkappid = ? AND user_id = ?",
		[]any{int64(app), userID}, &d.Start, &d.End, &d.Repeated, &d.Level)
	if errors.Is(err, sql.ErrNoRows) {
		return chat.DoNotDisturb{}, nil
	}
	return d, err
}

// SetDoNotDisturb stores when a user wants no offline pushes.
func (t *tx) SetDoNotDisturb(ctx context.Context, app chat.SDKAppID, userID string, d chat.DoNotDisturb) error {
	_, err := t.exec(ctx, `INSERT INTO do_not_disturb (sdkappid, user_id, start_at, end_at, repeated, level) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (sdkappid, user_id) DO UPDATE SET start_at = excluded.start_at, end_at = excluded.end_at,
		repeated = excluded.repeated, level = excluded.level`, int64(app), userID, d.Start, d.End, d.Repeated, d.Level)
	return err
}

// Subscriptions returns the official accounts of a user.
func (t *tx) Subscriptions(ctx context.Context, app chat.SDKAppID, userID string) ([]store.Subscription, error) {
	var list []store.Subscription
	err := t.each(ctx, func(rows *sql.Rows) error {
		var s store.Subscription
		err := rows.Scan(&s.Conversation, &s.OfficialID, &s.MsgFlag)
		list = append(list, s)
		return err
	}, `SELECT s.conversation, c.name, s.msg_flag FROM subscriber s JOIN conversation c ON c.id = s.conversation
		WHERE s.sdkappid = ? AND s.user_id = ? ORDER BY s.id`, int64(app), userID)
	return list, err
}

// SetSubscriberFlag sets how a subscriber wants messages.
func (t *tx) SetSubscriberFlag(ctx context.Context, conversation int64, userID, msgFlag string) error {
	_, err := t.exec(ctx, "UPDATE subscriber SET msg_flag = ? WHERE conversation = ? AND user_id = ?", msgFlag, conversation, userID)
	return err
}

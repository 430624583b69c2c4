package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Bits of column flags.
const (
	flagNoUnread = 1 << iota
	flagNoLastMsg
	flagReadReceipt
	flagExtension
	flagTip
)

func flagsOf(m *chat.Message) int64 {
	return bit(m.NoUnread)*flagNoUnread | bit(m.NoLastMsg)*flagNoLastMsg |
		bit(m.NeedReadReceipt)*flagReadReceipt | bit(m.SupportExtension)*flagExtension |
		bit(m.Tip != nil)*flagTip
}

func setFlags(m *chat.Message, flags int64) {
	m.NoUnread = flags&flagNoUnread != 0
	m.NoLastMsg = flags&flagNoLastMsg != 0
	m.NeedReadReceipt = flags&flagReadReceipt != 0
	m.SupportExtension = flags&flagExtension != 0
}

// extra is what few messages have, as JSON in one column.
type extra struct {
	Mentions  []chat.Mention `json:"at,omitempty"`
	Receivers []string       `json:"to,omitempty"`
	// OfflinePush is JSON itself, but is to come back byte for byte.
	OfflinePush []byte `json:"push,omitempty"`
}

func extraOf(m *chat.Message) string {
	if len(m.Mentions) == 0 && len(m.Receivers) == 0 && len(m.OfflinePush) == 0 {
		return ""
	}
	b, err := json.Marshal(extra{m.Mentions, m.Receivers, m.OfflinePush})
	if err != nil {
		return "" // strings and bytes always encode
	}
	return string(b)
}

// complete fills in what the sender may leave out.
func complete(m *chat.Message) {
	if m.ClientTime == 0 {
		m.ClientTime = m.Time.Unix()
	}
}

// messageWidth is the length of a messageRow.
const messageWidth = 14

// messageRow is the values of insertMessages for one message.
func (s *session) messageRow(app chat.SDKAppID, conversation int64, m *chat.Message) []any {
	return []any{
		int64(app), conversation, m.Seq, millis(m.Time), m.Sender, int64(m.Random), int64(m.Priority), flagsOf(m), int64(m.Place),
		bodyOf(m), s.dialect.AnyText(m.CloudCustomData), extraOf(m), m.ClientTime, m.ClientSeq,
	}
}

// bodyOf is the stored form of what is said: MsgBody as sent, or a tip.
func bodyOf(m *chat.Message) []byte {
	if m.Tip == nil {
		return m.Body.JSON
	}
	b, err := json.Marshal(m.Tip)
	if err != nil {
		return []byte("{}") // strings and numbers always encode
	}
	return b
}

// recall is how a message was taken back, as JSON in one column.
type recall struct {
	Revoker string `json:"by"`
	Reason  string `json:"why,omitempty"`
}

const messageColumns = "SELECT seq, sent_at, sender, random, priority, flags, place, body, cloud_custom_data, extra, client_time, client_seq, version, recall, recalled_at FROM message"

func scanMessage(rows interface{ Scan(dest ...any) error }) (chat.Message, error) {
	var m chat.Message
	var at, random, flags, recalledAt int64
	var body []byte
	var more, how string
	if err := rows.Scan(&m.Seq, &at, &m.Sender, &random, &m.Priority, &flags, &m.Place, &body, &m.CloudCustomData, &more,
		&m.ClientTime, &m.ClientSeq, &m.Version, &how, &recalledAt); err != nil {
		return m, err
	}
	m.Time, m.Random = fromMillis(at), uint32(random)
	complete(&m) // those of before clients came have none
	setFlags(&m, flags)
	if err := setBody(&m, flags, body); err != nil {
		return m, fmt.Errorf("message %d: %w", m.Seq, err)
	}
	if err := setExtra(&m, more); err != nil {
		return m, fmt.Errorf("message %d: %w", m.Seq, err)
	}
	if m.Place != chat.PlaceRecalled {
		return m, nil
	}
	return m, setRecall(&m, how, recalledAt)
}

func setRecall(m *chat.Message, how string, at int64) error {
	m.Place, m.Recall = chat.PlaceRecalled, &chat.Recall{Time: fromMillis(at)}
	if how == "" {
		return nil // recalled before this was kept
	}
	var r recall
	if err := json.Unmarshal([]byte(how), &r); err != nil {
		return fmt.Errorf("recall of message %d: %w", m.Seq, err)
	}
	m.Recall.Revoker, m.Recall.Reason = r.Revoker, r.Reason
	return nil
}

func setBody(m *chat.Message, flags int64, body []byte) error {
	if flags&flagTip == 0 {
		m.Body.JSON = body
		return nil
	}
	m.Tip = new(chat.Tip)
	return json.Unmarshal(body, m.Tip)
}

func setExtra(m *chat.Message, text string) error {
	if text == "" {
		return nil
	}
	var x extra
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return err
	}
	m.Mentions, m.Receivers, m.OfflinePush = x.Mentions, x.Receivers, x.OfflinePush
	return nil
}

// AppendMessage numbers and stores a message within a change.
func (t *tx) AppendMessage(ctx context.Context, app chat.SDKAppID, conversation int64, sequence store.Sequence, m *chat.Message) error {
	counter := "next_seq"
	if sequence == store.Online {
		counter = "next_online_seq"
	}
	var at int64
	err := t.queryRow(ctx, "UPDATE conversation SET "+counter+" = "+counter+` + 1,
		last_msg_at = CASE WHEN last_msg_at > CAST(? AS BIGINT) THEN last_msg_at ELSE CAST(? AS BIGINT) END
		WHERE id = ? RETURNING `+counter+" - 1, last_msg_at", []any{millis(t.now), millis(t.now), conversation}, &m.Seq, &at)
	if err != nil {
		return notFound(err)
	}
	m.Time = fromMillis(at)
	complete(m)
	if sequence != store.Stored {
		return nil
	}
	return t.execRows(ctx, insertMessages, messageWidth, t.messageRow(app, conversation, m))
}

// ListMessages returns a page of messages, newest first.
func (t *tx) ListMessages(ctx context.Context, conversation int64, page store.MessagePage) ([]chat.Message, error) {
	query, args := messageColumns+" WHERE conversation = ?", []any{conversation}
	if page.Before > 0 {
		query, args = query+" AND seq <= ?", append(args, page.Before)
	}
	messages := []chat.Message{}
	err := t.each(ctx, func(rows *sql.Rows) error {
		m, err := scanMessage(rows)
		messages = append(messages, m)
		return err
	}, query+" ORDER BY seq DESC LIMIT ?", append(args, page.Limit)...)
	return messages, err
}

// NewestMessage is when the last message of all was sent.
func (t *tx) NewestMessage(ctx context.Context) (time.Time, error) {
	var at int64
	err := t.queryRow(ctx, "SELECT sent_at FROM message ORDER BY id DESC LIMIT 1", nil, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return fromMillis(at), err
}

var (
	selectMessagesAt = list(messageColumns+" WHERE conversation = ? AND seq IN ", "")
	recallMessages   = list("UPDATE message SET place = ?, recall = ?, recalled_at = ? WHERE conversation = ? AND seq IN ", "")
)

// MessagesAt returns the messages at seqs that exist.
func (t *tx) MessagesAt(ctx context.Context, conversation int64, seqs []int64) (map[int64]chat.Message, error) {
	found := make(map[int64]chat.Message, len(seqs))
	err := inList(ctx, t.session, selectMessagesAt, []any{conversation}, seqs, func(rows *sql.Rows) error {
		m, err := scanMessage(rows)
		found[m.Seq] = m
		return err
	})
	return found, err
}

// RecallMessages marks messages as recalled.
func (t *tx) RecallMessages(ctx context.Context, conversation int64, seqs []int64, how chat.Recall) error {
	text, err := json.Marshal(recall{Revoker: how.Revoker, Reason: how.Reason})
	if err != nil {
		return err
	}
	return execList(ctx, t.session, recallMessages, []any{int64(chat.PlaceRecalled), string(text), millis(how.Time), conversation}, seqs)
}

// ListRecalled returns what was recalled in a span of time.
func (t *tx) ListRecalled(ctx context.Context, conversation int64, page store.RecallPage) ([]chat.Message, error) {
	var messages []chat.Message
	err := t.each(ctx, func(rows *sql.Rows) error {
		var m chat.Message
		var random, recalledAt int64
		var how string
		if err := rows.Scan(&m.Seq, &m.Sender, &random, &how, &recalledAt); err != nil {
			return err
		}
		m.Random = uint32(random)
		err := setRecall(&m, how, recalledAt)
		messages = append(messages, m)
		return err
	}, `SELECT seq, sender, random, recall, recalled_at FROM message
		WHERE conversation = ? AND recalled_at > 0 AND recalled_at >= ? AND recalled_at <= ? ORDER BY recalled_at, seq LIMIT ?`,
		conversation, millis(page.From), millis(page.Until), page.Limit)
	return messages, err
}

// ModifyMessage stores what a message has become.
func (t *tx) ModifyMessage(ctx context.Context, conversation int64, m *chat.Message) error {
	_, err := t.exec(ctx, "UPDATE message SET body = ?, cloud_custom_data = ?, version = ? WHERE conversation = ? AND seq = ?",
		bodyOf(m), t.dialect.AnyText(m.CloudCustomData), m.Version, conversation, m.Seq)
	return err
}

package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/store"
)

// Bits of column flags.
const (
	flagNoUnread = 1 << iota
	flagNoLastMsg
	flagReadReceipt
	flagExtension
)

func flagsOf(m *chat.Message) int64 {
	return bit(m.NoUnread)*flagNoUnread | bit(m.NoLastMsg)*flagNoLastMsg |
		bit(m.NeedReadReceipt)*flagReadReceipt | bit(m.SupportExtension)*flagExtension
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

const messageColumns = "SELECT seq, sent_at, sender, random, priority, flags, place, body, cloud_custom_data, extra FROM message"

func scanMessage(rows *sql.Rows) (chat.Message, error) {
	var m chat.Message
	var at, random, flags int64
	var body []byte
	var more string
	if err := rows.Scan(&m.Seq, &at, &m.Sender, &random, &m.Priority, &flags, &m.Place, &body, &m.CloudCustomData, &more); err != nil {
		return m, err
	}
	m.Time, m.Random, m.Body.JSON = fromMillis(at), uint32(random), body
	setFlags(&m, flags)
	if more == "" {
		return m, nil
	}
	var x extra
	if err := json.Unmarshal([]byte(more), &x); err != nil {
		return m, fmt.Errorf("message %d: %w", m.Seq, err)
	}
	m.Mentions, m.Receivers, m.OfflinePush = x.Mentions, x.Receivers, x.OfflinePush
	return m, nil
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

var (
	selectMessagesAt = list(messageColumns+" WHERE conversation = ? AND seq IN ", "")
	recallMessages   = list("UPDATE message SET place = ? WHERE conversation = ? AND seq IN ", "")
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
func (t *tx) RecallMessages(ctx context.Context, conversation int64, seqs []int64) error {
	return execList(ctx, t.session, recallMessages, []any{int64(chat.PlaceRecalled), conversation}, seqs)
}

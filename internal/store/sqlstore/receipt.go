package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
)

// SetReadSeq raises a member's read position.
func (t *tx) SetReadSeq(ctx context.Context, conversation int64, userID string, seq int64) (bool, error) {
	return t.changed(ctx, "UPDATE member SET read_seq = ? WHERE conversation = ? AND user_id = ? AND read_seq < ?",
		seq, conversation, userID, seq)
}

// changed reports whether a statement changed any row.
func (t *tx) changed(ctx context.Context, query string, args ...any) (bool, error) {
	res, err := t.exec(ctx, query, args...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// AddReceipts stores acknowledgements.
func (t *tx) AddReceipts(ctx context.Context, app chat.SDKAppID, conversation int64, userID string, seqs []int64) ([]int64, error) {
	var added []int64
	for _, seq := range seqs {
		fresh, err := t.changed(ctx, "INSERT INTO receipt (conversation, seq, user_id, sdkappid) VALUES (?, ?, ?, ?) ON CONFLICT (conversation, seq, user_id) DO NOTHING",
			conversation, seq, userID, int64(app))
		if err != nil {
			return nil, err
		}
		if fresh {
			added = append(added, seq)
		}
	}
	return added, nil
}

var selectReceipts = list("SELECT seq, user_id FROM receipt WHERE conversation = ? AND seq IN ", " ORDER BY seq, user_id")

// ReceiptsOf returns who acknowledged messages.
func (t *tx) ReceiptsOf(ctx context.Context, conversation int64, seqs []int64) (map[int64][]string, error) {
	readers := make(map[int64][]string, len(seqs))
	err := inList(ctx, t.session, selectReceipts, []any{conversation}, seqs, func(rows *sql.Rows) error {
		var seq int64
		var userID string
		if err := rows.Scan(&seq, &userID); err != nil {
			return err
		}
		readers[seq] = append(readers[seq], userID)
		return nil
	})
	return readers, err
}

// HideMessages hides messages from one user.
func (t *tx) HideMessages(ctx context.Context, app chat.SDKAppID, conversation int64, userID string, seqs []int64) error {
	for _, seq := range seqs {
		if _, err := t.exec(ctx, "INSERT INTO hidden (conversation, user_id, seq, sdkappid) VALUES (?, ?, ?, ?) ON CONFLICT (conversation, user_id, seq) DO NOTHING",
			conversation, userID, seq, int64(app)); err != nil {
			return err
		}
	}
	return nil
}

// HiddenMessages returns which messages are hidden from a user.
func (t *tx) HiddenMessages(ctx context.Context, conversation int64, userID string, first, last int64) ([]int64, error) {
	var seqs []int64
	err := t.each(ctx, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		seqs = append(seqs, seq)
		return err
	}, "SELECT seq FROM hidden WHERE conversation = ? AND user_id = ? AND seq >= ? AND seq <= ? ORDER BY seq", conversation, userID, first, last)
	return seqs, err
}

var selectNameCards = list("SELECT user_id, name_card FROM member WHERE conversation = ? AND name_card <> '' AND user_id IN ", "")

// NameCards returns the names that members use in a group.
func (t *tx) NameCards(ctx context.Context, conversation int64, ids []string) (map[string]string, error) {
	cards := make(map[string]string)
	err := inList(ctx, t.session, selectNameCards, []any{conversation}, ids, func(rows *sql.Rows) error {
		var id, card string
		if err := rows.Scan(&id, &card); err != nil {
			return err
		}
		cards[id] = card
		return nil
	})
	return cards, err
}

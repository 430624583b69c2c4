package sqlstore

import (
	"context"
	"database/sql"

	"github.com/parley-im/parley/internal/chat"
)

// CreateOfficial stores a new official account.
func (t *tx) CreateOfficial(ctx context.Context, app chat.SDKAppID, o *chat.OfficialAccount) error {
	id, err := t.createConversation(ctx, app, chat.OfficialConversation(o.ID))
	if err != nil {
		return err
	}
	o.Conversation = id
	_, err = t.exec(ctx, `INSERT INTO official_account (conversation, owner, name, introduction, face_url, organization, custom_string,
		max_subscriber, subscriber_num, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
		id, o.Owner, o.Name, o.Introduction, o.FaceURL, o.Organization, o.CustomString, o.MaxSubscriber, millis(o.CreateTime))
	return err
}

// Official reads an official account.
func (t *tx) Official(ctx context.Context, app chat.SDKAppID, id string) (*chat.OfficialAccount, error) {
	o := &chat.OfficialAccount{ID: id}
	var created, lastMsg int64
	err := t.queryRow(ctx, `SELECT c.id, c.revision, c.last_msg_at, o.owner, o.name, o.introduction, o.face_url, o.organization, o.custom_string,
		o.max_subscriber, o.subscriber_num, o.created_at
		FROM conversation c JOIN official_account o ON o.conversation = c.id WHERE c.sdkappid = ? AND c.kind = 'official' AND c.name = ?`,
		[]any{int64(app), id},
		&o.Conversation, &o.Revision, &lastMsg, &o.Owner, &o.Name, &o.Introduction, &o.FaceURL, &o.Organization, &o.CustomString,
		&o.MaxSubscriber, &o.SubscriberNum, &created)
	if err != nil {
		return nil, notFound(err)
	}
	o.CreateTime, o.LastMsgTime = fromMillis(created), fromMillis(lastMsg)
	return o, nil
}

// DeleteOfficial removes an official account.
func (t *tx) DeleteOfficial(ctx context.Context, o *chat.OfficialAccount) error {
	if _, err := t.exec(ctx, "DELETE FROM official_account WHERE conversation = ?", o.Conversation); err != nil {
		return err
	}
	return t.deleteConversation(ctx, o.Conversation)
}

// AddSubscribers adds those who are none yet.
func (t *tx) AddSubscribers(ctx context.Context, app chat.SDKAppID, conversation int64, subscribers []chat.Subscriber) ([]string, error) {
	added := make([]string, 0, len(subscribers))
	for _, s := range subscribers {
		res, err := t.exec(ctx, `INSERT INTO subscriber (conversation, sdkappid, user_id, subscribed_at, msg_flag, custom_string, since_seq)
			VALUES (?, ?, ?, ?, ?, ?, COALESCE((SELECT next_seq - 1 FROM conversation WHERE id = ?), 0)) ON CONFLICT (conversation, user_id) DO NOTHING`,
			conversation, int64(app), s.UserID, millis(s.SubscribeTime), s.MsgFlag, s.CustomString, conversation)
		if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil {
			return nil, err
		} else if n > 0 {
			added = append(added, s.UserID)
		}
	}
	return added, t.countSubscribers(ctx, conversation, len(added))
}

var (
	selectSubscribers = list("SELECT user_id FROM subscriber WHERE conversation = ? AND user_id IN ", "")
	deleteSubscribers = list("DELETE FROM subscriber WHERE conversation = ? AND user_id IN ", "")
	// deleteContacts forgets how users see a conversation that is theirs no more.
	deleteContacts = list("DELETE FROM contact WHERE conversation = ? AND user_id IN ", "")
)

// RemoveSubscribers returns those who were subscribers.
func (t *tx) RemoveSubscribers(ctx context.Context, conversation int64, ids []string) ([]string, error) {
	found, err := t.SubscribersExisting(ctx, conversation, ids)
	if err != nil {
		return nil, err
	}
	removed := only(ids, found)
	for _, st := range []*statements{deleteSubscribers, deleteContacts} {
		if err := execList(ctx, t.session, st, []any{conversation}, removed); err != nil {
			return nil, err
		}
	}
	return removed, t.countSubscribers(ctx, conversation, -len(removed))
}

// SubscribersExisting returns which of ids are subscribers.
func (t *tx) SubscribersExisting(ctx context.Context, conversation int64, ids []string) (map[string]bool, error) {
	return t.existing(ctx, selectSubscribers, ids, conversation)
}

func (t *tx) countSubscribers(ctx context.Context, conversation int64, change int) error {
	if change == 0 {
		return nil
	}
	_, err := t.exec(ctx, "UPDATE official_account SET subscriber_num = subscriber_num + ? WHERE conversation = ?", change, conversation)
	return err
}

// ListSubscribers returns a page of subscribers in the order in which they came.
func (t *tx) ListSubscribers(ctx context.Context, conversation, after int64, limit int) ([]chat.Subscriber, int64, error) {
	subscribers := []chat.Subscriber{}
	last := after
	err := t.each(ctx, func(rows *sql.Rows) error {
		var s chat.Subscriber
		var at int64
		if err := rows.Scan(&last, &s.UserID, &at, &s.MsgFlag, &s.CustomString); err != nil {
			return err
		}
		s.SubscribeTime = fromMillis(at)
		subscribers = append(subscribers, s)
		return nil
	}, `SELECT id, user_id, subscribed_at, msg_flag, custom_string FROM subscriber WHERE conversation = ? AND id > ? ORDER BY id LIMIT ?`,
		conversation, after, limit)
	return subscribers, last, err
}

package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// slotLength is the span of a slot of table sent: a repeated send is found in
// the slot of its time or the one before, or in the one after if the clock was
// set back meanwhile.
const slotLength = chat.DuplicateWindow

func slotOf(t time.Time) int64 { return t.UnixMilli() / slotLength.Milliseconds() }

// counters is the state of a conversation while a batch runs.
type counters struct {
	nextSeq, nextOnline, revision, lastMsg int64
	changed                                bool
}

// appendAll numbers and stores the messages of a batch, in the order in which
// they came, and of those who join it then. Outcomes of single appends are left in
// their requests.
func (t *tx) appendAll(ctx context.Context, requests []*request, join func(locked map[int64]*counters) []*request) (joined []*request, err error) {
	requests = slices.DeleteFunc(requests, func(r *request) bool { return r.err != nil }) // not admitted
	if len(requests) == 0 {
		return nil, nil
	}
	conversations, err := t.lockConversations(ctx, requests)
	if err != nil {
		return nil, err
	}
	joined = join(conversations)
	requests = append(requests, joined...)
	earlier, err := t.findDuplicates(ctx, requests)
	if err != nil {
		return joined, err
	}
	var rows appendRows
	for _, r := range requests {
		r.err = guard(func() error { return t.number(r, conversations, earlier, &rows) })
	}
	return joined, t.insert(ctx, conversations, &rows)
}

var selectConversations = list(
	"SELECT id, next_seq, next_online_seq, revision, last_msg_at FROM conversation WHERE id IN ", " ORDER BY id {for update}")

// lockConversations reads the counters of all conversations that a batch sends
// into, and of the communities of topics, in the order of their IDs so that several
// writers cannot deadlock.
func (t *tx) lockConversations(ctx context.Context, requests []*request) (map[int64]*counters, error) {
	found := make(map[int64]*counters, len(requests))
	ids := make([]int64, 0, len(requests))
	for _, r := range requests {
		if r.append.Sequence == store.NoSequence {
			continue
		}
		for _, id := range [...]int64{r.append.Conversation, r.append.Community} {
			if _, seen := found[id]; !seen && id != 0 {
				found[id] = nil
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	var list changes
	t.add(&list, selectConversations, 1, withItems(nil, ids), func(scan func(...any) error) error {
		var id int64
		c := new(counters)
		if err := scan(&id, &c.nextSeq, &c.nextOnline, &c.revision, &c.lastMsg); err != nil {
			return err
		}
		found[id] = c
		return nil
	})
	return found, t.together(ctx, list)
}

var selectSent = sentByKeys()

// sentByKeys looks up each slot and hash. In an array the hashes would only filter, one
// by one, all that stands in the slots; OFFSET keeps the engine from doing so.
func sentByKeys() *statements {
	st := list("SELECT hash, conversation, seq, sent_at FROM sent WHERE slot IN (?, ?, ?) AND hash IN ", "")
	st.inArrays = func([]string) string {
		return `WITH s(slot) AS (VALUES (CAST(? AS BIGINT)), (CAST(? AS BIGINT)), (CAST(? AS BIGINT)))
			SELECT found.hash, found.conversation, found.seq, found.sent_at FROM s CROSS JOIN unnest(CAST(? AS BIGINT[])) AS h(hash)
			CROSS JOIN LATERAL (SELECT * FROM sent WHERE sent.slot = s.slot AND sent.hash = h.hash OFFSET 0) AS found`
	}
	return st
}

// sendKey is what equal sends share.
type sendKey struct{ conversation, hash int64 }

// findDuplicates returns the sends of the last minutes that equal one of the
// batch.
func (t *tx) findDuplicates(ctx context.Context, requests []*request) (map[sendKey]store.Appended, error) {
	hashes := make([]int64, 0, len(requests))
	for _, r := range requests {
		if r.append.DuplicateKey != 0 {
			hashes = append(hashes, r.append.DuplicateKey)
		}
	}
	return t.sent(ctx, hashes)
}

// sent returns the last send of the last minutes for each conversation and hash.
func (t *tx) sent(ctx context.Context, hashes []int64) (map[sendKey]store.Appended, error) {
	found := make(map[sendKey]store.Appended)
	oldest := t.now.Add(-chat.DuplicateWindow).UnixMilli()
	now := slotOf(t.now)
	err := inList(ctx, t.session, selectSent, []any{now - 1, now, now + 1}, hashes, func(rows *sql.Rows) error {
		var key sendKey
		var seq, at int64
		if err := rows.Scan(&key.hash, &key.conversation, &seq, &at); err != nil {
			return err
		}
		// Slots come in no particular order; of equal sends the last one counts.
		if at > oldest && at >= millis(found[key].Time) {
			found[key] = store.Appended{Seq: seq, Time: fromMillis(at), Duplicate: true}
		}
		return nil
	})
	return found, err
}

// Sent finds an earlier equal send.
func (t *tx) Sent(ctx context.Context, duplicateKey int64) (store.Appended, error) {
	found, err := t.sent(ctx, []int64{duplicateKey})
	if err != nil {
		return store.Appended{}, err
	}
	for _, first := range found {
		return first, nil
	}
	return store.Appended{}, store.ErrNotFound
}

// appendRows are the rows that a batch adds, flat for multi-row statements.
type appendRows struct {
	messages, sent, members, topicReads []any
	events                              []event.Outgoing
	announced                           []event.Event
	// memberAt is where in members each member stands, readAt where in topicReads.
	memberAt, readAt map[sentKey]int
}

// number gives a message its place. If it fails, even by a panic of the caller's
// Events, it has changed nothing that others see.
func (t *tx) number(r *request, conversations map[int64]*counters, earlier map[sendKey]store.Appended, rows *appendRows) error {
	a := r.append
	if a.Sequence == store.NoSequence {
		rows.events = append(rows.events, a.Events()...)
		return nil
	}
	c := conversations[a.Conversation]
	if c == nil {
		return store.ErrNotFound
	}
	key := sendKey{a.Conversation, a.DuplicateKey}
	if first, ok := earlier[key]; ok && a.DuplicateKey != 0 {
		r.appended = first
		return nil
	}
	if revision, ok := revisionOf(a, conversations); !ok {
		return store.ErrNotFound
	} else if revision != a.Revision {
		return store.ErrStale
	}
	// Within a conversation, time never runs backwards, whatever the clock does.
	at := max(millis(t.now), c.lastMsg)
	seq := &c.nextSeq
	if a.Sequence == store.Online {
		seq = &c.nextOnline
	}
	m := a.Message
	m.Seq, m.Time = *seq, fromMillis(at)
	complete(m)
	events := a.Events()
	var announced []event.Event
	if a.Announce != nil {
		announced = a.Announce()
	}

	*seq++
	c.changed, c.lastMsg = true, at
	r.appended = store.Appended{Seq: m.Seq, Time: m.Time}
	rows.events = append(rows.events, events...)
	rows.announced = append(rows.announced, announced...)
	if a.Sequence == store.Stored {
		rows.messages = append(rows.messages, t.messageRow(a.App, a.Conversation, m)...)
	}
	if a.DuplicateKey != 0 {
		rows.sent = append(rows.sent, slotOf(t.now), a.DuplicateKey, a.Conversation, m.Seq, at)
		earlier[key] = store.Appended{Seq: m.Seq, Time: m.Time, Duplicate: true}
	}
	if a.Member {
		rows.sentBy(a, at)
	}
	return nil
}

// revisionOf is the revision of all that decides on a send. Both parts of a sum only
// grow, so it stays the same only if they do.
func revisionOf(a *store.Append, conversations map[int64]*counters) (int64, bool) {
	c := conversations[a.Conversation]
	if a.Community == 0 {
		return c.revision, true
	}
	community := conversations[a.Community]
	if community == nil {
		return 0, false
	}
	return c.revision + community.revision, true
}

// sentBy notes that a member has sent, and has read up to his own message. Of one
// member only the last send counts.
func (rows *appendRows) sentBy(a *store.Append, at int64) {
	read := int64(0)
	if a.Sequence != store.Online {
		read = a.Message.Seq
	}
	key := sentKey{a.Conversation, a.Message.Sender}
	if a.Community != 0 {
		rows.readTopic(a, key, read)
		key.conversation, read = a.Community, 0
	}
	if i, again := rows.memberAt[key]; again {
		rows.members[i+2], rows.members[i+3] = at, max(read, rows.members[i+3].(int64)) //nolint:errcheck,forcetypeassert // put there below
		return
	}
	if rows.memberAt == nil {
		rows.memberAt = make(map[sentKey]int)
	}
	rows.memberAt[key] = len(rows.members)
	rows.members = append(rows.members, key.conversation, key.userID, at, read)
}

// readTopic notes up to where a member has read a topic.
func (rows *appendRows) readTopic(a *store.Append, key sentKey, read int64) {
	if read == 0 {
		return
	}
	if i, again := rows.readAt[key]; again {
		rows.topicReads[i+4] = read // numbers grow within a batch
		return
	}
	if rows.readAt == nil {
		rows.readAt = make(map[sentKey]int)
	}
	rows.readAt[key] = len(rows.topicReads)
	rows.topicReads = append(rows.topicReads, a.Community, key.userID, key.conversation, int64(a.App), read)
}

// sentKey names a member.
type sentKey struct {
	conversation int64
	userID       string
}

var (
	updateCounters = multiRow(
		"UPDATE conversation SET next_seq = v.column2, next_online_seq = v.column3, last_msg_at = v.column4 FROM (VALUES ",
		"(CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT),CAST(? AS BIGINT))", "(?,?,?,?)",
		") AS v WHERE conversation.id = v.column1")
	insertMessages = multiRow(
		"INSERT INTO message (sdkappid, conversation, seq, sent_at, sender, random, priority, flags, place, body, cloud_custom_data, extra, client_time, client_seq) VALUES ",
		"", "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "")
	// A hash that another send has in the same slot is a collision of different
	// messages, or an equal one whose window has passed: the newer one counts.
	insertSent = multiRow(
		"INSERT INTO sent (slot, hash, conversation, seq, sent_at) VALUES ", "", "(?,?,?,?,?)",
		" ON CONFLICT (slot, hash) DO UPDATE SET conversation = excluded.conversation, seq = excluded.seq, sent_at = excluded.sent_at")
	updateLastSend = multiRow(
		"UPDATE member SET last_send_at = v.column3, read_seq = CASE WHEN v.column4 > read_seq THEN v.column4 ELSE read_seq END FROM (VALUES ",
		"(CAST(? AS BIGINT),CAST(? AS TEXT),CAST(? AS BIGINT),CAST(? AS BIGINT))", "(?,?,?,?)",
		") AS v WHERE member.conversation = v.column1 AND member.user_id = v.column2")
)

func (t *tx) insert(ctx context.Context, conversations map[int64]*counters, rows *appendRows) error {
	var changed []any
	for id, c := range conversations {
		if c != nil && c.changed {
			changed = append(changed, id, c.nextSeq, c.nextOnline, c.lastMsg)
		}
	}
	var list changes
	t.add(&list, updateCounters, 4, changed, nil)
	t.add(&list, insertMessages, messageWidth, rows.messages, nil)
	t.add(&list, insertSent, 5, rows.sent, nil)
	t.add(&list, updateLastSend, 4, rows.members, nil)
	t.add(&list, raiseTopicReads, 5, rows.topicReads, nil)
	ids := t.eventRows(rows.events, &list)
	if err := t.together(ctx, list); err != nil {
		return err
	}
	t.Announce(rows.announced...)
	t.heardOf(rows.events, *ids)
	return nil
}

package gateway

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

const (
	// gapWait is how long a message waits for those before it that were committed at
	// another node; then they are read from storage.
	gapWait = 100 * time.Millisecond
	// maxHeld is how many messages and other changes of one place wait.
	maxHeld = 512
	// maxSkipped is how many messages that did not come are remembered, of rooms of
	// which nothing is stored.
	maxSkipped = 64
	// rereadAfter is the pause before storage is asked again that did not answer.
	rereadAfter = time.Second
)

// feed is the order of what is said in a group or a topic as it is told here. Nodes
// commit at the same time, so what they tell each other may come in another order
// than that of MsgSeq, or not at all.
type feed struct {
	place    place
	audience *audience
	// stored is set if what is said is kept.
	stored bool
	// known is set when last is the number of the last message that was told; before,
	// what was said from since on may be missing.
	known bool
	last  int64
	since time.Time
	// recalled is since when recalls may be missing, zero if none are.
	recalled time.Time
	// early is what waits for messages before it, lowest number first, and after other
	// changes that wait for it; both since waits.
	early []numbered
	after []foreignEvent
	waits time.Time
	// skipped are the numbers that were given up.
	skipped []int64
	// behind is set when storage has to be read, not before next; reading while it is.
	behind, reading bool
	next            time.Time
}

// numbered is a message with its number.
type numbered struct {
	seq int64
	foreignEvent
}

// foreignEvent is an event and whether another node announced it.
type foreignEvent struct {
	event   event.Event
	foreign bool
}

// receive tells an event in its turn.
func (h *hub) receive(e event.Event) {
	switch e := e.(type) {
	case event.GroupMessageSent:
		if isNumbered(e.GroupMessage) {
			h.order(e.GroupMessage, e)
			return
		}
	case event.GroupTipped:
		if isNumbered(e.GroupMessage) {
			h.order(e.GroupMessage, e)
			return
		}
	}
	if f := h.heldIn(e.Origin().App.SDKAppID, e.Conversation()); f != nil && len(f.after) < maxHeld {
		f.after = append(f.after, foreignEvent{e, h.foreign})
		return
	}
	h.tell(e)
}

// isNumbered reports whether a message has a number among those of its place.
func isNumbered(m event.GroupMessage) bool {
	return m.Message.Seq > 0 && (!m.Message.OnlineOnly || !m.Type.Rules().History)
}

// heldIn is the feed of a conversation in which something waits.
func (h *hub) heldIn(app chat.SDKAppID, c chat.Conversation) *feed {
	if len(h.held) == 0 || (c.Kind != chat.KindGroup && c.Kind != chat.KindTopic) {
		return nil
	}
	for p, f := range h.held {
		if p.group.app == app && (p.topic == c.ID || (p.topic == "" && p.group.id == c.ID)) {
			return f
		}
	}
	return nil
}

// order tells a message behind all those before it.
func (h *hub) order(m event.GroupMessage, e event.Event) {
	key := keyOf(m)
	a := h.audienceOf(key)
	if a == nil {
		h.tell(e) // to those who poll
		return
	}
	f := h.feedOf(key, a, m.TopicID, m.Type.Rules().History)
	if !f.known && !f.stored {
		f.known, f.last = true, m.Message.Seq-1
	}
	seq := m.Message.Seq
	if f.known && seq <= f.last {
		if i := slices.Index(f.skipped, seq); i >= 0 {
			f.skipped = slices.Delete(f.skipped, i, i+1)
			h.tell(e)
		}
		return
	}
	i, twice := slices.BinarySearchFunc(f.early, seq, func(n numbered, seq int64) int { return cmp.Compare(n.seq, seq) })
	if !twice {
		f.early = slices.Insert(f.early, i, numbered{seq, foreignEvent{e, h.foreign}})
	}
	if len(f.early) > maxHeld && f.stored {
		f.early, f.behind = f.early[:maxHeld], true // storage has the rest
	}
	f.behind = f.behind || !f.known
	h.advance(f)
}

func (h *hub) audienceOf(key groupKey) *audience {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.groups[key]
}

// feedOf is the feed of a place. In a group it begins behind what was said when the
// audience came into being, in a topic then.
func (h *hub) feedOf(key groupKey, a *audience, topic string, stored bool) *feed {
	if f := a.feeds[topic]; f != nil {
		return f
	}
	f := &feed{place: place{key, topic}, audience: a, stored: stored, since: a.began}
	if topic == "" && a.next > 0 {
		f.known, f.last = true, a.next-1
	}
	if a.feeds == nil {
		a.feeds = make(map[string]*feed)
	}
	a.feeds[topic] = f
	return f
}

// advance tells all of a feed that waits for nothing.
func (h *hub) advance(f *feed) {
	foreign := h.foreign
	defer func() { h.foreign = foreign }()
	for len(f.early) > 0 && !f.behind && !f.reading {
		n := f.early[0]
		switch {
		case n.seq > f.last+1 && !h.givesUp(f):
			h.held[f.place] = f
			return
		case n.seq > f.last+1 && f.stored:
			f.behind = true
			h.gateway.metrics.gaps.Inc()
			continue
		case n.seq > f.last+1:
			h.skip(f, n.seq)
		}
		f.early = slices.Delete(f.early, 0, 1)
		if n.seq > f.last {
			f.last = n.seq
			h.foreign = n.foreign
			h.tell(n.event)
		}
		f.waits = time.Time{}
	}
	if f.behind || f.reading {
		h.held[f.place] = f
		h.reread(f)
		return
	}
	delete(h.held, f.place)
	f.waits, f.early = time.Time{}, nil
	after := f.after
	f.after = nil
	for _, e := range after {
		h.foreign = e.foreign
		h.tell(e.event)
	}
}

// givesUp reports whether a message has waited long enough for those before it.
func (h *hub) givesUp(f *feed) bool {
	if f.waits.IsZero() {
		f.waits = time.Now()
	}
	return time.Since(f.waits) >= gapWait || len(f.early) >= maxHeld
}

// skip goes on without the messages before one, which are not stored. They are told
// when they come.
func (h *hub) skip(f *feed, before int64) {
	h.gateway.metrics.gaps.Inc()
	for seq := max(f.last+1, before-maxSkipped); seq < before; seq++ {
		f.skipped = append(f.skipped, seq)
	}
	f.skipped = slices.Delete(f.skipped, 0, max(0, len(f.skipped)-maxSkipped))
	f.last = before - 1
}

// overdue goes on with all feeds that have waited long enough, and returns for how
// long the next one waits, if there is one.
func (h *hub) overdue() (wait time.Duration, held bool) {
	for p, f := range h.held {
		if h.audienceOf(p.group) != f.audience {
			delete(h.held, p) // all have left
			continue
		}
		h.advance(f)
		if h.held[p] != f || f.reading {
			continue
		}
		due := gapWait - time.Since(f.waits)
		if f.behind {
			due = time.Until(f.next)
		}
		if due = max(due, time.Millisecond); !held || due < wait {
			wait, held = due, true
		}
	}
	return wait, held
}

// settle lets audiences that came into being by a change begin when other nodes know
// of them: what they said before is read from storage.
func (h *hub) settle() {
	h.mu.Lock()
	keys := h.unsettled
	h.unsettled = nil
	h.mu.Unlock()
	if len(keys) == 0 {
		return
	}
	go func() {
		h.peers.settle(context.Background())
		h.do(func() {
			for _, key := range keys {
				if a := h.audienceOf(key); a != nil && a.next == 0 {
					f := h.feedOf(key, a, "", true)
					f.behind = true
					h.advance(f)
				}
			}
		})
	}()
}

// passage is what storage has of a place.
type passage struct {
	// stored is set if what is said there is kept.
	stored   bool
	group    *chat.Group
	messages []chat.Message
	recalled []chat.Message
	// last is the number of the last message.
	last int64
	// topics are those in which something was said since recalls may be missing.
	topics []string
}

// reread reads from storage what a feed lacks.
func (h *hub) reread(f *feed) {
	if f.reading || time.Now().Before(f.next) {
		return
	}
	f.reading, f.behind = true, false
	known, last, since, recalled := f.known, f.last, f.since, f.recalled
	f.recalled = time.Time{}
	h.desk.do(func() {
		found, err := h.readPlace(f.place, known, last, since, recalled)
		h.do(func() {
			f.reading = false
			if h.audienceOf(f.place.group) != f.audience {
				return
			}
			if err != nil {
				h.log.Warn("what was said could not be read; it is tried again", "group", f.place.group.id, "topic", f.place.topic, "error", err)
				f.behind, f.recalled, f.next = true, recalled, time.Now().Add(rereadAfter)
				h.held[f.place] = f
				return
			}
			h.catchUpFeed(f, found)
			h.advance(f)
		})
	})
}

// readPlace reads what was said in a place behind a number, or if that is not known
// since a time.
func (h *hub) readPlace(p place, known bool, last int64, since, recalled time.Time) (found passage, err error) {
	ctx := context.Background() // the hub answers to nobody
	err = h.store.View(ctx, func(tx store.Tx) error {
		g, err := tx.Group(ctx, p.group.app, p.group.id)
		if err != nil {
			return err
		}
		found.group, found.stored = g, g.Type.Rules().History
		if !found.stored {
			return nil
		}
		conversation, next := g.Conversation, g.NextMsgSeq
		if p.topic != "" {
			t, err := tx.Topic(ctx, g.Conversation, p.topic)
			if err != nil {
				return err
			}
			conversation, next = t.Conversation, t.NextMsgSeq
		}
		if !known {
			if last, err = tx.SeqAt(ctx, conversation, since.Add(-time.Millisecond)); err != nil {
				return err
			}
		}
		found.last = next - 1
		if found.messages, err = tx.MessagesAfter(ctx, conversation, max(last, found.last-maxMissedGroup), maxMissedGroup); err != nil || recalled.IsZero() {
			return err
		}
		if found.recalled, err = recalledSince(ctx, tx, conversation, recalled); err != nil || !g.SupportTopic || p.topic != "" {
			return err
		}
		topics, err := tx.ListTopics(ctx, g.Conversation)
		for i := range topics {
			if !topics[i].LastMsgTime.Before(recalled) {
				found.topics = append(found.topics, topics[i].ID)
			}
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return passage{}, nil // it is gone, and all hear of that
	}
	return found, err
}

func recalledSince(ctx context.Context, tx store.Tx, conversation int64, since time.Time) ([]chat.Message, error) {
	recalled, err := tx.ListRecalled(ctx, conversation, store.RecallPage{From: since, Until: tx.Now().Add(slack), Limit: maxMissedGroup})
	if err != nil || len(recalled) == 0 {
		return nil, err
	}
	seqs := make([]int64, 0, len(recalled))
	for i := range recalled {
		seqs = append(seqs, recalled[i].Seq)
	}
	whole, err := tx.MessagesAt(ctx, conversation, seqs)
	for i := range recalled {
		if m, ok := whole[recalled[i].Seq]; ok {
			m.Recall = recalled[i].Recall
			recalled[i] = m
		}
	}
	return recalled, err
}

// catchUpFeed tells what storage had of a place.
func (h *hub) catchUpFeed(f *feed, found passage) {
	foreign := h.foreign
	defer func() { h.foreign = foreign }()
	key := f.place.group
	if f.stored = found.stored; !found.stored {
		if !f.known && len(f.early) > 0 {
			f.known, f.last = true, f.early[0].seq-1
		}
		return
	}
	app := h.gateway.Apps(key.app)
	if app == nil {
		return
	}
	h.foreign = true
	of := event.GroupMessage{Caller: chat.Caller{App: app}, GroupID: key.id, Type: found.group.Type, TopicID: f.place.topic}
	for i := range found.messages {
		m := &found.messages[i]
		if f.known && m.Seq <= f.last {
			continue
		}
		f.known, f.last = true, m.Seq
		// What came from another node, or is just being announced here, knows who sent it.
		if j := slices.IndexFunc(f.early, func(n numbered) bool { return n.seq == m.Seq }); j >= 0 {
			h.tell(f.early[j].event)
			continue
		}
		if m.Place != chat.PlaceMessage {
			continue
		}
		h.gateway.metrics.caughtUp.Inc()
		of.Message = m
		if m.Tip != nil {
			h.tell(event.GroupTipped{GroupMessage: of})
		} else {
			h.tell(event.GroupMessageSent{GroupMessage: of})
		}
	}
	f.known, f.last = true, max(f.last, found.last)
	if len(found.recalled) > 0 {
		h.tellMissedRecalls(f, of, found.recalled)
	}
	for _, topic := range found.topics {
		t := h.feedOf(key, f.audience, topic, true)
		t.behind = true
		h.advance(t)
	}
}

// tellMissedRecalls tells what was recalled, each with its reason.
func (h *hub) tellMissedRecalls(f *feed, of event.GroupMessage, recalled []chat.Message) {
	for _, m := range recalled {
		h.tell(event.GroupMessagesRecalled{
			Caller: of.Caller, GroupID: of.GroupID, Type: of.Type, TopicID: f.place.topic, Operator: m.Recall.Revoker, Reason: m.Recall.Reason,
			Seqs: []int64{m.Seq}, Messages: []chat.Message{m}, At: m.Recall.Time,
		})
	}
}

package gateway

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

// The hub works in rounds. In one it looks at all that is announced by then, joins
// what is said in the same place into one push, and only then lets the connections
// write. A large audience has a push only so often. So the busier the server is, the
// more a client gets at once, and the less each message costs.
const (
	// roundBatches bounds how many batches of announcements are a round.
	roundBatches = 64
	// roundEntries and roundBytes bound what is joined into one push.
	roundEntries = 64
	roundBytes   = 64 << 10
	// rest is for how long an audience has no other push of what is said for each of its
	// sessions from restless on, maxRest at most: 10,000 have five or six a second.
	rest     = 20 * time.Microsecond
	restless = 1000
	maxRest  = 500 * time.Millisecond
)

// letter is what is said in one place and waits to be pushed.
type letter struct {
	place   place
	entries []any
	// excepts has the instance for each entry that caused it, 0 for none.
	excepts []int64
	bytes   int
	// due is when the audience may have it.
	due time.Time
}

// place is a group, or a topic in it.
type place struct {
	group groupKey
	topic string
}

// round makes pushes of a batch and of those that wait behind it. It returns for how
// long the next letter waits, if there is one.
func (h *hub) round(n news) (wait time.Duration, held bool) {
	defer h.wake()
	h.gather(n)
	h.settle()
	wait, held = h.overdue()
	now := h.clock()
	h.deliver(func(l *letter) bool { return !l.due.After(now) })
	for i := range h.letters {
		if until := h.letters[i].due.Sub(now); !held || until < wait {
			wait, held = until, true
		}
	}
	return wait, held
}

// gather tells of some news and of those that wait behind them; what is too much for
// one round stays in the queue.
func (h *hub) gather(n news) {
	h.takeAll(n)
	for range min(len(h.queue), roundBatches-1) { // nobody else takes them
		h.takeAll(<-h.queue)
	}
}

func (h *hub) takeAll(n news) {
	if n.do != nil {
		n.do()
	}
	for _, e := range n.events {
		h.take(e, n.foreign)
	}
}

// hold keeps an entry until its letter is delivered.
func (h *hub) hold(key groupKey, a *audience, d delivery) {
	entry, err := encode(d.entry())
	if err != nil {
		h.log.Error("a push could not be encoded", "error", err)
		return
	}
	at := place{key, d.topic}
	i := slices.IndexFunc(h.letters, func(l letter) bool { return l.place == at })
	if i < 0 {
		i = len(h.letters)
		h.letters = append(h.letters, letter{place: at, due: a.rested})
	}
	l := &h.letters[i]
	l.entries, l.excepts, l.bytes = append(l.entries, json.RawMessage(entry)), append(l.excepts, d.except), l.bytes+len(entry)
	if len(l.entries) >= roundEntries || l.bytes >= roundBytes {
		h.deliver(func(l *letter) bool { return l.place == at })
	}
}

// deliver pushes some letters.
func (h *hub) deliver(which func(*letter) bool) {
	h.letters = slices.DeleteFunc(h.letters, func(l letter) bool {
		deliver := which(&l)
		if deliver {
			h.deliverLetter(&l)
		}
		return deliver
	})
}

// deliverIn pushes what was said in a conversation. It is called before anything else
// is told about it, since that comes after what was said, and may change who has it.
func (h *hub) deliverIn(c chat.Conversation) {
	if c.Kind == chat.KindGroup || c.Kind == chat.KindTopic {
		h.deliver(func(l *letter) bool { return l.place.group.id == c.ID || l.place.topic == c.ID })
	}
}

func (h *hub) deliverLetter(l *letter) {
	var authors []*session
	targets := h.targets[:0]
	h.mu.RLock()
	a := h.groups[l.place.group]
	if a == nil {
		h.mu.RUnlock()
		return
	}
	flags := h.groups[topicKey(l.place.group.app, l.place.topic)]
	for u, hushed := range a.members {
		if flags.hushes(u, hushed) {
			continue
		}
		for _, s := range u.sessions {
			if slices.Contains(l.excepts, s.instance) {
				authors = append(authors, s)
			} else {
				targets = append(targets, s)
			}
		}
	}
	h.mu.RUnlock()
	now := h.clock()
	a.rested = now.Add(min(maxRest, time.Duration(max(0, len(targets)-restless))*rest))
	h.push(targets, a.acknowledges(len(targets), now), l.entries...)
	for _, s := range authors {
		if others := l.without(s.instance); len(others) > 0 {
			h.push([]*session{s}, true, others...)
		}
	}
}

// without are the entries that an instance has not caused.
func (l *letter) without(instance int64) []any {
	var others []any
	for i, e := range l.entries {
		if l.excepts[i] != instance {
			others = append(others, e)
		}
	}
	return others
}

// acknowledges reports whether the next push to n sessions of the audience is to be
// acknowledged.
func (a *audience) acknowledges(n int, now time.Time) bool {
	if n <= largeAudience {
		return true
	}
	a.since++
	if a.since < acknowledgeAfter && now.Sub(a.asked) < acknowledgeEvery {
		return false
	}
	a.asked, a.since = now, 0
	return true
}

// wake lets the connections write what is new.
func (h *hub) wake() {
	if len(h.fresh) >= crewFrom {
		h.crew.write(h.fresh)
	} else {
		for _, c := range h.fresh {
			c.wake()
		}
	}
	clear(h.fresh)
	h.fresh = h.fresh[:0]
}

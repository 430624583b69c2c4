package gateway

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/parley-im/parley/internal/event"
)

// The hub works in rounds. In one it looks at all that is announced by then, joins
// what is said in the same place into one push, and only then lets the connections
// write. So the busier the server is, the more a client gets at once, and the less
// each message costs.
const (
	// roundBatches bounds how many batches of announcements are a round.
	roundBatches = 64
	// roundEntries and roundBytes bound what is joined into one push.
	roundEntries = 64
	roundBytes   = 64 << 10
)

// letter is what is said in one place in a round.
type letter struct {
	place   place
	entries []any
	// excepts has the instance for each entry that caused it, 0 for none.
	excepts []int64
	bytes   int
}

// place is a group, or a topic in it.
type place struct {
	group groupKey
	topic string
}

// round makes pushes of a batch and of those that wait behind it.
func (h *hub) round(batch []event.Event) {
	defer h.wake()
	defer h.deliver()
	for range roundBatches {
		for _, e := range batch {
			h.tell(e)
		}
		select {
		case batch = <-h.queue:
		default:
			return
		}
	}
}

// hold keeps an entry until its letter is delivered.
func (h *hub) hold(key groupKey, d delivery) {
	at := place{key, d.topic}
	i := slices.IndexFunc(h.letters, func(l letter) bool { return l.place == at })
	if i < 0 {
		i = len(h.letters)
		h.letters = append(h.letters, letter{place: at})
	}
	entry, err := encode(d.entry())
	if err != nil {
		h.log.Error("a push could not be encoded", "error", err)
		return
	}
	l := &h.letters[i]
	l.entries, l.excepts, l.bytes = append(l.entries, json.RawMessage(entry)), append(l.excepts, d.except), l.bytes+len(entry)
	if len(l.entries) >= roundEntries || l.bytes >= roundBytes {
		h.deliver()
	}
}

// deliver pushes the letters of the round so far. It is called before anything else
// is told, since that may change who is to have them.
func (h *hub) deliver() {
	letters := h.letters
	h.letters = nil
	for i := range letters {
		h.deliverLetter(&letters[i])
	}
}

func (h *hub) deliverLetter(l *letter) {
	var authors []*session
	targets := h.targets[:0]
	h.mu.RLock()
	a := h.groups[l.place.group]
	if a != nil {
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
	}
	h.mu.RUnlock()
	h.push(targets, a.acknowledges(len(targets), h.clock()), l.entries...)
	for _, s := range authors {
		if rest := l.without(s.instance); len(rest) > 0 {
			h.push([]*session{s}, true, rest...)
		}
	}
}

// without are the entries that an instance has not caused.
func (l *letter) without(instance int64) []any {
	var rest []any
	for i, e := range l.entries {
		if l.excepts[i] != instance {
			rest = append(rest, e)
		}
	}
	return rest
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
	for _, c := range h.fresh {
		c.wake()
	}
	clear(h.fresh)
	h.fresh = h.fresh[:0]
}

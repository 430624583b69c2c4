package inbox

import (
	"cmp"
	"errors"
	"slices"
	"sync"
)

// limits bound what is kept.
type limits struct {
	inboxes     int // names that have something in them
	requests    int // webhooks of one inbox
	bytes       int // cost of all webhooks
	subscribers int // readers that wait
	queue       int // webhooks that one reader may be behind
}

var defaultLimits = limits{inboxes: 100, requests: 1000, bytes: 32 << 20, subscribers: 64, queue: 256}

var (
	errTooManyReaders = errors.New("too many readers at the same time; try again in a few seconds")
	errClosing        = errors.New("the server is stopping")
)

// memory holds the newest webhooks of all inboxes and tells readers of new ones.
type memory struct {
	limits limits

	// mu guards everything below, and the fields of every box and subscriber.
	// It is never held while anything is read, written or waited for.
	mu          sync.Mutex
	lastID      int64
	bytes       int
	boxes       map[string]*box
	subscribers map[*subscriber]struct{}
}

// A box is what one inbox holds; there is none for an empty inbox.
type box struct {
	received []*Received // oldest first
	dropped  int64       // how many were pushed out
}

// A subscriber is a reader of one inbox that waits for news.
type subscriber struct {
	name string
	// news is closed when the reader falls too far behind.
	news chan news
}

// news is a webhook, or nil if the inbox was cleared.
type news struct{ received *Received }

func newMemory(limits limits) *memory {
	return &memory{limits: limits, boxes: map[string]*box{}, subscribers: map[*subscriber]struct{}{}}
}

// add stores received, gives it its id and drops what is too much.
func (m *memory) add(name string, received *Received) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.boxes[name]
	if b == nil {
		b = &box{}
		m.boxes[name] = b
	}
	m.lastID++
	received.ID = m.lastID
	b.received = append(b.received, received)
	m.bytes += received.cost()

	if len(b.received) > m.limits.requests {
		m.dropOldest(name)
	}
	if len(m.boxes) > m.limits.inboxes {
		m.forget(m.leastRecent())
	}
	for m.bytes > m.limits.bytes {
		m.dropOldest(m.withOldest())
	}
	m.tell(name, news{received})
}

// clear forgets everything in one inbox.
func (m *memory) clear(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget(name)
	m.tell(name, news{})
}

// tell passes news to the readers of an inbox. Whoever has a full queue is
// dropped.
func (m *memory) tell(name string, n news) {
	for s := range m.subscribers {
		if s.name != name {
			continue
		}
		select {
		case s.news <- n:
		default:
			m.drop(s)
		}
	}
}

// dropOldest pushes the oldest webhook out of an inbox, which holds at least
// one.
func (m *memory) dropOldest(name string) {
	b := m.boxes[name]
	m.bytes -= b.received[0].cost()
	b.received = slices.Delete(b.received, 0, 1)
	b.dropped++
	if len(b.received) == 0 {
		delete(m.boxes, name)
	}
}

func (m *memory) forget(name string) {
	b := m.boxes[name]
	if b == nil {
		return
	}
	for _, received := range b.received {
		m.bytes -= received.cost()
	}
	delete(m.boxes, name)
}

// leastRecent names the inbox to which nothing was sent for the longest time.
func (m *memory) leastRecent() string {
	name, least := "", int64(0)
	for candidate, b := range m.boxes {
		if id := b.received[len(b.received)-1].ID; name == "" || id < least {
			name, least = candidate, id
		}
	}
	return name
}

// withOldest names the inbox that holds the oldest webhook of all.
func (m *memory) withOldest() string {
	name, least := "", int64(0)
	for candidate, b := range m.boxes {
		if id := b.received[0].ID; name == "" || id < least {
			name, least = candidate, id
		}
	}
	return name
}

// A snapshot is what an inbox held at one moment.
type snapshot struct {
	received []*Received // oldest first
	dropped  int64
	lastID   int64 // of all inboxes
}

// fromStart is less than any id.
const fromStart = 0

// after returns what has come to an inbox after since. An id that was not given
// out yet comes from an earlier life of the server and counts as fromStart.
func (m *memory) after(name string, since int64) snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.snapshot(name, since)
}

func (m *memory) snapshot(name string, since int64) snapshot {
	taken := snapshot{lastID: m.lastID}
	b := m.boxes[name]
	if b == nil {
		return taken
	}
	if since > m.lastID {
		since = fromStart
	}
	first, _ := slices.BinarySearchFunc(b.received, since+1, func(r *Received, id int64) int { return cmp.Compare(r.ID, id) })
	taken.received, taken.dropped = slices.Clone(b.received[first:]), b.dropped
	return taken
}

// subscribe returns what after would and a reader that hears of everything from
// then on. Whoever subscribes must unsubscribe.
func (m *memory) subscribe(name string, since int64) (*subscriber, snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.subscribers) >= m.limits.subscribers {
		return nil, snapshot{}, errTooManyReaders
	}
	s := &subscriber{name: name, news: make(chan news, m.limits.queue)}
	m.subscribers[s] = struct{}{}
	return s, m.snapshot(name, since), nil
}

func (m *memory) unsubscribe(s *subscriber) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(s)
}

// drop ends a reader, unless it has ended.
func (m *memory) drop(s *subscriber) {
	if _, ok := m.subscribers[s]; ok {
		delete(m.subscribers, s)
		close(s.news)
	}
}

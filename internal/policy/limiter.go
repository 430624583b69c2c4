package policy

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

// A Limiter decides how often something may happen for each of many keys: so
// many times in a window of fixed length. A key's window opens with the first
// event after its last window has closed, so a steady flood gets its limit in
// each window and no more, and one event in a window means that at least a
// window lies between two. What is refused is not counted. (Token buckets would
// do it as fast, but let twice the limit pass in the first window of a flood:
// a bucket of two an hour gives three or four in its first hour.)
//
// At most about maxKeys keys are remembered. A key whose window has closed is
// as good as new, so forgetting it loses nothing; only such a key ever makes
// room, and no flood of other keys resets a key whose window is open. When
// the windows of all remembered keys are open, a further key is let through
// uncounted until one closes: keys name what exists in storage, so such a
// moment means that maxKeys is too small, and a limit that fails to apply does
// less harm than refusing everybody's messages. [Limiter.Uncounted] tells.
//
// Several nodes hold one limit together once each has called [Limiter.Share] and
// they pass on to each other what [Limiter.Notes] returns, with [Limiter.Add]. A
// key's window is then the same everywhere: the one that opened first. In it pass
// at most limit events and what other nodes let pass before they heard of them;
// that surplus is taken from the windows that follow.
//
// A Limiter may be used by many goroutines at once.
type Limiter[K comparable] struct {
	clock     func() time.Time
	start     time.Time
	window    time.Duration
	seed      maphash.Seed
	shards    []shard[K] // a power of two
	uncounted atomic.Uint64
	hurry     func()
}

// Shards keep senders apart who write to different groups.
const (
	maxShards       = 64
	minKeysPerShard = 256
	maxMaxKeys      = 1 << 30 // slots are numbered by int32
)

// NewLimiter makes a Limiter whose windows last as long as window and which
// remembers about maxKeys keys; less than one counts as one. A key needs some
// 130 bytes, taken when it first appears and kept for the next one.
//
// A window of zero or less limits nothing. The clock may be called by many
// goroutines at once; when it steps back by more than a window, all windows
// are closed.
func NewLimiter[K comparable](clock func() time.Time, window time.Duration, maxKeys int) *Limiter[K] {
	maxKeys = min(max(maxKeys, 1), maxMaxKeys)
	shards := 1 << (bits.Len(uint(min(max(maxKeys/minKeysPerShard, 1), maxShards))) - 1)
	l := &Limiter[K]{
		clock:  clock,
		start:  clock(),
		window: window,
		seed:   maphash.MakeSeed(),
		shards: make([]shard[K], shards),
	}
	for i := range l.shards {
		l.shards[i].init((maxKeys + shards - 1) / shards)
	}
	return l
}

// Allow counts an event of key and reports whether it may happen: whether it is
// among the first limit events of the key's window. A limit of zero or less is
// no limit, and such events are not counted. A changed limit takes effect at
// once, also within an open window.
func (l *Limiter[K]) Allow(key K, limit int) bool {
	if limit <= 0 {
		return true
	}
	now := l.clock().Sub(l.start)
	v := l.shard(key).allow(key, limit, now, l.window)
	if v.uncounted {
		l.uncounted.Add(1)
	}
	if v.urgent {
		l.hurry()
	}
	return v.allowed
}

// Uncounted returns how many events were let through uncounted so far, because
// the windows of all remembered keys were open. Unless it is zero, maxKeys is
// too small for what the server does.
func (l *Limiter[K]) Uncounted() uint64 {
	return l.uncounted.Load()
}

func (l *Limiter[K]) shard(key K) *shard[K] {
	if len(l.shards) == 1 {
		return &l.shards[0]
	}
	return &l.shards[maphash.Comparable(l.seed, key)%uint64(len(l.shards))]
}

// A shard counts the events of some of the keys.
//
// Its slots form a ring in the order in which their windows opened. All windows
// are equally long, so the one after the ring's start closes first: if it is
// open, all are, and no search is needed.
type shard[K comparable] struct {
	mu      sync.Mutex // guards all below
	slots   []slot[K]  // the first holds no key; it is start and end of the ring
	byKey   map[K]int32
	maxKeys int
	shared  bool
	// noted are the slots that other nodes may have to hear of.
	noted []int32

	_ [64]byte // keeps the next shard's mutex out of this one's cache line
}

// A slot holds the window of one key.
type slot[K comparable] struct {
	key        K
	opened     time.Duration // since the Limiter's start
	count      int
	prev, next int32

	// foreign is how many of count other nodes let pass, and told how many of the
	// rest they have heard of.
	foreign, told int
	limit         int           // that the last event met, if the Limiter is shared
	floor         time.Duration // no window of the key can have opened before
	noted         bool
}

// verdict is what becomes of an event.
type verdict struct {
	allowed, uncounted bool
	// urgent is set when the other nodes should soon hear of it.
	urgent bool
}

func (s *shard[K]) init(maxKeys int) {
	s.slots = make([]slot[K], 1)
	s.byKey = make(map[K]int32)
	s.maxKeys = maxKeys
}

func (s *shard[K]) allow(key K, limit int, now, window time.Duration) verdict {
	s.mu.Lock()
	defer s.mu.Unlock()

	i, known := s.byKey[key]
	if !known {
		if i = s.first(key, now, now, window); i == 0 {
			return verdict{allowed: true, uncounted: true}
		}
	} else if s.slots[i].closed(now, window) {
		s.renew(i, now, window, limit)
	}

	at := &s.slots[i]
	if at.count >= limit {
		return verdict{}
	}
	at.count++
	return verdict{allowed: true, urgent: s.shared && s.note(i, limit)}
}

// first opens the first window of a new key and returns its slot, or 0 if there is
// no place for it.
func (s *shard[K]) first(key K, opened, now, window time.Duration) int32 {
	i := s.take(now, window)
	if i == 0 {
		return 0
	}
	s.byKey[key] = i
	s.slots[i].key = key
	s.slots[i].floor = opened - window
	s.open(i, opened)
	return i
}

// renew opens the next window of a slot. What other nodes let pass beyond the limit
// is taken from this one, as far as windows in between have not made up for it.
func (s *shard[K]) renew(i int32, opened, window time.Duration, limit int) {
	at := &s.slots[i]
	surplus := 0
	if at.foreign > 0 && opened > at.opened {
		surplus = min(max(at.count-limit*int((opened-at.opened)/window), 0), at.foreign)
	}
	at.floor = min(at.opened+window, opened)
	s.unlink(i)
	s.open(i, opened)
	at.count, at.foreign = surplus, surplus
}

// take returns a slot outside the ring for a new key, or 0 if there is none.
func (s *shard[K]) take(now, window time.Duration) int32 {
	if oldest := s.slots[0].next; oldest != 0 && s.slots[oldest].closed(now, window) {
		delete(s.byKey, s.slots[oldest].key)
		s.unlink(oldest)
		return oldest
	}
	if len(s.slots) > s.maxKeys {
		return 0
	}
	s.slots = append(s.slots, slot[K]{})
	return int32(len(s.slots) - 1)
}

// open starts the window of a slot outside the ring and puts it at the end.
func (s *shard[K]) open(i int32, now time.Duration) {
	last := s.slots[0].prev
	at := &s.slots[i]
	at.opened, at.count, at.foreign, at.told = now, 0, 0, 0
	at.prev, at.next = last, 0
	s.slots[last].next = i
	s.slots[0].prev = i
}

func (s *shard[K]) unlink(i int32) {
	at := &s.slots[i]
	s.slots[at.prev].next = at.next
	s.slots[at.next].prev = at.prev
}

// closed reports whether the slot's window is over. A window that opened a
// little later than now is not: callers read the clock before they take turns.
func (s *slot[K]) closed(now, window time.Duration) bool {
	age := now - s.opened
	return age >= window || age < -window
}

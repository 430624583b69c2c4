package policy

import "time"

// A Note tells another node what was let pass here.
type Note[K comparable] struct {
	Key K
	// Limit is the one that the last event met.
	Limit int
	// Count is how many events were let pass since the last note.
	Count int
	// Age is how long ago the key's window opened.
	Age time.Duration
}

const (
	// noteworthy is the part of a limit, on all nodes together, from which they tell
	// each other. Most keys never come near their limits and cost nothing.
	noteworthy = 10
	// urgentPart is the part of a limit that must not pass here untold for long.
	urgentPart = 4
	// maxForeign bounds what one note may count, and its limit.
	maxForeign = 1 << 20
)

// Share makes the limiter keep what other nodes are to hear. hurry is called when
// they should hear of it before the next regular notes; it must not block. Share is
// called once, and what happened before it stays untold.
func (l *Limiter[K]) Share(hurry func()) {
	l.hurry = hurry
	for i := range l.shards {
		l.shards[i].share()
	}
}

func (s *shard[K]) share() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared = true
}

// Notes returns what was let pass here and not told yet, at most about that many
// notes; what is left comes with the next ones.
func (l *Limiter[K]) Notes(most int) []Note[K] {
	var notes []Note[K]
	now := l.clock().Sub(l.start)
	for i := range l.shards {
		notes = l.shards[i].notes(notes, most, now, l.window)
	}
	return notes
}

// Add counts what another node let pass.
func (l *Limiter[K]) Add(n Note[K]) {
	if n.Count <= 0 || n.Count > maxForeign || n.Limit <= 0 || n.Limit > maxForeign || n.Age < 0 || n.Age >= l.window {
		return
	}
	now := l.clock().Sub(l.start)
	if l.shard(n.Key).add(n, now, l.window) {
		l.hurry()
	}
}

// note remembers that others are to hear of a slot, and reports whether soon.
func (s *shard[K]) note(i int32, limit int) (urgent bool) {
	at := &s.slots[i]
	at.limit = limit
	untold := at.count - at.foreign - at.told
	if untold <= 0 || at.count*noteworthy < limit {
		return false
	}
	if !at.noted {
		at.noted = true
		s.noted = append(s.noted, i)
	}
	return untold*urgentPart >= limit
}

func (s *shard[K]) notes(notes []Note[K], most int, now, window time.Duration) []Note[K] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.noted) > 0 && len(notes) < most {
		last := len(s.noted) - 1
		at := &s.slots[s.noted[last]]
		s.noted, at.noted = s.noted[:last], false
		untold := at.count - at.foreign - at.told
		if untold <= 0 || at.closed(now, window) {
			continue // others have nothing to count any more
		}
		at.told += untold
		notes = append(notes, Note[K]{Key: at.key, Limit: at.limit, Count: untold, Age: max(now-at.opened, 0)})
	}
	return notes
}

// add counts events of another node. If its window opened first, it is ours as well.
//
// The slot keeps its place in the ring although its window may close a little
// sooner than its place says: the ring only finds closed windows, it closes none.
func (s *shard[K]) add(n Note[K], now, window time.Duration) (urgent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	opened := now - n.Age
	i, known := s.byKey[n.Key]
	if !known {
		if i = s.first(n.Key, opened, now, window); i == 0 {
			return false
		}
	} else if at := &s.slots[i]; at.closed(now, window) {
		s.renew(i, max(opened, min(at.opened+window, now)), window, n.Limit)
	}
	at := &s.slots[i]
	// A note of the window before, which comes late, must not end this one too soon.
	if opened < at.opened && opened >= at.floor {
		at.opened = opened
	}
	at.count += n.Count
	at.foreign += n.Count
	return s.shared && s.note(i, n.Limit)
}

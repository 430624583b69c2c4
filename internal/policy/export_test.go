package policy

import "github.com/parley-im/parley/internal/chat"

// CountedMessages is how many messages of a group count in its window here, whoever
// let them pass.
func (g *Guard) CountedMessages(app chat.SDKAppID, groupID string) int {
	return g.groups.counted(countKey{app, groupID})
}

// CountedBroadcasts is how many broadcasts of an official account count in its hour.
func (g *Guard) CountedBroadcasts(app chat.SDKAppID, officialID string) int {
	return g.hours.counted(countKey{app, officialID})
}

func (l *Limiter[K]) counted(key K) int {
	s := l.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	i, known := s.byKey[key]
	if !known || s.slots[i].closed(l.clock().Sub(l.start), l.window) {
		return 0
	}
	return s.slots[i].count
}

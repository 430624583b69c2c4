package gateway

import "sync/atomic"

// load is how many bytes of large requests are being read or carried out on all
// connections. What a message has beyond trusted counts: connections and lanes bound
// the rest, and large messages of strangers must not keep out small ones.
type load struct {
	most  int64 // 0 means no limit
	bytes atomic.Int64
}

// grow counts a message that grows from one size to another, if there is room.
func (l *load) grow(from, to int) bool {
	more := large(to) - large(from)
	if l.bytes.Add(more) <= l.most || l.most == 0 || more == 0 {
		return true
	}
	l.bytes.Add(-more)
	return false
}

// shrink counts less of a message.
func (l *load) shrink(from, to int) { l.bytes.Add(large(to) - large(from)) }

func large(size int) int64 { return int64(max(0, size-trusted)) }

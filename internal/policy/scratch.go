package policy

import "sync"

// maxPooled bounds the buffers that wait in the pool for the next text.
const maxPooled = 64 << 10

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// A scratch holds the buffers of one normalisation.
type scratch struct {
	out     []byte // what the caller collects
	a, b, c []byte // the passes of appendNormalSlow
}

// getScratch returns a scratch with nothing in out. Its holder releases it when
// nobody uses the buffers any more.
func getScratch() *scratch {
	s, _ := scratches.Get().(*scratch)
	s.out = s.out[:0]
	return s
}

// release gives the buffers to the next text, unless one huge text grew them.
func (s *scratch) release() {
	if max(cap(s.out), cap(s.a), cap(s.b), cap(s.c)) <= maxPooled {
		scratches.Put(s)
	}
}

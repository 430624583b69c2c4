package gateway

import "testing"

// TestOverrun: what is pushed between an overrun and the end of the connection is
// read from storage with the rest, not kept to be sent after it.
func TestOverrun(t *testing.T) {
	t.Parallel()
	s, c, f := new(session), new(conn), &frame{json: make([]byte, maxPendingBytes/4)}
	s.attach(c)
	pushed := 1
	for _, overrun := s.enqueue(f); !overrun; _, overrun = s.enqueue(f) {
		pushed++
	}
	if pushed != 5 {
		t.Errorf("the session ran over with push %d, want 5", pushed)
	}
	if wake, overrun := s.enqueue(f); wake != nil || overrun || len(s.pending) > 0 {
		t.Errorf("after the overrun: wakes %v, overruns %v, %d pending, want nothing", wake != nil, overrun, len(s.pending))
	}
	if _, lost := s.missed(); !lost {
		t.Error("the session does not know that it lost something")
	}
}

package webhook

import (
	"runtime"
	"strings"
	"testing"

	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/store"
)

// TestBacklog lets events of many conversations pile up while the receiver is
// down. What is held in memory does not depend on how many there are, and all
// arrive in order when it is back. It measures memory, so it runs alone.
func TestBacklog(t *testing.T) { //nolint:paralleltest // see above
	conversations, each := 2500, 20
	w := newWorld(t)
	w.limits = limits{lanes: 1024, heldBytes: 1 << 20, unsettled: 4096}
	if raceDetector || testing.Short() {
		conversations, each = 400, 4
		w.limits = limits{lanes: 256, heldBytes: 128 << 10, unsettled: 64}
	}
	reopen(w)
	w.receiver.behave(broken)
	w.run()
	padding := strings.Repeat("x", 1000)
	list := names("g", conversations)
	var before uint64
	for n := range each {
		rows := make([]event.Outgoing, 0, conversations)
		for _, c := range list {
			rows = append(rows, outgoing(testApp, note{Conversation: c, N: n, Padding: padding}))
			w.next[c]++
		}
		w.add(rows)
		if n == each/2 {
			before = heapBytes()
		}
	}
	const slack = 8 << 20
	if after := heapBytes(); after > before+slack {
		t.Errorf("the heap grew from %d to %d KiB with the second half of %d events", before>>10, after>>10, conversations*each)
	}
	q := w.dispatcher.queue(testApp)
	check := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		held, events := 0, 0
		for _, l := range q.lanes {
			events += len(l.events)
			for i := range l.events {
				held += weight(&l.events[i])
			}
		}
		if held != q.held {
			t.Errorf("%d bytes are held, %d are counted", held, q.held)
		}
		// Each worker may hold one event beside the limit.
		if most := q.limits.heldBytes + q.concurrency*2000; held > most || len(q.lanes) > q.limits.lanes+scanPage {
			t.Errorf("%d lanes hold %d events, %d bytes", len(q.lanes), events, held)
		}
	}
	check()
	w.receiver.behave(fine)
	w.dispatcher.Kick(testApp)
	more := 0
	w.within(10*w.patience(), "all", func() bool { // 50,000 deliveries take a while
		check()
		if more < conversations { // which go on while the backlog is worked off
			w.record(list[more : more+conversations/20]...)
			more += conversations / 20
		}
		return w.receiver.got("") == conversations*each+more
	})
	w.allStored()
	w.forgotten()
}

// TestHalfOfTheLanes fills a queue that has hidden conversations. New ones get
// only half of the lanes, so that the hidden ones get the others.
func TestHalfOfTheLanes(t *testing.T) {
	t.Parallel()
	for hide, want := range map[bool]int{false: 100, true: 50} {
		q := newQueue(&Dispatcher{limits: limits{lanes: 100, heldBytes: 1 << 20}}, testApp)
		q.hidden.some = hide
		for i, name := range names("g", 1000) {
			q.take(&store.Event{ID: int64(i + 1), Outgoing: event.Outgoing{Conversation: name}})
		}
		if len(q.lanes) != want || !q.hidden.some {
			t.Errorf("hidden ones %t: %d lanes, want %d", hide, len(q.lanes), want)
		}
	}
}

func heapBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

package inbox

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ids returns what an inbox holds.
func ids(m *memory, name string) []int64 {
	var all []int64
	for _, received := range m.after(name, fromStart).received {
		all = append(all, received.ID)
	}
	return all
}

func send(m *memory, name string, size int) {
	m.add(name, &Received{Body: []byte(strings.Repeat("x", size))})
}

func TestMemoryDropsTheOldestRequest(t *testing.T) {
	t.Parallel()
	m := newMemory(limits{inboxes: 9, requests: 3, bytes: 1 << 20})
	for range 5 {
		send(m, "a", 0)
	}
	if diff := cmp.Diff(ids(m, "a"), []int64{3, 4, 5}); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	if got := m.after("a", fromStart).dropped; got != 2 {
		t.Errorf("dropped: got %d, want 2", got)
	}
}

func TestMemoryForgetsTheInboxLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	m := newMemory(limits{inboxes: 2, requests: 9, bytes: 1 << 20})
	for _, name := range []string{"a", "b", "a", "c"} {
		send(m, name, 0)
	}
	got := map[string][]int64{"a": ids(m, "a"), "b": ids(m, "b"), "c": ids(m, "c")}
	want := map[string][]int64{"a": {1, 3}, "b": nil, "c": {4}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
}

func TestMemoryBoundsBytesOverAllInboxes(t *testing.T) {
	t.Parallel()
	one := (&Received{Body: make([]byte, 1000)}).cost()
	m := newMemory(limits{inboxes: 9, requests: 9, bytes: 3 * one})
	for _, name := range []string{"a", "b", "a", "c", "c"} {
		send(m, name, 1000)
	}
	got := map[string][]int64{"a": ids(m, "a"), "b": ids(m, "b"), "c": ids(m, "c")}
	want := map[string][]int64{"a": {3}, "b": nil, "c": {4, 5}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("-got +want:\n%s", diff)
	}
	for _, name := range []string{"a", "b", "c"} {
		m.clear(name)
	}
	if m.bytes != 0 || len(m.boxes) != 0 {
		t.Errorf("after clearing: %d bytes, %d inboxes", m.bytes, len(m.boxes))
	}
}

func TestMemoryTakesNothingLargerThanItself(t *testing.T) {
	t.Parallel()
	m := newMemory(limits{inboxes: 1, requests: 1, bytes: 100})
	send(m, "a", 1000)
	if m.bytes != 0 || ids(m, "a") != nil {
		t.Errorf("holds %v, %d bytes", ids(m, "a"), m.bytes)
	}
}

func TestSlowReaderIsDropped(t *testing.T) {
	t.Parallel()
	m := newMemory(limits{inboxes: 9, requests: 9, bytes: 1 << 20, subscribers: 2, queue: 2})
	slow, _, err := m.subscribe("a", fromStart)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		send(m, "a", 0) // must not block
	}
	var got []int64
	for news := range slow.news {
		got = append(got, news.received.ID)
	}
	if diff := cmp.Diff(got, []int64{1, 2}); diff != "" {
		t.Errorf("before it was dropped (-got +want):\n%s", diff)
	}
	m.unsubscribe(slow)
	again, taken, err := m.subscribe("a", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer m.unsubscribe(again)
	if len(taken.received) != 2 || taken.received[0].ID != 3 {
		t.Errorf("what it missed: got %d requests, want 3 and 4", len(taken.received))
	}
}

// TestMemoryInParallel is for the race detector; it also checks that a reader
// that keeps up hears everything once and in order.
func TestMemoryInParallel(t *testing.T) {
	t.Parallel()
	const senders, each = 8, 50
	m := newMemory(limits{inboxes: 4, requests: 20, bytes: 64 << 10, subscribers: 4, queue: senders * each})
	reader, _, err := m.subscribe("watched", fromStart)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for range each {
				send(m, "watched", 10)
				send(m, fmt.Sprintf("other%d", i), 2000)
				m.after("watched", 5)
				m.clear("other0")
			}
		})
	}
	group.Wait()
	m.unsubscribe(reader)
	heard, last := 0, int64(0)
	for news := range reader.news {
		if news.received.ID <= last {
			t.Fatalf("id %d after %d", news.received.ID, last)
		}
		heard, last = heard+1, news.received.ID
	}
	if heard != senders*each {
		t.Errorf("heard %d, want %d", heard, senders*each)
	}
}

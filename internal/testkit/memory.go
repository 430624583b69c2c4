package testkit

import (
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

// Memory is what a Receiver remembers in tests that look at single webhooks.
type Memory struct {
	mu       sync.Mutex // guards all below
	arrivals []Arrival
	reaction Reaction
	news     chan struct{}
}

// Arrived remembers a call and says how to meet it, as a Receiver wants.
func (m *Memory) Arrived(a Arrival) Reaction {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.arrivals = append(m.arrivals, a)
	if m.news != nil {
		close(m.news)
		m.news = nil
	}
	return m.reaction
}

// React sets how calls are met from now on.
func (m *Memory) React(r Reaction) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reaction = r
}

// Await waits until there are at least n calls of command, and returns them.
func (m *Memory) Await(tb testing.TB, command callback.Command, n int) []Arrival {
	tb.Helper()
	patience := time.NewTimer(Patience)
	defer patience.Stop()
	for {
		found, news := m.of(command)
		if len(found) >= n {
			return found
		}
		select {
		case <-news:
		case <-patience.C:
			tb.Fatalf("%d calls of %s arrived, want %d", len(found), command, n)
		}
	}
}

// of returns the calls of a command, and what is closed when there are more.
func (m *Memory) of(command callback.Command) ([]Arrival, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Arrival
	for _, a := range m.arrivals {
		if a.Command == command {
			found = append(found, a)
		}
	}
	if m.news == nil {
		m.news = make(chan struct{})
	}
	return found, m.news
}

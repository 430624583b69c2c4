package bus

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// queue is what waits for a listener.
type queue struct {
	wake chan struct{}

	mu      sync.Mutex // guards all below
	waiting []queued
	bytes   int // of the messages that wait
}

// queued is a message, or without one a place at which messages may be missing that
// were published since then.
type queued struct {
	message *nats.Msg
	lacking time.Time
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put queues a message, or drops it if there are too many; then it is lacking. It
// reports whether it is the first that is dropped.
func (q *queue) put(m *nats.Msg) (dropped bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) < ListenerQueue && q.bytes+len(m.Data) <= listenerBytes {
		q.bytes += len(m.Data)
		q.add(queued{message: m})
		return false
	}
	return q.mark(time.Now())
}

// lack queues that messages may be missing.
func (q *queue) lack(since time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.mark(since)
}

// mark queues that messages may be missing and reports whether nothing said so yet.
// q.mu is held.
func (q *queue) mark(since time.Time) bool {
	if n := len(q.waiting); n > 0 && q.waiting[n-1].message == nil {
		if last := &q.waiting[n-1]; since.Before(last.lacking) {
			last.lacking = since
		}
		return false
	}
	q.add(queued{lacking: since})
	return true
}

// add queues something. q.mu is held.
func (q *queue) add(one queued) {
	q.waiting = append(q.waiting, one)
	select {
	case q.wake <- struct{}{}:
	default: // the listener is about to look
	}
}

// take returns all that is queued.
func (q *queue) take() []queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := q.waiting
	q.waiting, q.bytes = nil, 0
	return all
}

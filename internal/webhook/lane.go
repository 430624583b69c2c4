package webhook

import (
	"slices"
	"time"

	"github.com/parley-im/parley/internal/store"
)

// laneState is what a lane is doing.
type laneState int

const (
	// idle lanes have nothing to deliver.
	idle laneState = iota
	// ready lanes stand in the queue's line.
	ready
	// busy lanes belong to a worker.
	busy
	// waiting lanes pause until their first event is tried again.
	waiting
)

const (
	// laneBuffer is how many events of a lane are held in memory.
	laneBuffer = 64
	// lanePage is how many are read from the store at once.
	lanePage = 16
	// eventOverhead is about what an event takes in memory besides its body.
	eventOverhead = 400
)

// lane is the line of events of one conversation. Its queue's mutex guards it;
// only the worker of a busy lane takes events off its head or reads more.
type lane struct {
	conversation string
	state        laneState
	// events are the next ones, first one first.
	events []store.Event
	// lastID is the highest ID ever held.
	lastID int64
	// more says that the store has events that are not held; missed that one
	// came while they were being read.
	more, missed bool
	// unsettled are outcomes that the store has not been told yet, first one
	// first: of some events that it shows as pending the lane knows better.
	unsettled []unsettled
	// failed is when the event at the head failed last, zero if it did not.
	failed time.Time
	// wake is when the lane goes on, zero unless it has to wait.
	wake time.Time
	// kicks is the queue's count of kicks when the lane became busy.
	kicks int
}

// unsettled is an outcome on its way into the store.
type unsettled struct {
	id int64
	// done says that the lane is done with the event.
	done bool
	// attempts and first are those of an event that is to be tried again.
	attempts int
	first    time.Time
}

// done reports whether the lane can be forgotten.
func (l *lane) done() bool {
	return l.state == idle && len(l.events) == 0 && !l.more && len(l.unsettled) == 0
}

// corrected returns the pending events of a page that was read when the store
// did not know late yet.
func corrected(page []store.Event, late []unsettled) []store.Event {
	for _, u := range late {
		i := slices.IndexFunc(page, func(e store.Event) bool { return e.ID == u.id })
		switch {
		case i < 0: // it has been told since
		case u.done:
			page = slices.Delete(page, i, i+1)
		default:
			page[i].Attempts, page[i].FirstAttempt = u.attempts, u.first
		}
	}
	return page
}

// weight is what an event takes in memory.
func weight(e *store.Event) int { return len(e.Body) + eventOverhead }

// waitingLanes is a heap, the lane that wakes first on top.
type waitingLanes []*lane

func (w waitingLanes) Len() int           { return len(w) }
func (w waitingLanes) Less(i, j int) bool { return w[i].wake.Before(w[j].wake) }
func (w waitingLanes) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }

// Push is for container/heap.
func (w *waitingLanes) Push(x any) {
	*w = append(*w, x.(*lane)) //nolint:forcetypeassert,errcheck // only lanes are pushed
}

// Pop is for container/heap.
func (w *waitingLanes) Pop() any {
	old := *w
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*w = old[:len(old)-1]
	return l
}

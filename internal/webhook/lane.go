package webhook

import (
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
	lanePage = 32
)

// lane is the line of events of one conversation. Its queue's mutex guards it,
// except that the worker of a busy lane alone takes events off its head.
type lane struct {
	conversation string
	state        laneState
	// events are the next ones, first one first.
	events []store.Event
	// lastID is the highest ID ever held; what the store has beyond it is not
	// in memory.
	lastID int64
	// more says that the store has events beyond lastID; missed that one came
	// while they were being read.
	more, missed bool
	// unsettled counts outcomes that are not stored yet. Until they are, the
	// store shows delivered events as pending, so the lane must remember.
	unsettled int
	// sleepUntil is set by the worker of a busy lane that is to wait, wake when
	// it waits.
	sleepUntil, wake time.Time
	// place is the index among the waiting lanes.
	place int
}

// done reports whether the lane can be forgotten.
func (l *lane) done() bool {
	return l.state == idle && len(l.events) == 0 && !l.more && l.unsettled == 0
}

// waitingLanes is a heap, the lane that wakes first on top.
type waitingLanes []*lane

func (w waitingLanes) Len() int           { return len(w) }
func (w waitingLanes) Less(i, j int) bool { return w[i].wake.Before(w[j].wake) }
func (w waitingLanes) Swap(i, j int) {
	w[i], w[j] = w[j], w[i]
	w[i].place, w[j].place = i, j
}

// Push is for container/heap.
func (w *waitingLanes) Push(x any) {
	l := x.(*lane) //nolint:forcetypeassert,errcheck // only lanes are pushed
	l.place = len(*w)
	*w = append(*w, l)
}

// Pop is for container/heap.
func (w *waitingLanes) Pop() any {
	old := *w
	l := old[len(old)-1]
	old[len(old)-1] = nil
	*w = old[:len(old)-1]
	return l
}

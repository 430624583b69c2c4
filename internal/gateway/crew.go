package gateway

import (
	"runtime"
	"sync"
	"time"
)

// crew writes to the many connections of a round with few goroutines, one connection
// after the other. Which ones it has begun does not hold up the rest: when a client
// that does not read makes all of them wait, more come to help.
type crew struct {
	mu sync.Mutex // guards all below
	// queue is the connections that have something to write, from next on.
	queue []*conn
	next  int
	// working is how many goroutines write, begun how many connections they have begun.
	working, begun int
	watched        bool
}

// crewFrom is from how many connections on a round is written by the crew; fewer have
// a goroutine each.
const crewFrom = 16

// crewPatience is for how long nothing may be begun before more goroutines help.
const crewPatience = 10 * time.Millisecond

// write lets connections write.
func (w *crew) write(conns []*conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, conns...)
	w.help(runtime.GOMAXPROCS(0) - w.working)
	if !w.watched {
		w.watched = true
		w.watchFrom(w.begun)
	}
}

// help starts more goroutines. w.mu is held.
func (w *crew) help(more int) {
	for range more {
		w.working++
		go w.work()
	}
}

func (w *crew) work() {
	for c := w.take(); c != nil; c = w.take() {
		if c.claim() {
			c.flush()
		}
	}
}

// take returns the next connection. If there is none, the goroutine ends.
func (w *crew) take() *conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == len(w.queue) {
		clear(w.queue)
		w.queue, w.next = w.queue[:0], 0
		w.working--
		return nil
	}
	c := w.queue[w.next]
	w.next++
	w.begun++
	return c
}

// watchFrom looks after a while whether more was begun than then.
func (w *crew) watchFrom(begun int) {
	time.AfterFunc(crewPatience, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.next == len(w.queue) {
			w.watched = false
			return
		}
		if w.begun == begun {
			w.help(w.working)
		}
		w.watchFrom(w.begun)
	})
}

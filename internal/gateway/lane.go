package gateway

import "sync"

// maxRunning is how many requests of one connection may be under way.
const maxRunning = 256

// lanes run the requests of one connection: those of one lane one after another,
// lanes side by side.
type lanes struct {
	mu      sync.Mutex // guards all below
	waiting map[string][]func()
	running int
}

// run starts fn, behind the others of its lane; the empty lane has no order. It
// reports whether there was room.
func (l *lanes) run(lane string, fn func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running >= maxRunning {
		return false
	}
	l.running++
	if lane == "" {
		go func() {
			fn()
			l.finish()
		}()
		return true
	}
	queue, busy := l.waiting[lane]
	if l.waiting == nil {
		l.waiting = make(map[string][]func())
	}
	l.waiting[lane] = append(queue, fn)
	if !busy {
		go l.drain(lane)
	}
	return true
}

func (l *lanes) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
}

// drain runs a lane until it is empty.
func (l *lanes) drain(lane string) {
	for {
		l.mu.Lock()
		queue := l.waiting[lane]
		if len(queue) == 0 {
			delete(l.waiting, lane)
			if len(l.waiting) == 0 {
				l.waiting = nil // an idle connection keeps no map
			}
			l.mu.Unlock()
			return
		}
		l.waiting[lane] = queue[1:]
		l.mu.Unlock()
		queue[0]()
		l.finish()
	}
}

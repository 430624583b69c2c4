package server

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// logsPerSecond is how often one message is logged in a second. What is wrong
// for every request, such as a full disk, would else fill the same disk.
const logsPerSecond = 10

// throttle passes on a log's records, but of those with the same message only a
// few each second. The first one after a pause says how many were left out.
type throttle struct {
	slog.Handler

	state *throttled
}

// throttled is shared by a log and those derived from it.
type throttled struct {
	mu     sync.Mutex // guards counts
	counts map[string]*logCount
}

// logCount counts one message; messages are constants, so there are not many.
type logCount struct {
	second  int64
	logged  int
	leftOut int
}

func newThrottle(h slog.Handler) slog.Handler {
	return throttle{h, &throttled{counts: make(map[string]*logCount)}}
}

// Handle logs a record or counts it as left out.
func (t throttle) Handle(ctx context.Context, r slog.Record) error {
	leftOut, ok := t.state.admit(r.Message, r.Time)
	if !ok {
		return nil
	}
	if leftOut > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("left_out_before", leftOut))
	}
	return t.Handler.Handle(ctx, r)
}

func (s *throttled) admit(message string, at time.Time) (leftOut int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts[message]
	if c == nil {
		c = new(logCount)
		s.counts[message] = c
	}
	if second := at.Unix(); second != c.second {
		leftOut = c.leftOut
		*c = logCount{second: second}
	}
	if c.logged >= logsPerSecond {
		c.leftOut++
		return 0, false
	}
	c.logged++
	return leftOut, true
}

// WithAttrs keeps the counts.
func (t throttle) WithAttrs(attrs []slog.Attr) slog.Handler {
	return throttle{t.Handler.WithAttrs(attrs), t.state}
}

// WithGroup keeps the counts.
func (t throttle) WithGroup(name string) slog.Handler {
	return throttle{t.Handler.WithGroup(name), t.state}
}

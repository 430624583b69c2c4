package bench

import (
	"context"
	"slices"
	"sync"
	"time"
)

// job is one request of a load: its body, and what to make of the answer.
type job interface {
	// next returns the body of the nth request of a sender.
	next(sender, n int) []byte
	// done takes an answer at the time it came.
	done(sender, n int, answer []byte, at time.Time) error
}

// load sends requests from several senders to one address, or to one of several.
type load struct {
	targets  []string
	senders  int
	duration time.Duration
	// rate is how many requests a second all senders make together; 0 means as
	// many as they can.
	rate float64
	job  job
}

// latencies are what one load measured.
type latencies struct {
	requests int
	elapsed  time.Duration
	times    []time.Duration // sorted
}

// quantile is the time that a share q of the requests took at most.
func (l *latencies) quantile(q float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(int(q*float64(len(l.times))), len(l.times)-1)]
}

func (l *latencies) perSecond() float64 {
	return float64(l.requests) / l.elapsed.Seconds()
}

// run puts the load on and waits for its end.
func (l *load) run(ctx context.Context) (*latencies, error) {
	connections := make([]*conn, l.senders)
	for i := range connections {
		c, err := dial(ctx, l.targets[i%len(l.targets)])
		if err != nil {
			return nil, err
		}
		defer c.Close()
		connections[i] = c
	}
	started := time.Now()
	end := started.Add(l.duration)
	times := make([][]time.Duration, l.senders)
	failures := make([]error, l.senders)
	var wg sync.WaitGroup
	for i, c := range connections {
		wg.Go(func() { times[i], failures[i] = l.send(ctx, c, i, started, end) })
	}
	wg.Wait()
	result := &latencies{elapsed: time.Since(started)}
	for i := range times {
		if failures[i] != nil {
			return nil, failures[i]
		}
		result.times = append(result.times, times[i]...)
	}
	result.requests = len(result.times)
	slices.Sort(result.times)
	return result, nil
}

// send is one sender. With a rate, a request's time counts from when it was
// due, so that a server that falls behind does not look fast.
func (l *load) send(ctx context.Context, c *conn, sender int, started, end time.Time) ([]time.Duration, error) {
	times := make([]time.Duration, 0, 1<<14)
	for n := 0; ctx.Err() == nil; n++ {
		from := time.Now()
		if l.rate > 0 {
			due := started.Add(time.Duration(float64(n*l.senders+sender) / l.rate * float64(time.Second)))
			if due.After(end) {
				break
			}
			time.Sleep(time.Until(due))
			from = due
		}
		if !from.Before(end) {
			break
		}
		answer, err := c.post(l.job.next(sender, n))
		if err != nil {
			return nil, err
		}
		at := time.Now()
		times = append(times, at.Sub(from))
		if err := l.job.done(sender, n, answer, at); err != nil {
			return nil, err
		}
	}
	return times, ctx.Err()
}

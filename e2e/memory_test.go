package e2e_test

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

const (
	outageMessages = 30_000
	// maxOutageGrowth is how much more memory a server may ever take than at its
	// start, in bytes. Most of it is the page cache of the database, which does
	// not grow with the outage.
	maxOutageGrowth = 60 << 20
)

// TestMemory lets the receiver be down for many messages. They wait on the disk,
// not in memory, and arrive in order when it is back.
func TestMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what memory a process takes")
	}
	w := newWorld(t, 1)
	s := w.Start(t)
	w.furnish(t)
	w.receiver.Down()
	begin, empty := time.Now(), s.RSS(t)

	const n = 32
	var senders sync.WaitGroup
	for number := range n {
		one := &sender{world: w, number: number, rng: newRand(1, uint64(number)), most: 400, plain: true}
		senders.Go(func() {
			for range outageMessages / n {
				one.deliver(t, one.next())
			}
		})
	}
	senders.Wait()
	full, sent := s.RSS(t), time.Since(begin)

	w.settle(t)
	t.Logf("%d messages in %.1f s without a receiver, delivered in %.1f s; %.1f MB of memory before, %.1f MB with all of them waiting, %.1f MB at most",
		outageMessages, sent.Seconds(), (time.Since(begin) - sent).Seconds(), megabytes(empty), megabytes(full), megabytes(s.PeakRSS(t)))
	if growth := s.PeakRSS(t) - empty; growth > maxOutageGrowth {
		t.Errorf("the server takes %.1f MB more than before, want at most %.1f MB", megabytes(growth), megabytes(maxOutageGrowth))
	}
	w.verify(t)
	w.stop(t, s)
}

package gateway

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// barrierPatience is how long nodes may take to answer.
	barrierPatience = time.Second
	// probeEvery is after how long they are asked again.
	probeEvery = 100 * time.Millisecond
	// discovery is how long answers of nodes are awaited that are not known yet.
	discovery = 300 * time.Millisecond
)

// barrier lets callers wait until what other nodes publish reaches this one at the
// subjects that it wants: servers of NATS tell each other of subjects in their own
// time. A subject is added behind all others and the nodes are asked to answer there.
// Who waits while the answers are awaited waits for the next ones.
type barrier struct {
	// kick has room for one.
	kick chan struct{}

	mu      sync.Mutex // guards all below
	waiters []chan struct{}
	// unknown is set while there may be nodes that were never heard of.
	unknown bool
	number  uint64
	// missing are the nodes that have not answered; came is closed by the last one.
	missing map[string]bool
	came    chan struct{}
}

func (b *barrier) init() { b.kick, b.unknown = make(chan struct{}, 1), true }

// discover makes the next wait long enough to hear of unknown nodes.
func (b *barrier) discover() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unknown = true
}

// settle waits until all subjects that were wanted before are heard, or for a second
// if some node does not answer: what is missed then is caught up when it does.
func (p *peers) settle(ctx context.Context) {
	if p == nil {
		return
	}
	done := make(chan struct{})
	b := &p.barrier
	b.mu.Lock()
	b.waiters = append(b.waiters, done)
	b.mu.Unlock()
	select {
	case b.kick <- struct{}{}:
	default: // it is about to be done
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(3 * barrierPatience): // the node is stopping
	}
}

// settleAll serves those who wait until quit is closed.
func (p *peers) settleAll(quit <-chan struct{}) {
	for {
		select {
		case <-quit:
			return
		case <-p.barrier.kick:
		}
		b := &p.barrier
		b.mu.Lock()
		waiters := b.waiters
		b.waiters = nil
		b.mu.Unlock()
		p.ask(quit)
		for _, done := range waiters {
			close(done)
		}
	}
}

// ask lets all nodes answer. Without connection there is nothing to wait for: what is
// missed until it is back is caught up then.
func (p *peers) ask(quit <-chan struct{}) {
	if !p.bus.Connected() {
		return
	}
	begun, nodes := time.Now(), p.alive()
	number, came, unknown := p.barrier.begin(nodes)
	if len(nodes) == 0 && !unknown {
		return
	}
	at := fmt.Sprintf("%s.%d", nodeSubject(p.node), number)
	if err := p.listener.Add(at); err != nil {
		p.log.Error("other nodes cannot answer", "error", err)
		return
	}
	defer p.listener.Remove(at)
	again := time.NewTicker(probeEvery)
	defer again.Stop()
	for took := time.Duration(0); took < barrierPatience; took = time.Since(begun) {
		p.say(subjectAll, bulletinProbe, number, []byte(at))
		answered := came
		if unknown && took < discovery {
			answered = nil // others than those who are known may answer
		}
		select {
		case <-answered:
			return
		case <-again.C:
		case <-quit:
			return
		}
	}
	p.silent(p.barrier.left(), begun)
}

// begin awaits the answers of nodes.
func (b *barrier) begin(nodes map[string]bool) (number uint64, came chan struct{}, unknown bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	b.missing, b.came = nodes, make(chan struct{})
	unknown, b.unknown = b.unknown, false
	if len(nodes) == 0 {
		close(b.came)
	}
	return b.number, b.came, unknown
}

// answered takes note of an answer.
func (b *barrier) answered(node string, number uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if number != b.number || !b.missing[node] {
		return
	}
	if delete(b.missing, node); len(b.missing) == 0 {
		close(b.came)
	}
}

// left is the nodes that have not answered.
func (b *barrier) left() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := b.missing
	b.missing = nil
	return left
}

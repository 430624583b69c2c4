package e2e_test

import (
	"fmt"
	"sync"
)

// sent is a message whose sender was told that it was taken.
type sent struct {
	// seq is the sequence number in its conversation; key is the MsgKey, which
	// only messages of official accounts have.
	seq  int64
	key  string
	time int64
	text string
}

// String is what the sender was told.
func (s sent) String() string {
	return fmt.Sprintf("%d (%s) at %d for %.20q", s.seq, s.key, s.time, s.text)
}

// refused is a message whose sender was told that it was not taken.
type refused struct {
	conversation string
	code         int
	info         string
	// unsure is set if there may have been no room to record the refusal.
	unsure bool
}

// ledger is what senders were told.
type ledger struct {
	mu sync.Mutex // guards all below
	// sent is by conversation and sequence number.
	sent map[string]map[int64]sent
	// refused is by text.
	refused map[string]refused
	// taken is by text.
	taken map[string]sent
	// repeats counts requests that got no answer and were made again.
	repeats int
}

// take notes that a message was taken. It fails if another one was told the same
// number.
func (l *ledger) take(conversation string, s sent) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.sent[conversation]
	if of == nil {
		of = make(map[int64]sent)
		l.sent[conversation] = of
	}
	if other, ok := of[s.seq]; ok {
		return fmt.Errorf("%s %d was told to two messages: %s and %s", conversation, s.seq, other, s)
	}
	of[s.seq], l.taken[s.text] = s, s
	return nil
}

// find returns what the sender of a text was told.
func (l *ledger) find(text string) sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken[text]
}

// refuse notes that a message was refused.
func (l *ledger) refuse(text string, r refused) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[text] = r
}

// repeat notes that a request got no answer.
func (l *ledger) repeat() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.repeats++
}

// answered returns how many messages were answered, and how many requests were
// not.
func (l *ledger) answered() (taken, refused, repeats int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.taken), len(l.refused), l.repeats
}

package e2e_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A group's history must look as if there were one log and one operation after the
// other, each at a moment between its call and its answer, whichever node was asked.

// appended is the operation of a sender: his text takes the next number.
type appended struct{ text string }

// looked is the operation of a reader: he sees the newest messages.
type looked struct{}

// unknown is the answer of a send that was never answered. It may have happened at
// any time since, or not at all.
const unknown = int64(0)

// view is what a reader saw, newest message first.
type view struct {
	newest int64
	texts  []string
}

// logged is the last message of a log and the log before it. Nil is an empty log.
type logged struct {
	seq    int64
	text   string
	before *logged
	// sum is of the whole log.
	sum uint64
}

func (l *logged) length() int64 {
	if l == nil {
		return 0
	}
	return l.seq
}

func (l *logged) append(text string) *logged {
	sum := fnv.New64a()
	if l != nil {
		fmt.Fprintf(sum, "%d ", l.sum)
	}
	sum.Write([]byte(text))
	return &logged{seq: l.length() + 1, text: text, before: l, sum: sum.Sum64()}
}

// shows reports whether a reader of the log sees v.
func (l *logged) shows(v view) bool {
	if v.newest != l.length() {
		return false
	}
	for _, text := range v.texts {
		if l == nil || l.text != text {
			return false
		}
		l = l.before
	}
	return true
}

// logModel is an append-only log that gives numbers without holes.
var logModel = porcupine.Model{
	Init: func() any { return (*logged)(nil) },
	Step: func(state, input, output any) (bool, any) {
		l, _ := state.(*logged)
		switch in := input.(type) {
		case appended:
			next := l.append(in.text)
			seq, _ := output.(int64)
			return seq == unknown || seq == next.seq, next
		case looked:
			seen, _ := output.(view)
			return l.shows(seen), l
		}
		return false, l
	},
	Equal: func(a, b any) bool {
		x, _ := a.(*logged)
		y, _ := b.(*logged)
		return x.length() == y.length() && (x == nil || x.sum == y.sum)
	},
	Hash: func(state any) uint64 {
		if l, _ := state.(*logged); l != nil {
			return l.sum
		}
		return 0
	},
	DescribeOperation: func(input, output any) string {
		if in, ok := input.(appended); ok {
			return fmt.Sprintf("send %.20q -> %v", in.text, output)
		}
		return fmt.Sprintf("read -> %v", output)
	},
}

// histories are the operations of each group.
type histories struct {
	begin time.Time

	mu sync.Mutex // guards all below
	of map[string][]porcupine.Operation
}

func newHistories() *histories {
	return &histories{begin: time.Now(), of: make(map[string][]porcupine.Operation)}
}

// now is the time of calls and answers.
func (h *histories) now() int64 { return int64(time.Since(h.begin)) }

// sent notes a send that was called at a time and is answered now.
func (h *histories) sent(group, text string, call, seq int64) {
	ret := h.now()
	if seq == unknown {
		ret = math.MaxInt64
	}
	h.add(group, porcupine.Operation{Input: appended{text}, Call: call, Output: seq, Return: ret})
}

// read notes a read that was called at a time and is answered now.
func (h *histories) read(group string, call int64, v view) {
	h.add(group, porcupine.Operation{Input: looked{}, Call: call, Output: v, Return: h.now()})
}

func (h *histories) add(group string, o porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of[group] = append(h.of[group], o)
}

// checkWithin bounds the check of one group's history.
const checkWithin = time.Minute

// check returns what is wrong with the histories, and how many operations of how
// many groups it has looked at.
func (h *histories) check() (faults []string, groups, operations int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for group, history := range h.of {
		groups, operations = groups+1, operations+len(history)
		switch porcupine.CheckOperationsTimeout(logModel, history, checkWithin) {
		case porcupine.Ok:
		case porcupine.Illegal:
			faults = append(faults, fmt.Sprintf("the history of %s, %d operations, is none of a log with numbers", group, len(history)))
		case porcupine.Unknown:
			faults = append(faults, fmt.Sprintf("the history of %s, %d operations, could not be checked within %s", group, len(history), checkWithin))
		}
	}
	slices.Sort(faults)
	return faults, groups, operations
}

// TestHistories plants violations in histories, each of which must be found, among
// histories that are right.
func TestHistories(t *testing.T) {
	t.Parallel()
	send := func(text string, call, ret, seq int64) porcupine.Operation {
		return porcupine.Operation{Input: appended{text}, Call: call, Return: ret, Output: seq}
	}
	lost := func(text string, call int64) porcupine.Operation {
		return porcupine.Operation{Input: appended{text}, Call: call, Return: math.MaxInt64, Output: unknown}
	}
	read := func(call, ret, newest int64, texts ...string) porcupine.Operation {
		return porcupine.Operation{Input: looked{}, Call: call, Return: ret, Output: view{newest, texts}}
	}
	for _, c := range []struct {
		name    string
		history []porcupine.Operation
		right   bool
	}{
		{"one after the other", []porcupine.Operation{send("a", 1, 2, 1), send("b", 3, 4, 2), read(5, 6, 2, "b", "a")}, true},
		{"numbers against the order of calls that overlap", []porcupine.Operation{send("a", 1, 4, 2), send("b", 2, 3, 1)}, true},
		{"read beside a send sees it", []porcupine.Operation{send("a", 1, 4, 1), read(2, 3, 1, "a")}, true},
		{"read beside a send does not see it", []porcupine.Operation{send("a", 1, 4, 1), read(2, 3, 0)}, true},
		{"unanswered send happened", []porcupine.Operation{lost("a", 1), send("b", 2, 3, 2), read(4, 5, 2, "b", "a")}, true},
		{"unanswered send happened late", []porcupine.Operation{lost("a", 1), send("b", 2, 3, 1), read(4, 5, 1, "b"), read(6, 7, 2, "a", "b")}, true},
		{"unanswered send did not happen", []porcupine.Operation{lost("a", 1), send("b", 2, 3, 1), read(4, 5, 1, "b")}, true},

		{"acknowledged message is lost", []porcupine.Operation{send("a", 1, 2, 1), send("b", 3, 4, 2), read(5, 6, 1, "a")}, false},
		{"hole in the numbers", []porcupine.Operation{send("a", 1, 2, 1), send("b", 3, 4, 3)}, false},
		{"one number for two messages", []porcupine.Operation{send("a", 1, 4, 1), send("b", 2, 3, 1)}, false},
		{"numbers against the order of calls", []porcupine.Operation{send("a", 1, 2, 2), send("b", 3, 4, 1)}, false},
		{"another text under the number", []porcupine.Operation{send("a", 1, 2, 1), read(3, 4, 1, "b")}, false},
		{"another order of texts", []porcupine.Operation{send("a", 1, 4, 1), send("b", 2, 5, 2), read(6, 7, 2, "a", "b")}, false},
		{"old view of another node", []porcupine.Operation{send("a", 1, 2, 1), send("b", 3, 4, 2), read(5, 6, 2, "b", "a"), read(7, 8, 1, "a")}, false},
		{"read of what was never sent", []porcupine.Operation{send("a", 1, 2, 1), read(3, 4, 2, "x", "a")}, false},
		{"unanswered send seen and then gone", []porcupine.Operation{lost("a", 1), read(2, 3, 1, "a"), read(4, 5, 0)}, false},
		{"message stored twice", []porcupine.Operation{send("a", 1, 2, 1), read(3, 4, 2, "a", "a")}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHistories()
			h.of["group"] = c.history
			if faults, _, _ := h.check(); (len(faults) == 0) != c.right {
				t.Errorf("faults %q in a history that is right: %t", faults, c.right)
			}
		})
	}
}

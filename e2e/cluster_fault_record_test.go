package e2e_test

import (
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"testing"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/testkit"
)

// clusterRecord is what the receiver was told by several nodes. Some of them may not
// have heard yet that they do not deliver any more, so a call may come again, but
// never the first call of an event too early.
type clusterRecord struct {
	reader record

	mu sync.Mutex // guards all below
	// events are by ID; order has those of each conversation as they first arrived;
	// numbered is by command, conversation and number.
	events   map[string]*told
	order    map[string][]*told
	numbered map[string]string
	// calls counts all calls, again those of an event that was acknowledged before.
	calls, again int
	// calm says that nothing has happened to any node for a while, so that there is
	// no reason to repeat a call.
	calm   bool
	faults []string
}

func newClusterRecord() *clusterRecord {
	return &clusterRecord{
		reader: record{seed: maphash.MakeSeed()},
		events: make(map[string]*told), order: make(map[string][]*told), numbered: make(map[string]string),
	}
}

// arrived remembers a call, which is acknowledged, and compares it with those before.
func (r *clusterRecord) arrived(a testkit.Arrival) testkit.Reaction {
	if a.Command == callback.CommandPing || a.Command.IsBefore() { // tell of nothing that happened
		return testkit.Acknowledge
	}
	e, err := r.reader.read(a)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if err != nil {
		r.fault("a call that cannot be read: %v: %.300s", err, a.Body)
		return testkit.Acknowledge
	}
	known := r.events[a.EventID]
	if known == nil {
		r.first(e)
		return testkit.Acknowledge
	}
	r.again++
	if known.body != e.body || known.command != e.command {
		r.fault("%s came with different bodies; now with %.300s", a.EventID, a.Body)
	}
	if r.calm {
		r.fault("%s of %s, attempt %d, came again although nothing had happened to any node", a.EventID, e.conversation, a.Attempt)
	}
	return testkit.Acknowledge
}

// first takes an event that is new. r.mu is held.
func (r *clusterRecord) first(e *told) {
	if e.seq > 0 {
		about := fmt.Sprint(e.command, " ", e.conversation, " ", e.seq)
		if other, ok := r.numbered[about]; ok {
			r.fault("%s and %s are both %s", other, e.id, about)
		}
		r.numbered[about] = e.id
	}
	r.events[e.id] = e
	r.order[e.conversation] = append(r.order[e.conversation], e)
}

func (r *clusterRecord) fault(format string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

// setCalm says whether calls may come again.
func (r *clusterRecord) setCalm(calm bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calm = calm
}

// progress returns how many calls came, how many different events, and how many
// calls that were not needed.
func (r *clusterRecord) progress() (calls, events, again int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls, len(r.events), r.again
}

// compareOrder returns what is wrong with the events of a conversation: each
// acknowledged message has one, and they came in the order of the messages.
func (r *clusterRecord) compareOrder(conversation string, acknowledged map[int64]sent) (faults []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := int64(1)
	for _, e := range r.order[conversation] {
		if e.command != callback.CommandGroupAfterSendMsg {
			continue
		}
		if e.seq != next {
			faults = append(faults, fmt.Sprintf("%s of %s, which is about %d, arrived where %d belongs", e.id, conversation, e.seq, next))
			break
		}
		if a := acknowledged[e.seq]; e.text != a.text {
			faults = append(faults, fmt.Sprintf("%s of %s is about %.20q, and what was acknowledged is %s", e.id, conversation, e.text, a))
		}
		next++
	}
	arrived := 0
	for seq := range acknowledged {
		if _, ok := r.numbered[fmt.Sprint(callback.CommandGroupAfterSendMsg, " ", conversation, " ", seq)]; ok {
			arrived++
		}
	}
	if arrived != len(acknowledged) {
		faults = append(faults, fmt.Sprintf("%d messages of %s were acknowledged, and %d of them have an event", len(acknowledged), conversation, arrived))
	}
	return faults
}

// compareRefusals returns what is wrong with the events of refusals: each that
// somebody was told has one, and none tells of another.
func (r *clusterRecord) compareRefusals(told *answers) (faults []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reported := make(map[string]bool)
	for _, e := range r.events {
		if e.command != callback.CommandGroupSendMsgException {
			continue
		}
		switch code, ok := told.refused[e.text]; {
		case ok && code == e.code:
			reported[e.text] = true
		case transient[e.code] && told.troubled[e.text]: // reported, and then sent again
		default:
			faults = append(faults, fmt.Sprintf("%s reports that %.20q was refused with code %d, which nobody was told", e.id, e.text, e.code))
		}
	}
	for text, code := range told.refused {
		if !reported[text] {
			faults = append(faults, fmt.Sprintf("%.20q was refused with code %d and not reported", text, code))
		}
	}
	return faults
}

// TestClusterRecord plants faults in what a receiver is told, each of which must be
// found.
func TestClusterRecord(t *testing.T) {
	t.Parallel()
	call := func(id string, attempt int, seq int64, text string) testkit.Arrival {
		return testkit.Arrival{
			Command: callback.CommandGroupAfterSendMsg, EventID: id, Attempt: attempt,
			Body: fmt.Appendf(nil, `{"CallbackCommand":"Group.CallbackAfterSendMsg","GroupId":"g","MsgSeq":%d,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":%q}}]}`, seq, text),
		}
	}
	acknowledged := map[int64]sent{1: {seq: 1, text: "a"}, 2: {seq: 2, text: "b"}}
	for _, c := range []struct {
		name  string
		calls []testkit.Arrival
		calm  bool
		fault string
	}{
		{"in order", []testkit.Arrival{call("x", 1, 1, "a"), call("y", 1, 2, "b")}, true, ""},
		{"again after trouble", []testkit.Arrival{call("x", 1, 1, "a"), call("y", 1, 2, "b"), call("x", 1, 1, "a")}, false, ""},
		{"again without trouble", []testkit.Arrival{call("x", 1, 1, "a"), call("y", 1, 2, "b"), call("x", 2, 1, "a")}, true, "came again"},
		{"out of order", []testkit.Arrival{call("y", 1, 2, "b"), call("x", 1, 1, "a")}, false, "where 1 belongs"},
		{"lost", []testkit.Arrival{call("x", 1, 1, "a")}, false, "1 of them have an event"},
		{"again with another event ID", []testkit.Arrival{call("x", 1, 1, "a"), call("y", 1, 2, "b"), call("z", 1, 1, "a")}, false, "are both"},
		{"again with another body", []testkit.Arrival{call("x", 1, 1, "a"), call("y", 1, 2, "b"), call("x", 1, 1, "c")}, false, "different bodies"},
		{"another text", []testkit.Arrival{call("x", 1, 1, "c"), call("y", 1, 2, "b")}, false, "what was acknowledged is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newClusterRecord()
			r.setCalm(c.calm)
			for _, a := range c.calls {
				r.arrived(a)
			}
			faults := strings.Join(append(r.compareOrder(groupName("g"), acknowledged), r.faults...), "\n")
			if c.fault == "" && faults != "" || !strings.Contains(faults, c.fault) {
				t.Errorf("faults %q, want %q", faults, c.fault)
			}
		})
	}
}

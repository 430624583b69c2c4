package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
	"sync"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/testkit"
)

// told is an event that arrived at the receiver.
type told struct {
	id           string
	command      callback.Command
	conversation string
	// seq is 0 for a refused message.
	seq  int64
	key  string
	text string
	code int
	info string
	// attempt is that of the last call, which a server made in that life.
	attempt, life int
	// acknowledged is set when a call was answered as it should be.
	acknowledged bool
	body         uint64
}

// record is what the receiver was told.
type record struct {
	seed maphash.Seed

	mu     sync.Mutex // guards all below
	events map[string]*told
	// order has the events of each conversation as they first arrived.
	order map[string][]*told
	calls int
	// life counts the servers that have ended.
	life int
	// faults are what was wrong with single calls.
	faults []string
}

// arrived remembers a call and compares it with those before.
func (r *record) arrived(a testkit.Arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if a.Command == callback.CommandPing || a.Command.IsBefore() { // tell of nothing that happened
		return
	}
	e, err := r.read(a)
	if err != nil {
		r.fault("a call that cannot be read: %v: %s", err, a.Body)
		return
	}
	known := r.events[a.EventID]
	if known == nil {
		r.first(e)
		return
	}
	if known.body != e.body || known.command != e.command {
		r.fault("%s came with different bodies; now with %s", a.EventID, a.Body)
	}
	// What became of the last attempts of a server that was killed may not have
	// reached the disk; the next one makes them again.
	if a.Attempt < known.attempt && known.life == r.life {
		r.fault("attempt %d of %s came after attempt %d", a.Attempt, a.EventID, known.attempt)
	}
	known.attempt, known.life = a.Attempt, r.life
}

// ended notes that the server has ended.
func (r *record) ended() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.life++
}

// first takes an event that is new. What comes before it in its conversation
// must be done with.
func (r *record) first(e *told) {
	of := r.order[e.conversation]
	if len(of) > 0 && !of[len(of)-1].acknowledged {
		r.fault("%s of %s came before %s was acknowledged", e.id, e.conversation, of[len(of)-1].id)
	}
	e.life = r.life
	r.events[e.id] = e
	r.order[e.conversation] = append(of, e)
}

// acknowledged notes that a call is answered as it should be.
func (r *record) acknowledged(a testkit.Arrival) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.events[a.EventID]; e != nil {
		e.acknowledged = true
	}
}

// maxFaults bounds how many are kept; one says as much as a thousand.
const maxFaults = 20

func (r *record) fault(format string, args ...any) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

// progress returns how many calls and how many different events came.
func (r *record) progress() (calls, events int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls, len(r.events)
}

// read takes from a body what is compared.
func (r *record) read(a testkit.Arrival) (*told, error) {
	e := &told{id: a.EventID, command: a.Command, attempt: a.Attempt, body: maphash.Bytes(r.seed, a.Body)}
	if a.EventID == "" || a.Attempt < 1 {
		return nil, fmt.Errorf("event ID %q, attempt %d", a.EventID, a.Attempt)
	}
	body := a.Command.NewBody()
	if body == nil {
		return nil, fmt.Errorf("command %q", a.Command)
	}
	decoder := json.NewDecoder(bytes.NewReader(a.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(body); err != nil {
		return nil, err
	}
	var elements []callback.MsgElement
	switch b := body.(type) {
	case *callback.GroupAfterSendMsg:
		e.conversation, e.seq, elements = groupName(b.GroupID), b.MsgSeq, b.MsgBody
	case *callback.GroupSendMsgException:
		e.conversation, e.code, e.info, elements = groupName(b.GroupID), b.ErrorCode, b.ErrorInfo, b.MsgBody
	case *callback.OfficialAccountAfterSendMsg:
		e.conversation, e.key, elements = officialName(b.OfficialAccount), b.MsgKey, b.MsgBody
		seq, err := seqOf(b.MsgKey)
		if err != nil {
			return nil, err
		}
		e.seq = seq
	case *callback.GroupAfterCreateGroup:
		e.conversation = groupName(b.GroupID)
		return e, nil
	case *callback.StateChange:
		e.conversation = "user:" + b.Info.ToAccount
		return e, nil
	default:
		return nil, fmt.Errorf("command %q is none that was to fire", a.Command)
	}
	if len(elements) != 1 {
		return nil, fmt.Errorf("%d elements", len(elements))
	}
	e.text, _ = elements[0].Text()
	return e, nil
}

func groupName(id string) string { return "group:" + id }

func officialName(id string) string { return "official:" + id }

// seqOf is the sequence number in a MsgKey.
func seqOf(key string) (int64, error) {
	text, _, _ := strings.Cut(key, "_")
	return strconv.ParseInt(text, 10, 64)
}

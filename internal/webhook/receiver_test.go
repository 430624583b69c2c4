package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/parley-im/parley/callback"
)

// allOK is what receivers answer that have no objection.
const allOK = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`

// note is the body of the events of these tests: the nth of a conversation.
type note struct {
	Conversation string `json:"c"`
	N            int    `json:"n"`
	Padding      string `json:"p,omitempty"`
}

// call is one call of the receiver.
type call struct {
	note

	eventID string
	attempt int
	at      time.Time
}

// flight is a call that is being answered; overtaken is when another one for its
// conversation came meanwhile.
type flight struct {
	call

	landed    bool
	overtaken time.Time
}

// reply is what the receiver does with a call.
type reply struct {
	after  time.Duration
	status int    // 0 means 200
	body   string // "" means allOK
	hangUp bool
}

// receiver is an app's backend. It remembers who called and watches over what
// is promised to it: one call at a time and the right order in each
// conversation, one ID for each event, one acknowledgement being enough.
type receiver struct {
	mu       sync.Mutex // guards all below
	answer   func(call) reply
	calls    []call
	accepted map[string][]int
	flights  map[string]*flight // the latest of each conversation
	ids      map[note]string
	faults   []string
	// unordered lets events overtake parked ones; again lets them come once
	// more although they were acknowledged.
	unordered, again bool
	// moment is how long it takes to see that a caller has left.
	moment time.Duration
}

func newReceiver() *receiver {
	return &receiver{
		answer: fine, accepted: make(map[string][]int), flights: make(map[string]*flight), ids: make(map[note]string),
		moment: time.Second,
	}
}

// behave sets what the receiver does from now on.
func (r *receiver) behave(answer func(call) reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// broken is a receiver that fails for all.
func broken(call) reply { return reply{status: http.StatusServiceUnavailable} }

// fine is one that works.
func fine(call) reply { return reply{} }

// failing is one that fails where bad says so.
func failing(bad func(call) bool) func(call) reply {
	return func(c call) reply {
		if bad(c) {
			return reply{status: http.StatusInternalServerError}
		}
		return reply{}
	}
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get(callback.HeaderAttempt) == "" { // a question
		_, _ = io.WriteString(w, allOK) // the caller may be gone
		return
	}
	c, err := readCall(request)
	if err != nil {
		r.fault("%v", err)
		return
	}
	f, answer := r.begin(c)
	if answer.after > 0 {
		select {
		case <-time.After(answer.after):
		case <-request.Context().Done(): // the caller has given up
			r.end(f, false, true)
			return
		}
	}
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	if answer.body == "" {
		answer.body = allOK
	}
	r.end(f, !answer.hangUp && answer.status == http.StatusOK && callback.Acknowledged([]byte(answer.body)), false)
	if answer.hangUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, answer.body) // the caller may be gone
}

func readCall(request *http.Request) (call, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return call{}, fmt.Errorf("read a call: %w", err)
	}
	c := call{eventID: request.Header.Get(callback.HeaderEventID), at: time.Now()}
	if err := json.Unmarshal(body, &c.note); err != nil {
		return call{}, fmt.Errorf("read %q: %w", body, err)
	}
	c.Padding = ""
	c.attempt, err = strconv.Atoi(request.Header.Get(callback.HeaderAttempt))
	return c, err
}

func (r *receiver) begin(c call) (*flight, reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
	if earlier := r.flights[c.Conversation]; earlier != nil && !earlier.landed {
		earlier.overtaken = c.at
	}
	f := &flight{call: c}
	r.flights[c.Conversation] = f
	if id, known := r.ids[c.note]; known && id != c.eventID {
		r.faultLocked("event %v came as %s and as %s", c.note, id, c.eventID)
	}
	r.ids[c.note] = c.eventID
	if !r.again && slices.Contains(r.accepted[c.Conversation], c.N) {
		r.faultLocked("event %v came again", c.note)
	}
	return f, r.answer(c)
}

// end notes how a call ended; left says that the caller did not wait for it.
func (r *receiver) end(f *flight, accepted, left bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.landed = true
	if !f.overtaken.IsZero() && !r.unordered && (!left || time.Since(f.overtaken) > r.moment) {
		r.faultLocked("two calls at once for %s", f.Conversation)
	}
	got := r.accepted[f.Conversation]
	if !accepted || slices.Contains(got, f.N) {
		return
	}
	if f.N != len(got) && !r.unordered {
		r.faultLocked("%s: event %d came when %d was due", f.Conversation, f.N, len(got))
	}
	r.accepted[f.Conversation] = append(got, f.N)
}

func (r *receiver) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faultLocked(format, args...)
}

func (r *receiver) faultLocked(format string, args ...any) {
	const most = 20
	if len(r.faults) < most {
		r.faults = append(r.faults, fmt.Sprintf(format, args...))
	}
}

// broke returns what went wrong so far.
func (r *receiver) broke() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.faults, "\n")
}

// got is how many events of a conversation were accepted, of all with "".
func (r *receiver) got(conversation string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if conversation != "" {
		return len(r.accepted[conversation])
	}
	sum := 0
	for _, list := range r.accepted {
		sum += len(list)
	}
	return sum
}

// order is the events of a conversation as they were accepted.
func (r *receiver) order(conversation string) []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.accepted[conversation])
}

// called returns the calls so far that match.
func (r *receiver) called(match func(call) bool) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []call
	for _, c := range r.calls {
		if match(c) {
			found = append(found, c)
		}
	}
	return found
}

// of matches the calls for one event.
func of(conversation string, n int) func(call) bool {
	return func(c call) bool { return c.Conversation == conversation && c.N == n }
}

// all matches every call.
func all(call) bool { return true }

// pipes are a network in memory, which a synctest bubble can see through.
type pipes struct {
	conns chan net.Conn

	mu     sync.Mutex // guards all below
	down   bool
	closed bool
	open   []net.Conn
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn)} }

var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down || p.closed {
		return nil, errRefused
	}
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		p.open = append(p.open, there)
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// setDown lets the network fail, or work again.
func (p *pipes) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
	if down {
		for _, c := range p.open {
			_ = c.Close() // pipes have no errors
		}
		p.open = nil
	}
}

// Accept is for http.Server.
func (p *pipes) Accept() (net.Conn, error) {
	if c, ok := <-p.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

// Close is for http.Server.
func (p *pipes) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		close(p.conns)
	}
	p.closed = true
	return nil
}

// Addr is for http.Server.
func (*pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

package testkit

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

// Arrival is one call of a Receiver.
type Arrival struct {
	Command callback.Command
	EventID string
	Attempt int
	Body    []byte
}

// Reaction is how a Receiver meets a call.
type Reaction int

// The reactions.
const (
	// Acknowledge answers that all is well.
	Acknowledge Reaction = iota
	// Fail answers HTTP 500.
	Fail
	// Garble answers HTTP 200 with a body that is no JSON.
	Garble
	// Drop closes the connection without an answer.
	Drop
	// Hang answers nothing until the caller gives up.
	Hang
	// Hold waits for Release and then acknowledges.
	Hold
)

// Receiver is an app's backend that takes webhooks.
type Receiver struct {
	addr string
	// arrived is called for each call, one at a time, and says how to meet it.
	arrived func(Arrival) Reaction
	// acknowledged, if not nil, is called before an acknowledgement is sent.
	acknowledged func(Arrival)
	answering    sync.Mutex // held while arrived or acknowledged runs
	released     chan struct{}
	release      sync.Once

	mu     sync.Mutex // guards server
	server *http.Server
}

// NewReceiver starts a receiver. Its functions are called one at a time.
func NewReceiver(tb testing.TB, arrived func(Arrival) Reaction, acknowledged func(Arrival)) *Receiver {
	tb.Helper()
	r := &Receiver{addr: Reserve(tb), arrived: arrived, acknowledged: acknowledged, released: make(chan struct{})}
	r.Up(tb)
	tb.Cleanup(r.Down)
	return r
}

// Release lets go of the calls that are on hold, and of those to come.
func (r *Receiver) Release() { r.release.Do(func() { close(r.released) }) }

// URL is where it takes webhooks.
func (r *Receiver) URL() string { return "http://" + r.addr + "/webhook" }

// Up lets connections come in.
func (r *Receiver) Up(tb testing.TB) {
	tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		return
	}
	listener, err := net.Listen("tcp", r.addr)
	if err != nil {
		tb.Errorf("the receiver cannot listen: %v", err)
		return
	}
	server := &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	r.server = server
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("the receiver: %v", err)
		}
	}()
}

// Down refuses connections and breaks off those that there are.
func (r *Receiver) Down() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server != nil {
		r.server.Close()
		r.server = nil
	}
}

// ServeHTTP meets one call.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the caller has ended; a part is no arrival
	}
	attempt, _ := strconv.Atoi(req.Header.Get(callback.HeaderAttempt)) // questions have none
	a := Arrival{
		Command: callback.Command(req.URL.Query().Get("CallbackCommand")), EventID: req.Header.Get(callback.HeaderEventID),
		Attempt: attempt, Body: body,
	}
	switch r.meet(a) {
	case Hold:
		select {
		case <-r.released:
			acknowledge(w)
		case <-req.Context().Done():
		}
	case Acknowledge:
		acknowledge(w)
	case Fail:
		w.WriteHeader(http.StatusInternalServerError)
	case Garble:
		_, _ = io.WriteString(w, "<html>OK</html>")
	case Drop:
		panic(http.ErrAbortHandler)
	case Hang:
		<-req.Context().Done()
		panic(http.ErrAbortHandler)
	}
}

func acknowledge(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`)
}

func (r *Receiver) meet(a Arrival) Reaction {
	r.answering.Lock()
	defer r.answering.Unlock()
	reaction := r.arrived(a)
	if reaction == Acknowledge && r.acknowledged != nil {
		r.acknowledged(a)
	}
	return reaction
}

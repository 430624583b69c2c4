// Package inbox is a place to send webhooks to when there is no app backend yet:
// it takes whatever comes, keeps the newest in memory and shows them.
//
// One address does it all. POST /inbox/{name} receives a webhook and answers as
// an app backend would, or fails on request; see Reply. GET shows what arrived:
// to a browser as a live page, to a program as JSON or as a stream of events.
// DELETE forgets it. An inbox exists as soon as something was sent to it.
//
// Everything is bounded: inboxes, requests in each, bytes in all, readers. What
// is too much pushes out what is oldest. A reader that does not keep up is
// dropped and comes back for what it missed, so that it never holds up a sender.
//
// Webhooks are strangers' text. The page puts them into the document as text
// only, under a policy that lets no script run but its own. Who may reach the
// handler may read everything in it; there is no other lock than LocalOnly.
package inbox

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options are what an inbox needs from the server.
type Options struct {
	// Verifier judges signatures. Without one they stay unjudged.
	Verifier Verifier
	// Hints are what the page tells a person to try while nothing has arrived.
	Hints []Hint
	// LocalOnly turns away requests that did not begin on this machine, even if
	// a proxy on this machine passes them on.
	LocalOnly bool
	// Now tells the time at which a webhook arrived; nil means time.Now.
	Now func() time.Time
}

// Hint is a command to try. In it, {url} stands for the address of the inbox and
// {name} for its name.
type Hint struct {
	Title   string `json:"title"`
	Command string `json:"command"`
}

// Inbox is the handler of every path /inbox/{name}.
type Inbox struct {
	options Options
	memory  *memory
	// epoch tells readers that ids have begun anew.
	epoch string
	// reading holds a token for each body that is being read.
	reading chan struct{}

	closing   chan struct{}
	closeOnce sync.Once
}

// maxReading bounds the bodies that are read at the same time, and so their
// memory.
const maxReading = 64

// New returns an empty inbox.
func New(options Options) *Inbox {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Hints == nil {
		options.Hints = []Hint{}
	}
	return &Inbox{
		options: options,
		memory:  newMemory(defaultLimits),
		epoch:   rand.Text(),
		reading: make(chan struct{}, maxReading),
		closing: make(chan struct{}),
	}
}

// Close ends the streams, the waiting requests and the delayed answers. It does
// not wait for them. The inbox goes on receiving.
func (in *Inbox) Close() {
	in.closeOnce.Do(func() { close(in.closing) })
}

// ServeHTTP serves one inbox, the one that the path names.
func (in *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := inboxName(r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "An inbox has an address such as /inbox/demo: 1 to 64 letters, digits, dots, dashes or underscores.")
		return
	}
	if in.options.LocalOnly && !isLocal(r) {
		refuse(w, http.StatusForbidden, `This inbox is for the machine it runs on. Set inbox = "on" to let others read it.`)
		return
	}
	switch r.Method {
	case http.MethodPost:
		in.receive(w, r, name)
	case http.MethodGet:
		in.show(w, r, name)
	case http.MethodHead:
		writePage(w)
	case http.MethodDelete:
		in.memory.clear(name)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, DELETE")
		refuse(w, http.StatusMethodNotAllowed, "Send webhooks with POST, read them with GET, forget them with DELETE.")
	}
}

// show answers in the form that the reader wants: what the query asks for, or
// else what Accept does.
func (in *Inbox) show(w http.ResponseWriter, r *http.Request, name string) {
	w.Header().Set("Vary", "Accept")
	query, accept := r.URL.Query(), r.Header.Get("Accept")
	switch {
	case query.Has("stream"):
		in.stream(w, r, name)
	case query.Get("format") == "json":
		in.list(w, r, name)
	case strings.Contains(accept, "text/html"):
		writePage(w)
	case strings.Contains(accept, "text/event-stream"):
		in.stream(w, r, name)
	default:
		in.list(w, r, name)
	}
}

// inboxName returns the name at the end of path.
func inboxName(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, "/inbox/")
	if !ok || name == "" || len(name) > 64 {
		return "", false
	}
	for _, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '.' && c != '-' && c != '_' {
			return "", false
		}
	}
	return name, true
}

// refuse says in one sentence why there is nothing else to say.
func refuse(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // the reader is gone, there is nobody to tell
}

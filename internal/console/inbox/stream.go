package inbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// writeTimeout is how long a reader may take to accept what is written.
	writeTimeout = 10 * time.Second
	// heartbeat keeps proxies from ending a quiet stream.
	heartbeat = 15 * time.Second
)

// A greeting begins every stream.
type greeting struct {
	Inbox   string `json:"inbox"`
	Epoch   string `json:"epoch"`
	Dropped int64  `json:"dropped"`
	Hints   []Hint `json:"hints"`
}

// stream sends what is there and then what comes, as server-sent events:
//
//	hello     a greeting; if its epoch is not the one known, ids begin anew
//	request   an Entry; the event's id is that of the webhook
//	ready     everything that was there has been sent
//	clear     the inbox was cleared
//
// The header Last-Event-ID or the parameter since leaves out what the reader has.
// A reader that falls too far behind is cut off, to come back with that header.
func (in *Inbox) stream(w http.ResponseWriter, r *http.Request, name string) {
	reader, taken, err := in.memory.subscribe(name, lastSeen(r))
	if err != nil {
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer in.memory.unsubscribe(reader)

	header := w.Header()
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	out := newEventWriter(w)
	out.send("hello", "", greeting{name, in.epoch, taken.dropped, in.options.Hints})
	for _, received := range taken.received {
		out.request(received)
	}
	out.send("ready", "", struct{}{})
	out.flush()
	in.follow(r, reader, out)
}

// follow passes on news until the reader, its connection or the server ends.
func (in *Inbox) follow(r *http.Request, reader *subscriber, out *eventWriter) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for out.err == nil {
		select {
		case news, ok := <-reader.news:
			if !ok {
				return
			}
			if news.received == nil {
				out.send("clear", "", struct{}{})
			} else {
				out.request(news.received)
			}
		case <-beat.C:
			out.comment()
		case <-r.Context().Done():
			return
		case <-in.closing:
			return
		}
		out.flush()
	}
}

// lastSeen returns the id that the reader has seen, or fromStart.
func lastSeen(r *http.Request) int64 {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("since")
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 0 {
		return fromStart
	}
	return id
}

// An eventWriter writes events, each in a time of its own. After an error it
// does nothing.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, control: http.NewResponseController(w)}
}

func (out *eventWriter) request(received *Received) {
	out.send("request", strconv.FormatInt(received.ID, 10), entryOf(received))
}

// send writes one event. JSON has no line breaks, so the data is one line.
func (out *eventWriter) send(event, id string, data any) {
	if out.err != nil {
		return
	}
	text, err := json.Marshal(data)
	if err != nil {
		out.err = err
		return
	}
	if id != "" {
		id = "id: " + id + "\n"
	}
	out.write("%sevent: %s\ndata: %s\n\n", id, event, text)
}

func (out *eventWriter) comment() { out.write(":\n\n") }

func (out *eventWriter) write(format string, args ...any) {
	if out.err != nil {
		return
	}
	// A writer without a connection, as in tests, has no limit either.
	_ = out.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, out.err = fmt.Fprintf(out.w, format, args...)
}

func (out *eventWriter) flush() {
	if out.err == nil {
		out.err = out.control.Flush()
	}
}

package bench

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Receiver is a webhook receiver that does as little as one can: it reads the
// body, notes which message it is about and when it came, and answers OK. It
// shows what it noted at GET /arrivals.
type Receiver struct {
	mu       sync.Mutex // guards arrivals
	arrivals []arrival
	down     atomic.Bool
	count    atomic.Int64
}

// arrival is one webhook that came.
type arrival struct {
	group string
	seq   int64
	at    time.Time
}

const receiverReply = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`

// maxReceived bounds what is read of a webhook.
const maxReceived = 64 << 10

// ServeHTTP takes a webhook, or shows what came.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch {
	case req.URL.Path == "/arrivals":
		r.show(w)
		return
	case req.URL.Path == "/count":
		_, _ = fmt.Fprint(w, r.count.Load()) // the reader went away
		return
	case req.URL.Path == "/down":
		r.down.Store(req.URL.Query().Get("down") == "true")
		return
	case r.down.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(io.LimitReader(req.Body, maxReceived))
	if err != nil {
		return
	}
	at := time.Now()
	var about struct {
		GroupID string `json:"GroupId"`
		MsgSeq  int64  `json:"MsgSeq"`
	}
	if err := json.Unmarshal(body, &about); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.arrivals = append(r.arrivals, arrival{about.GroupID, about.MsgSeq, at})
	r.mu.Unlock()
	r.count.Add(1)
	w.Header()["Content-Type"] = []string{"application/json"}
	_, _ = io.WriteString(w, receiverReply) // the server went away
}

// show writes the arrivals in a form that is quick to read.
func (r *Receiver) show(w io.Writer) {
	r.mu.Lock()
	arrivals := r.arrivals
	r.mu.Unlock()
	b := bufio.NewWriter(w)
	defer b.Flush()
	for _, a := range arrivals {
		line := binary.AppendUvarint(nil, uint64(len(a.group)))
		line = append(line, a.group...)
		line = binary.AppendVarint(line, a.seq)
		line = binary.AppendVarint(line, a.at.UnixNano())
		_, _ = b.Write(line) // the reader went away
	}
}

// readArrivals reads what show writes.
func readArrivals(r io.Reader) ([]arrival, error) {
	b := bufio.NewReader(r)
	var arrivals []arrival
	for {
		n, err := binary.ReadUvarint(b)
		if errors.Is(err, io.EOF) {
			return arrivals, nil
		}
		if err != nil || n > 256 {
			return nil, fmt.Errorf("read arrivals: %w", err)
		}
		group := make([]byte, n)
		if _, err := io.ReadFull(b, group); err != nil {
			return nil, err
		}
		seq, err := binary.ReadVarint(b)
		if err != nil {
			return nil, err
		}
		at, err := binary.ReadVarint(b)
		if err != nil {
			return nil, err
		}
		arrivals = append(arrivals, arrival{string(group), seq, time.Unix(0, at)})
	}
}

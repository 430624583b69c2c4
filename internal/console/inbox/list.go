package inbox

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Limits on one listing.
const (
	// MaxWait is the longest that a reader may wait for news.
	MaxWait = 30 * time.Second
	// defaultLimit is how many webhooks a listing holds if it is not told.
	defaultLimit = 100
	// maxListing is about how many bytes of webhooks a listing holds. It always
	// holds one.
	maxListing = 4 << 20
)

// Listing is the answer to GET with format=json, whose parameters are:
//
//	since=57     only webhooks that came after the one with this id; the oldest
//	             of them, whereas without since it is the newest of all
//	limit=10     at most so many, 1 to 1000; 100 by default, and fewer if they
//	             are large
//	wait=10s     if there are none, wait for the next, at most 30 s
type Listing struct {
	Inbox string `json:"inbox"`
	// Epoch changes when ids begin anew, which they do with the server.
	Epoch string `json:"epoch"`
	// Next is what since must be to get what comes after this listing.
	Next int64 `json:"next"`
	// Dropped is how many webhooks were pushed out by newer ones.
	Dropped int64 `json:"dropped"`
	// Requests are the webhooks, oldest first.
	Requests []Entry `json:"requests"`
}

// A question is what a reader of a listing asks for.
type question struct {
	since int64
	// newest is true if there was no since.
	newest bool
	limit  int
	wait   time.Duration
}

func readQuestion(query url.Values) (question, error) {
	q := question{newest: !query.Has("since"), limit: defaultLimit}
	var err error
	if !q.newest {
		if q.since, err = strconv.ParseInt(query.Get("since"), 10, 64); err != nil || q.since < 0 {
			return q, errors.New("since must be the id of a webhook, or 0")
		}
	}
	if query.Has("limit") {
		if q.limit, err = strconv.Atoi(query.Get("limit")); err != nil || q.limit < 1 || q.limit > defaultLimits.requests {
			return q, errors.New("limit must be a number from 1 to 1000")
		}
	}
	if query.Has("wait") {
		if q.wait, err = time.ParseDuration(query.Get("wait")); err != nil || q.wait < 0 {
			return q, errors.New("wait must be a duration such as 10s")
		}
		q.wait = min(q.wait, MaxWait)
	}
	return q, nil
}

// list answers a program.
func (in *Inbox) list(w http.ResponseWriter, r *http.Request, name string) {
	q, err := readQuestion(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	taken := in.memory.after(name, q.since)
	if len(taken.received) == 0 && q.wait > 0 {
		allowTime(w, q.wait)
		taken, err = in.await(r.Context(), name, q)
	}
	if err != nil {
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, in.listing(name, q, taken))
}

// await returns what is there as soon as something is, or nothing when the time
// is over.
func (in *Inbox) await(ctx context.Context, name string, q question) (snapshot, error) {
	reader, taken, err := in.memory.subscribe(name, q.since)
	if err != nil {
		return snapshot{}, err
	}
	defer in.memory.unsubscribe(reader)
	timer := time.NewTimer(q.wait)
	defer timer.Stop()
	for len(taken.received) == 0 {
		select {
		case _, open := <-reader.news:
			taken = in.memory.after(name, q.since)
			if !open {
				return taken, nil
			}
		case <-timer.C:
			return taken, nil
		case <-ctx.Done():
			return taken, nil
		case <-in.closing:
			return taken, nil
		}
	}
	return taken, nil
}

// listing cuts what was taken down to what was asked for.
func (in *Inbox) listing(name string, q question, taken snapshot) Listing {
	received, size := taken.received, 0
	answer := Listing{Inbox: name, Epoch: in.epoch, Next: taken.lastID, Dropped: taken.dropped, Requests: []Entry{}}
	if q.newest {
		first := len(received)
		for first > 0 && len(received)-first < q.limit && (size == 0 || size+received[first-1].cost() <= maxListing) {
			first--
			size += received[first].cost()
		}
		received = received[first:]
	}
	for _, one := range received {
		if len(answer.Requests) == q.limit || !q.newest && size > 0 && size+one.cost() > maxListing {
			answer.Next = answer.Requests[len(answer.Requests)-1].ID
			break
		}
		size += one.cost()
		answer.Requests = append(answer.Requests, entryOf(one))
	}
	return answer
}

// allowTime moves the server's limit on how long an answer may take, which is
// meant for requests that do not wait on purpose.
func allowTime(w http.ResponseWriter, wait time.Duration) {
	// A writer without a connection, as in tests, has no limit either.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait + writeTimeout))
}

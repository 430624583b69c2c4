package inbox

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// MaxDelay is the longest delay of an answer.
const MaxDelay = 30 * time.Second

// maxInfo is the longest reply_info, in bytes.
const maxInfo = 1 << 10

// Reply is how a webhook is answered. Parameters of the URL that the webhook is
// sent to decide it, so that every failure can be tried:
//
//	reply_code=10100    ErrorCode of the answer; 0 by default
//	reply_info=No       ErrorInfo of the answer; empty by default
//	reply_status=500    HTTP status, from 200 to 599; 200 by default
//	reply_delay=3s      wait before answering, at most 30 s; 0 by default
//
// ActionStatus is OK for code 0 and otherwise FAIL. Spec: webhooks#1.5
type Reply struct {
	Status int           `json:"status"`
	Code   int64         `json:"code"`
	Info   string        `json:"info"`
	Delay  time.Duration `json:"-"`
	// Problem says which parameter makes no sense. The answer then says so too,
	// with status 400.
	Problem string `json:"problem,omitempty"`
}

// readReply reads the parameters.
func readReply(query url.Values) Reply {
	reply := Reply{Status: http.StatusOK, Info: cut(query.Get("reply_info"), maxInfo)}
	var err error
	if text := query.Get("reply_code"); text != "" {
		if reply.Code, err = strconv.ParseInt(text, 10, 32); err != nil {
			return wrongReply("reply_code must be a whole number such as 10100")
		}
	}
	if text := query.Get("reply_status"); text != "" {
		reply.Status, err = strconv.Atoi(text)
		if err != nil || reply.Status < 200 || reply.Status > 599 {
			return wrongReply("reply_status must be an HTTP status from 200 to 599")
		}
	}
	if text := query.Get("reply_delay"); text != "" {
		reply.Delay, err = time.ParseDuration(text)
		if err != nil || reply.Delay < 0 {
			return wrongReply("reply_delay must be a duration such as 3s or 500ms")
		}
		reply.Delay = min(reply.Delay, MaxDelay)
	}
	return reply
}

func wrongReply(problem string) Reply {
	return Reply{Status: http.StatusBadRequest, Info: problem, Problem: problem}
}

// receive keeps a webhook and answers it.
func (in *Inbox) receive(w http.ResponseWriter, r *http.Request, name string) {
	select {
	case in.reading <- struct{}{}:
	case <-r.Context().Done():
		return
	}
	received, err := in.capture(r)
	<-in.reading
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	in.memory.add(name, received)

	reply := received.Reply
	if reply.Delay > 0 {
		allowTime(w, reply.Delay)
		if err := in.sleep(r.Context(), reply.Delay); err != nil {
			refuse(w, http.StatusServiceUnavailable, err.Error())
			return
		}
	}
	status := "OK"
	if reply.Code != 0 {
		status = "FAIL"
	}
	writeJSON(w, reply.Status, struct {
		ActionStatus string
		ErrorInfo    string
		ErrorCode    int64
	}{status, reply.Info, reply.Code})
}

// sleep waits for d, and no longer than there is somebody to answer.
func (in *Inbox) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("delay the answer: %w", ctx.Err())
	case <-in.closing:
		return errClosing
	}
}

package testkit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Commands that a Client knows something about.
const (
	cmdLogin     = "im_open_status.wslogin"
	cmdLogout    = "im_open_status.wslogout"
	cmdHeartbeat = "heartbeat.alive"
	cmdAck       = "openim.ws_msg_push_ack"
	cmdReport    = "imopenstat.tim_web_report_v2"
)

// AnswerError is an answer whose ErrorCode is not 0.
type AnswerError struct {
	Code int
	Info string
	// Body is the whole body.
	Body json.RawMessage
}

// Error names code and text.
func (e *AnswerError) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Info) }

// exchange is what a request and its answer have in common.
type exchange struct {
	servcmd string
	seq     int64
}

// request waits for its answer.
type request struct {
	exchange

	text   []byte
	answer chan []byte
}

// Call sends a request and waits for the answer, across connections: a request
// that is unanswered when the connection ends is repeated by Reconnect. The body
// is sent as JSON, nil as an empty object and a json.RawMessage as it is. The
// answer's body is decoded into answer unless that is nil. A refusal is an
// *AnswerError.
func (c *Client) Call(ctx context.Context, servcmd string, body, answer any) error {
	return c.call(ctx, c.headFor(servcmd), servcmd, body, answer)
}

func (c *Client) call(ctx context.Context, head []byte, servcmd string, body, answer any) error {
	r, err := c.newRequest(head, servcmd, body)
	if err != nil {
		return fmt.Errorf("encode %s: %w", servcmd, err)
	}
	if err := c.exchange(ctx, r, answer); err != nil {
		return fmt.Errorf("call %s: %w", servcmd, err)
	}
	return nil
}

func (c *Client) exchange(ctx context.Context, r *request, answer any) error {
	s := c.expect(r)
	defer c.forget(r)
	if s == nil {
		return errNotDialed
	}
	_ = s.write(s.op, r.text) // what a lost connection has not carried is repeated on the next
	select {
	case body := <-r.answer:
		return decodeAnswer(body, answer)
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.closed:
		return errClosed
	}
}

func decodeAnswer(body []byte, answer any) error {
	var result struct {
		ErrorCode int    `json:"ErrorCode"`
		ErrorInfo string `json:"ErrorInfo"`
	}
	if err := json.Unmarshal(body, &result); err != nil {
		return fmt.Errorf("decode the answer %.200q: %w", body, err)
	}
	if result.ErrorCode != 0 {
		return &AnswerError{Code: result.ErrorCode, Info: result.ErrorInfo, Body: body}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("decode the answer %.200q: %w", body, err)
	}
	return nil
}

// expect has a request wait for its answer from now on and returns the
// connection to send it on.
func (c *Client) expect(r *request) *socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting[r.exchange] = r
	return c.socket
}

func (c *Client) forget(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, r.exchange)
}

// unanswered returns the requests that wait, oldest first, while mu is held.
func (c *Client) unanswered() []*request {
	requests := make([]*request, 0, len(c.waiting))
	for _, r := range c.waiting {
		requests = append(requests, r)
	}
	slices.SortFunc(requests, func(a, b *request) int { return cmp.Compare(a.seq, b.seq) })
	return requests
}

// take meets a message: it is an answer, or else a push.
func (c *Client) take(message []byte) error {
	if bytes.HasPrefix(message, compressedMark) {
		if c.options.Text || !c.options.Compress {
			return fault("a compressed message that was not asked for")
		}
		inflated := borrow()
		defer giveBack(inflated)
		var err error
		if *inflated, err = inflate(*inflated, message[len(compressedMark):]); err != nil {
			return fault("a message that cannot be inflated: %v", err)
		}
		message = *inflated
	}
	p := openPacket(message)
	switch {
	case p.servcmd == "" || p.body == nil:
		return fault("a message without servcmd or body: %.200q", message)
	case c.answered(p), p.servcmd == cmdAck: // the SDK does not wait for this one
		return nil
	}
	return c.pushed(p, message)
}

// answered hands p to the request that waits for it.
func (c *Client) answered(p packet) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, waits := c.waiting[p.exchange]
	if waits {
		delete(c.waiting, p.exchange)
		r.answer <- bytes.Clone(p.body) // there is room for one
	}
	return waits
}

// identity is the part of a head that tells who asks.
type identity struct {
	A2         string `json:"a2,omitempty"`
	TinyID     string `json:"tinyid,omitempty"`
	Identifier string `json:"identifier,omitempty"`
	UserSig    string `json:"usersig,omitempty"`
	InstID     int64  `json:"status_instid"`
}

// beginHead makes the part of heads that is the same in all requests.
func (c *Client) beginHead(who identity) []byte {
	head, err := json.Marshal(struct {
		identity

		Ver           string `json:"ver"`
		Platform      int    `json:"platform"`
		WebSDKAppID   int64  `json:"websdkappid"`
		WebSDKVersion string `json:"websdkversion"`
		SDKAppID      int64  `json:"sdkappid"`
		ContentType   string `json:"contenttype"`
		SDKAbility    int64  `json:"sdkability"`
		SDKAbilityExt string `json:"sdkability_ext"`
		CAppID        int64  `json:"cappid"`
	}{
		identity: who, Ver: "v4", Platform: c.options.Platform, WebSDKAppID: 537048168, WebSDKVersion: "1.7.3",
		SDKAppID: c.options.SDKAppID, ContentType: "json", SDKAbility: 75689843,
	})
	if err != nil {
		c.tb.Fatalf("encode a head: %v", err)
	}
	return bytes.TrimSuffix(head, []byte("}"))
}

// headFor returns the beginning of the head of a request.
func (c *Client) headFor(servcmd string) []byte {
	if servcmd == cmdReport || strings.Contains(servcmd, "_noauth_") {
		return c.anonymous
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.head == nil {
		return c.credentials
	}
	return c.head
}

// newRequest encodes a request with the next seq.
func (c *Client) newRequest(head []byte, servcmd string, body any) (*request, error) {
	encoded, err := encodeBody(body)
	if err != nil {
		return nil, err
	}
	quoted, err := json.Marshal(servcmd)
	if err != nil {
		return nil, err
	}
	r := &request{exchange: exchange{servcmd, int64(c.seq.Add(1))}, answer: make(chan []byte, 1)}
	text := make([]byte, 0, len(head)+len(servcmd)+len(encoded)+100)
	text = append(text, `{"head":`...)
	text = append(text, head...)
	text = append(text, `,"reqtime":`...)
	text = strconv.AppendInt(text, time.Now().Unix(), 10)
	text = append(text, `,"cs":`...)
	text = strconv.AppendUint(text, uint64(checksum(servcmd, encoded)), 10)
	text = append(text, `,"servcmd":`...)
	text = append(text, quoted...)
	text = append(text, `,"seq":`...)
	text = strconv.AppendInt(text, r.seq, 10)
	text = append(text, `},"body":`...)
	text = append(text, encoded...)
	r.text = append(text, '}')
	return r, nil
}

func encodeBody(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return []byte("{}"), nil
	case json.RawMessage:
		return body, nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // JavaScript does not
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// checksum is that of a body where the SDK makes one.
func checksum(servcmd string, body []byte) uint32 {
	switch {
	case servcmd == cmdHeartbeat, servcmd == cmdLogin, servcmd == cmdLogout, servcmd == cmdAck, strings.Contains(servcmd, "_long_polling_"):
		return 0
	}
	return crc32.ChecksumIEEE(body)
}

package gateway

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-im/parley/internal/chat"
)

// What one connection may hold and how long it may take.
const (
	readBuffer = 512
	// maxUnwritten bounds the answers that wait to be written, in bytes.
	maxUnwritten = 8 << 20
	// writeTimeout is how long a client may take to read what fits into no buffer.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long a client may take for what it gets at the end.
	closeTimeout = time.Second
	// silence is how long a client may send nothing; a live one sends every 10 to
	// 13 seconds.
	silence = 60 * time.Second
	// loginTimeout is how long a connection may stay without a session.
	loginTimeout = 10 * time.Minute
	// writeBatch is how many pushes are written at once.
	writeBatch = 64
)

// reason is why a connection is ended, for the log and the metrics.
type reason string

// The reasons.
const (
	reasonClient     reason = "closed by the client"
	reasonLost       reason = "connection lost"
	reasonSilent     reason = "the client sent nothing"
	reasonSlow       reason = "the client does not read"
	reasonProtocol   reason = "not the protocol"
	reasonTooLarge   reason = "a frame is too large"
	reasonFlood      reason = "too many requests"
	reasonReplaced   reason = "the session has another connection"
	reasonStopping   reason = "the server is stopping"
	reasonLoginLate  reason = "no login"
	reasonWriteFault reason = "writing failed"
)

// closeCode is what the client is told in the close frame.
func (r reason) closeCode() ws.StatusCode {
	switch r {
	case reasonProtocol:
		return ws.StatusProtocolError
	case reasonTooLarge:
		return ws.StatusMessageTooBig
	case reasonFlood, reasonSlow, reasonSilent, reasonLoginLate:
		return ws.StatusPolicyViolation
	case reasonStopping:
		return ws.StatusGoingAway
	case reasonClient, reasonLost, reasonReplaced, reasonWriteFault:
	}
	return ws.StatusNormalClosure
}

// conn is one WebSocket connection.
type conn struct {
	gateway  *Gateway
	net      net.Conn
	app      *chat.App
	ip       string
	platform chat.Platform
	// instance is the client's own name for itself, the same on its next connection.
	instance string
	form     wireForm
	limit    bucket // belongs to the reader
	lanes    lanes
	// clean is set when the client itself said that it goes.
	clean atomic.Bool

	mu sync.Mutex // guards all below
	// session is the one whose pushes come here, nil before login.
	session *session
	// since is when the connection was opened or its session ended.
	since     time.Time
	answers   [][]byte
	unwritten int
	writing   bool
	// closed is set when no more is to be read or queued; the writer ends the
	// connection when it has written what is there.
	closed bool
	why    reason
}

// use makes s the session of the connection; nil takes it away.
func (c *conn) use(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.since = s, time.Now()
}

// current is the session of the connection, nil before login.
func (c *conn) current() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// write queues an answer.
func (c *conn) write(f *frame) { c.queue(f.wire(c.form)) }

// queue queues a frame. A client that lets too much of it lie is disconnected.
func (c *conn) queue(text []byte) {
	if !c.enqueue(text) {
		c.close(reasonSlow)
	}
}

func (c *conn) enqueue(text []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return true
	}
	if c.unwritten+len(text) > maxUnwritten {
		return false
	}
	c.answers = append(c.answers, text)
	c.unwritten += len(text)
	c.start()
	return true
}

// wake lets the writer look for pushes.
func (c *conn) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.start()
	}
}

// start runs the writer unless it runs. c.mu is held.
func (c *conn) start() {
	if !c.writing {
		c.writing = true
		go c.flush()
	}
}

// flush writes until there is nothing left, answers first.
func (c *conn) flush() {
	for {
		batch, closing := c.take()
		if len(batch) == 0 {
			if closing {
				_ = c.net.Close() // nobody is left to hear of a failure
			}
			if c.rest() {
				return
			}
			continue
		}
		timeout := writeTimeout
		if closing {
			timeout = closeTimeout
		}
		if err := c.send(batch, timeout); err != nil {
			why := reasonWriteFault
			if errors.Is(err, os.ErrDeadlineExceeded) {
				why = reasonSlow
			}
			c.close(why)
			_ = c.net.Close() // as above; close may have been called before
			return
		}
	}
}

// take returns what is to be written next.
func (c *conn) take() (batch [][]byte, closing bool) {
	c.mu.Lock()
	batch, c.answers, c.unwritten = c.answers, nil, 0
	s, closing := c.session, c.closed
	c.mu.Unlock()
	if s == nil || closing {
		return batch, closing
	}
	for _, f := range s.unsent(c, writeBatch) {
		batch = append(batch, f.wire(c.form))
	}
	return batch, false
}

// rest ends the writer if there is still nothing to write.
func (c *conn) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed && (len(c.answers) > 0 || (c.session != nil && c.session.waiting(c))) {
		return false
	}
	c.writing = false
	return true
}

func (c *conn) send(batch [][]byte, timeout time.Duration) error {
	if err := c.net.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if len(batch) == 1 {
		_, err := c.net.Write(batch[0])
		return err
	}
	buffers := net.Buffers(batch)
	_, err := buffers.WriteTo(c.net)
	return err
}

// close ends the connection for a reason; the first one counts. The client gets
// the answers that are waiting and is told why, unless it cannot read any more.
func (c *conn) close(why reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed, c.why = true, why
	switch why {
	case reasonWriteFault, reasonSlow, reasonLost:
		c.answers = nil
		_ = c.net.Close() // nobody is left to hear of a failure
	case reasonClient, reasonSilent, reasonProtocol, reasonTooLarge, reasonFlood, reasonReplaced, reasonStopping, reasonLoginLate:
		c.answers = append(c.answers, ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(why.closeCode(), string(why)))))
		_ = c.net.SetWriteDeadline(time.Now().Add(closeTimeout)) // for a write that is under way
		c.start()
	}
}

// read takes requests until the connection ends.
func (c *conn) read() {
	r := bufio.NewReaderSize(c.net, readBuffer)
	for {
		text, err := c.next(r)
		if err != nil {
			c.close(c.explain(err))
			return
		}
		if text == nil {
			continue
		}
		if !c.limit.take(time.Now()) {
			c.close(reasonFlood)
			return
		}
		if c.ended() {
			return
		}
		var p packetIn
		if err := json.Unmarshal(text, &p); err != nil || p.Head.ServCmd == "" {
			c.close(reasonProtocol)
			return
		}
		c.gateway.receive(c, &p)
	}
}

// ended reports whether the connection is being closed.
func (c *conn) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Errors of reading.
var (
	errTooLarge = errors.New("frame is too large")
	errProtocol = errors.New("not the protocol")
	errClosed   = errors.New("closed by the client")
)

func (c *conn) explain(err error) reason {
	switch {
	case errors.Is(err, errTooLarge):
		return reasonTooLarge
	case errors.Is(err, errProtocol):
		return reasonProtocol
	case errors.Is(err, errClosed):
		return reasonClient
	case errors.Is(err, os.ErrDeadlineExceeded) && c.current() == nil:
		return reasonLoginLate
	case errors.Is(err, os.ErrDeadlineExceeded):
		return reasonSilent
	}
	return reasonLost
}

// next reads one message; nil is a control frame. Fragments are put together.
func (c *conn) next(r *bufio.Reader) ([]byte, error) {
	var message []byte
	for first := true; ; first = false {
		if err := c.net.SetReadDeadline(c.deadline()); err != nil {
			return nil, err
		}
		h, err := ws.ReadHeader(r)
		if err != nil {
			return nil, err
		}
		switch {
		case !h.Masked, h.Rsv != 0:
			return nil, errProtocol
		case h.OpCode.IsControl():
			if err := c.control(r, h); err != nil {
				return nil, err
			}
			if first {
				return nil, nil
			}
			continue
		case first == (h.OpCode == ws.OpContinuation):
			return nil, errProtocol
		case h.Length > int64(c.gateway.MaxFrame)-int64(len(message)):
			return nil, errTooLarge
		}
		part := make([]byte, h.Length)
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, err
		}
		ws.Cipher(part, h.Mask, 0)
		if message = append(message, part...); h.Fin {
			return message, nil
		}
	}
}

// deadline is until when the client must send something.
func (c *conn) deadline() time.Time {
	next := time.Now().Add(silence)
	c.mu.Lock()
	defer c.mu.Unlock()
	if late := c.since.Add(loginTimeout); c.session == nil && late.Before(next) {
		return late
	}
	return next
}

// control answers a control frame.
func (c *conn) control(r io.Reader, h ws.Header) error {
	if h.Length > ws.MaxControlFramePayloadSize || !h.Fin {
		return errProtocol
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(r, payload); err != nil {
		return err
	}
	ws.Cipher(payload, h.Mask, 0)
	switch h.OpCode {
	case ws.OpPing:
		c.queue(ws.MustCompileFrame(ws.NewPongFrame(payload)))
	case ws.OpPong:
	case ws.OpClose:
		code, _ := ws.ParseCloseFrameData(payload)
		c.clean.Store(code != closeForReconnect && !c.ended()) // not an answer to ours
		return errClosed
	default:
		return fmt.Errorf("%w: opcode %d", errProtocol, h.OpCode)
	}
	return nil
}

// closeForReconnect is the code with which the SDK ends a connection in order to
// open another one.
const closeForReconnect = 4001

// bucket limits requests: so many a second, and a burst.
type bucket struct {
	rate, burst float64
	tokens      float64
	last        time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.rate == 0 {
		return true
	}
	if b.last.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+b.rate*now.Sub(b.last).Seconds())
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

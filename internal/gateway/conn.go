package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-im/parley/internal/chat"
)

// What one connection may hold and how long it may take.
const (
	// readBuffer holds the header of a frame and no more: a second system call for
	// each request is less than memory for each idle connection.
	readBuffer = 16
	// maxUnwritten bounds the answers that wait to be written, in bytes.
	maxUnwritten = 8 << 20
	// writeTimeout is how long a client may take, or half of that, to read what fits
	// into no buffer.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long a client may take for what it gets at the end.
	closeTimeout = time.Second
	// silence is how long a client may send nothing; a live one sends every 10 to
	// 13 seconds.
	silence = 60 * time.Second
	// messageTime is how long a message may take from its first byte to its last.
	messageTime = 30 * time.Second
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
	reasonEndless    reason = "a message did not end in time"
	reasonFlood      reason = "too many requests"
	reasonCrowded    reason = "too many large requests of all clients"
	reasonMoved      reason = "the session goes on at another node"
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
	case reasonFlood, reasonSlow, reasonSilent, reasonLoginLate, reasonEndless:
		return ws.StatusPolicyViolation
	case reasonCrowded:
		return statusTryAgain
	case reasonStopping:
		return ws.StatusGoingAway
	case reasonClient, reasonLost, reasonMoved, reasonReplaced, reasonWriteFault:
	}
	return ws.StatusNormalClosure
}

// statusTryAgain is the code of a server that has too much to do.
const statusTryAgain ws.StatusCode = 1013

// conn is one WebSocket connection.
type conn struct {
	gateway *Gateway
	net     net.Conn
	// out is net, or what it wraps: where frames are written.
	out io.Writer
	// early is what came together with the handshake.
	early    []byte
	app      *chat.App
	ip       string
	platform chat.Platform
	form     wireForm
	limit    bucket // belongs to the reader
	lanes    lanes
	// until is the deadline of writes; it belongs to the writer.
	until time.Time
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
	// over is set when nothing more is read.
	over bool
}

// use makes s the session of the connection; nil takes it away. It reports whether
// the connection is still there.
func (c *conn) use(s *session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.since = s, time.Now()
	return !c.over
}

// finish notes that nothing more will be read.
func (c *conn) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
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

// claim makes the caller the writer, who then calls flush, unless there is one.
func (c *conn) claim() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.writing {
		return false
	}
	c.writing = true
	return true
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
		batch, closing := c.fetch()
		if len(batch) == 0 {
			if closing {
				_ = c.net.Close() // nobody is left to hear of a failure
			}
			return
		}
		if err := c.send(batch, closing); err != nil {
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

// fetch returns what is to be written next. If there is nothing, the writer ends.
func (c *conn) fetch() (batch [][]byte, closing bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch, c.answers, c.unwritten = c.answers, nil, 0
	if c.session != nil && !c.closed {
		batch = c.session.unsent(c, writeBatch, batch)
	}
	c.writing = len(batch) > 0
	return batch, c.closed
}

// maxJoined is how many bytes of frames are joined so that they take one system
// call.
const maxJoined = 32 << 10

// joints are buffers for frames that are joined.
var joints = sync.Pool{New: func() any { return new([maxJoined]byte) }}

func (c *conn) send(batch [][]byte, closing bool) error {
	for len(batch) > 0 {
		if err := c.allow(closing); err != nil {
			return err
		}
		n, size := 1, len(batch[0])
		for n < len(batch) && size+len(batch[n]) <= maxJoined {
			size += len(batch[n])
			n++
		}
		if err := c.join(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}

// join writes frames at once.
func (c *conn) join(frames [][]byte) error {
	if len(frames) == 1 {
		_, err := c.out.Write(frames[0])
		return err
	}
	buffer := joints.Get().(*[maxJoined]byte) //nolint:forcetypeassert,errcheck // the pool holds nothing else
	defer joints.Put(buffer)
	text := buffer[:0]
	for _, f := range frames {
		text = append(text, f...)
	}
	_, err := c.out.Write(text)
	return err
}

// allow gives the client time to read what is written next. The deadline moves only
// now and then, since moving it costs as much as a tenth of a write.
func (c *conn) allow(closing bool) error {
	now := time.Now()
	switch {
	case closing:
		c.until = now.Add(closeTimeout)
	case c.until.Sub(now) < writeTimeout/2:
		c.until = now.Add(writeTimeout)
	default:
		return nil
	}
	return c.net.SetWriteDeadline(c.until)
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
	case reasonClient, reasonSilent, reasonProtocol, reasonTooLarge, reasonFlood, reasonMoved, reasonReplaced, reasonStopping,
		reasonLoginLate, reasonEndless, reasonCrowded:
		c.answers = append(c.answers, ws.MustCompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(why.closeCode(), string(why)))))
		_ = c.net.SetWriteDeadline(time.Now().Add(closeTimeout)) // for a write that is under way
		c.start()
	}
}

// read takes requests until the connection ends. Its stack lives as long as the
// connection, so what needs a large one runs on another.
func (c *conn) read() {
	from := io.Reader(c.net)
	if len(c.early) > 0 {
		from = io.MultiReader(bytes.NewReader(c.early), c.net)
	}
	r := bufio.NewReaderSize(from, readBuffer)
	for {
		text, err := c.next(r)
		if err != nil {
			c.close(c.explain(err))
			return
		}
		if text == nil {
			continue
		}
		if c.ended() {
			c.gateway.load.shrink(len(text), 0)
			return
		}
		taken := false
		var apart sync.WaitGroup
		apart.Go(func() { taken = c.take(text) })
		if apart.Wait(); !taken {
			c.close(reasonProtocol)
			return
		}
	}
}

// take takes a request, whose size counts until it is carried out, and reports
// whether it is one.
func (c *conn) take(text []byte) bool {
	p := packetIn{size: len(text)}
	if err := json.Unmarshal(text, &p); err != nil || p.Head.ServCmd == "" {
		c.gateway.load.shrink(p.size, 0)
		return false
	}
	c.gateway.receive(c, &p)
	return true
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
	errEndless  = errors.New("the message did not end")
	errFlood    = errors.New("too many frames")
	errCrowded  = errors.New("too many requests in memory")
	errProtocol = errors.New("not the protocol")
	errClosed   = errors.New("closed by the client")
)

func (c *conn) explain(err error) reason {
	switch {
	case errors.Is(err, errTooLarge):
		return reasonTooLarge
	case errors.Is(err, errProtocol), errors.Is(err, ws.ErrHeaderLengthMSB), errors.Is(err, ws.ErrHeaderLengthUnexpected):
		return reasonProtocol
	case errors.Is(err, errEndless):
		return reasonEndless
	case errors.Is(err, errFlood):
		return reasonFlood
	case errors.Is(err, errCrowded):
		return reasonCrowded
	case errors.Is(err, errClosed):
		return reasonClient
	case errors.Is(err, os.ErrDeadlineExceeded) && c.current() == nil:
		return reasonLoginLate
	case errors.Is(err, os.ErrDeadlineExceeded):
		return reasonSilent
	}
	return reasonLost
}

// next reads one message; nil is a control frame. Fragments are put together. Its
// size counts in the load.
func (c *conn) next(r *bufio.Reader) (message []byte, err error) {
	defer func() {
		if err != nil {
			c.gateway.load.shrink(len(message), 0)
		}
	}()
	if err := c.net.SetReadDeadline(c.deadline()); err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		h, err := ws.ReadHeader(r)
		if err != nil {
			return message, endless(err, first)
		}
		switch {
		case !c.limit.take(time.Now()): // control frames and fragments take time too
			return message, errFlood
		case !h.Masked, h.Rsv != 0:
			return message, errProtocol
		case h.OpCode.IsControl():
			if err := c.control(r, h); err != nil {
				return message, err
			}
			if first {
				return nil, nil
			}
			continue
		case first && h.OpCode != ws.OpText && h.OpCode != ws.OpBinary, !first && h.OpCode != ws.OpContinuation:
			return message, errProtocol
		case h.Length > int64(c.gateway.MaxFrame)-int64(len(message)):
			return message, errTooLarge
		}
		// A message has its own time, whatever its fragments.
		if first && (!h.Fin || h.Length > trusted) {
			if err := c.net.SetReadDeadline(time.Now().Add(messageTime)); err != nil {
				return message, err
			}
		}
		if message, err = c.readPart(r, h, message); err != nil {
			return message, endless(err, false)
		}
		switch {
		case !h.Fin:
		case len(message) == 0:
			return nil, errProtocol
		default:
			c.limit.spend(len(message) / trusted)
			return message, nil
		}
	}
}

// endless tells a message that takes too long from a client that sends nothing.
func endless(err error, first bool) error {
	if !first && errors.Is(err, os.ErrDeadlineExceeded) {
		return errEndless
	}
	return err
}

// trusted is how many bytes of a message get memory before they come.
const trusted = 16 << 10

// readPart adds to a message what a frame carries. Memory is taken as the bytes
// come, not as many as they are said to be.
func (c *conn) readPart(r io.Reader, h ws.Header, message []byte) ([]byte, error) {
	start, end := len(message), len(message)+int(h.Length)
	for len(message) < end {
		to := min(end, max(trusted, 2*len(message)))
		if !c.gateway.load.grow(len(message), to) {
			return message, errCrowded
		}
		message = slices.Grow(message, to-len(message))
		n, err := io.ReadFull(r, message[len(message):to])
		message = message[:len(message)+n]
		c.gateway.load.shrink(to, len(message))
		if err != nil {
			return message, err
		}
	}
	ws.Cipher(message[start:], h.Mask, 0)
	return message, nil
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
	case ws.OpContinuation, ws.OpText, ws.OpBinary: // no control frames
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

// spend counts n requests more, since a large one takes as much time as they.
func (b *bucket) spend(n int) {
	if b.rate > 0 {
		b.tokens -= float64(n)
	}
}

// give takes one back that the client was asked for.
func (b *bucket) give() { b.tokens = min(b.burst, b.tokens+1) }

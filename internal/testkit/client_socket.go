package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	// maxMessage is the size of the largest message that a Client takes, in
	// bytes.
	maxMessage = 16 << 20
	// maxReused is that of the largest buffer that is kept for the next message.
	maxReused = 64 << 10
	// readBuffer holds the frames of most messages, so that one takes one system
	// call.
	readBuffer = 1024
	// closePatience is how long the server may take to close a connection after
	// it was asked to.
	closePatience = 100 * time.Millisecond
)

// CloseError says that the server has closed the connection.
type CloseError struct {
	Code   int
	Reason string
}

// Error names code and reason.
func (e *CloseError) Error() string {
	return fmt.Sprintf("the server closed the connection: %d %s", e.Code, e.Reason)
}

// faultError is what the server may not do.
type faultError struct{ what string }

func (e *faultError) Error() string { return "the server sent " + e.what }

func fault(format string, args ...any) error {
	return &faultError{fmt.Sprintf(format, args...)}
}

// socket is one connection.
type socket struct {
	conn net.Conn
	in   *bufio.Reader
	// op is the kind of frames in both directions.
	op      ws.OpCode
	scratch [ws.MaxHeaderSize]byte
	// heard is when a frame came last.
	heard atomic.Int64
	// ended is closed when the connection has, for which cause is the reason.
	ended chan struct{}
	cause error

	writing sync.Mutex // held while a frame is written
}

// newSocket makes one of a connection of which early, if not nil, has been read.
func newSocket(conn net.Conn, early *bufio.Reader, text bool) *socket {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // thousands of closed connections must not use up the ports
	}
	var from io.Reader = conn
	if early != nil {
		begin, _ := early.Peek(early.Buffered()) // that many are there
		from = io.MultiReader(bytes.NewReader(bytes.Clone(begin)), conn)
		ws.PutReader(early)
	}
	s := &socket{conn: conn, in: bufio.NewReaderSize(from, readBuffer), op: ws.OpBinary, ended: make(chan struct{})}
	if text {
		s.op = ws.OpText
	}
	s.heard.Store(time.Now().UnixNano())
	return s
}

// buffers hold messages while they are read or written.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func borrow() *[]byte {
	buffer, _ := buffers.Get().(*[]byte) // there is nothing else
	*buffer = (*buffer)[:0]
	return buffer
}

func giveBack(buffer *[]byte) {
	if cap(*buffer) <= maxReused {
		buffers.Put(buffer)
	}
}

// next waits for a message and lets take have it.
func (s *socket) next(take func(message []byte) error) error {
	header, err := s.header(ws.StateClientSide)
	if err != nil {
		return err
	}
	if header.OpCode != s.op {
		return fault("a frame with op code %d where %d is spoken", header.OpCode, s.op)
	}
	message := borrow()
	defer giveBack(message)
	for {
		n := len(*message)
		if header.Length > int64(maxMessage-n) {
			return fault("a message of more than %d bytes", maxMessage)
		}
		*message = slices.Grow(*message, int(header.Length))[:n+int(header.Length)]
		if _, err := io.ReadFull(s.in, (*message)[n:]); err != nil {
			return err
		}
		if header.Fin {
			return take(*message)
		}
		if header, err = s.header(ws.StateClientSide.Set(ws.StateFragmented)); err != nil {
			return err
		}
	}
}

// header waits for the header of a frame of a message and answers those frames
// that control the connection.
func (s *socket) header(state ws.State) (ws.Header, error) {
	for {
		header, err := ws.ReadHeaderBuffer(s.in, s.scratch[:])
		if err != nil {
			return header, err
		}
		s.heard.Store(time.Now().UnixNano())
		if err := ws.CheckHeader(header, state); err != nil {
			return header, fault("a broken frame: %v", err)
		}
		if !header.OpCode.IsControl() {
			return header, nil
		}
		payload := make([]byte, header.Length)
		if _, err := io.ReadFull(s.in, payload); err != nil {
			return header, err
		}
		if header.OpCode == ws.OpClose {
			_ = s.write(ws.OpClose, payload) // the server may have gone
			code, reason := ws.ParseCloseFrameData(payload)
			return header, &CloseError{Code: int(code), Reason: reason}
		}
		if header.OpCode == ws.OpPing {
			_ = s.write(ws.OpPong, payload) // a lost connection shows at the next read
		}
	}
}

func (s *socket) write(op ws.OpCode, payload []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.writeLocked(op, payload)
}

// writeLocked writes a frame with one system call, while writing is held.
func (s *socket) writeLocked(op ws.OpCode, payload []byte) error {
	header := ws.Header{Fin: true, OpCode: op, Masked: true, Mask: ws.NewMask(), Length: int64(len(payload))}
	frame := borrow()
	defer giveBack(frame)
	out := bytes.NewBuffer(*frame)
	if err := ws.WriteHeader(out, header); err != nil {
		return err
	}
	n := out.Len()
	out.Write(payload)
	*frame = out.Bytes()
	ws.Cipher((*frame)[n:], header.Mask, 0)
	_, err := s.conn.Write(*frame)
	return err
}

// quiet is how long nothing has come.
func (s *socket) quiet() time.Duration {
	return time.Since(time.Unix(0, s.heard.Load()))
}

// hangUp closes the connection and returns when nothing of it comes any more.
func (s *socket) hangUp(code ws.StatusCode) {
	_ = s.write(ws.OpClose, ws.NewCloseFrameBody(code, "")) // it may be lost
	_ = s.conn.SetReadDeadline(time.Now().Add(closePatience))
	<-s.ended
}

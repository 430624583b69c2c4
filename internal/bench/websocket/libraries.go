package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	gorilla "github.com/gorilla/websocket"
	"github.com/lxzan/gws"
)

// peer is the server's side of a connection.
type peer struct {
	// send sends the frame. It is not called while serve answers.
	send func() error
	// serve answers each message with the frame until the connection ends.
	serve func()
}

// entry is a library in the shape in which an idle connection needs least.
type entry struct {
	name   string
	accept func(http.ResponseWriter, *http.Request) (peer, error)
}

var libraries = []entry{
	{"gobwas/ws", gobwas(false)},
	{"gobwas/ws with a 512 byte reader", gobwas(true)},
	{"lxzan/gws", acceptGWS},
	{"gorilla/websocket", acceptGorilla},
	{"coder/websocket", acceptCoder},
}

// payload is a group message with its envelope, about as long as most are.
var payload = bytes.Repeat([]byte("x"), 700)

// frame is payload as it travels, made once.
var frame = ws.MustCompileFrame(ws.NewBinaryFrame(payload))

// buffers are what messages are read into.
var buffers = sync.Pool{New: func() any { return new([1024]byte) }}

// read reads all of a message.
func read(message io.Reader) error {
	buffer, _ := buffers.Get().(*[1024]byte)
	defer buffers.Put(buffer)
	n, err := io.ReadFull(message, buffer[:])
	if n == len(buffer) {
		return io.ErrShortBuffer // no client of this program sends so much
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// answer returns a peer's serve, given what takes the next message.
func answer(next, send func() error) func() {
	return func() {
		for next() == nil && send() == nil {
		}
	}
}

// gobwas returns what accepts connections that are read directly, a system call
// for each part of a frame, or through a small buffer.
func gobwas(buffered bool) func(http.ResponseWriter, *http.Request) (peer, error) {
	return func(w http.ResponseWriter, r *http.Request) (peer, error) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return peer{}, err
		}
		send := func() error {
			_, err := conn.Write(frame)
			return err
		}
		from := io.Reader(conn)
		if buffered {
			from = bufio.NewReaderSize(conn, 512)
		}
		return peer{send, answer(func() error { return readGobwas(from) }, send)}, nil
	}
}

func readGobwas(from io.Reader) error {
	header, err := ws.ReadHeader(from)
	if err != nil {
		return err
	}
	buffer, _ := buffers.Get().(*[1024]byte)
	defer buffers.Put(buffer)
	if header.Length > int64(len(buffer)) {
		return io.ErrShortBuffer
	}
	message := buffer[:header.Length]
	_, err = io.ReadFull(from, message)
	ws.Cipher(message, header.Mask, 0)
	return err
}

// gwsHandler answers messages; lxzan/gws has one for all connections.
type gwsHandler struct{ gws.BuiltinEventHandler }

func (gwsHandler) OnMessage(conn *gws.Conn, message *gws.Message) {
	message.Close()
	_ = conn.WriteMessage(gws.OpcodeBinary, payload) // an error ends the reading
}

var gwsUpgrader = gws.NewUpgrader(gwsHandler{}, &gws.ServerOption{
	ReadBufferSize: 512, NewSession: func() gws.SessionStorage { return nil },
})

func acceptGWS(w http.ResponseWriter, r *http.Request) (peer, error) {
	conn, err := gwsUpgrader.Upgrade(w, r)
	if err != nil {
		return peer{}, err
	}
	send := func() error { return conn.WriteMessage(gws.OpcodeBinary, payload) } // its Broadcaster takes 2 µs more
	return peer{send, conn.ReadLoop}, nil
}

var gorillaUpgrader = gorilla.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024, WriteBufferPool: new(sync.Pool)}

func acceptGorilla(w http.ResponseWriter, r *http.Request) (peer, error) {
	conn, err := gorillaUpgrader.Upgrade(w, r, nil)
	if err != nil {
		return peer{}, err
	}
	send := func() error { return conn.WritePreparedMessage(prepared) }
	next := func() error {
		_, message, err := conn.NextReader()
		if err != nil {
			return err
		}
		return read(message)
	}
	return peer{send, answer(next, send)}, nil
}

var prepared, _ = gorilla.NewPreparedMessage(gorilla.BinaryMessage, payload) // only other types fail

func acceptCoder(w http.ResponseWriter, r *http.Request) (peer, error) {
	conn, err := coder.Accept(w, r, &coder.AcceptOptions{CompressionMode: coder.CompressionDisabled})
	if err != nil {
		return peer{}, err
	}
	ctx := context.Background()
	send := func() error { return conn.Write(ctx, coder.MessageBinary, payload) }
	next := func() error {
		_, message, err := conn.Reader(ctx)
		if err != nil {
			return err
		}
		return read(message)
	}
	return peer{send, answer(next, send)}, nil
}

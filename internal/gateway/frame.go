package gateway

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// compressFrom is the size of a message that is worth compressing, in bytes.
const compressFrom = 1 << 10

// compressedMark begins a message whose rest is compressed.
const compressedMark = "COMP"

// pushCommand is the servcmd of pushes.
const pushCommand = "im_open_push.msg_push"

// head is what the server takes from what clients say of a packet beside its body.
type head struct {
	ServCmd    string `json:"servcmd"`
	Seq        int64  `json:"seq"`
	Identifier string `json:"identifier"`
	UserSig    string `json:"usersig"`
	A2         string `json:"a2"`
	TinyID     string `json:"tinyid"`
}

// packetIn is one packet as a client sends it.
type packetIn struct {
	Head head            `json:"head"`
	Body json.RawMessage `json:"body"`
	// size is that of the whole message, in bytes.
	size int
}

// headOut is all that clients look at in the head of what they get.
type headOut struct {
	ServCmd string `json:"servcmd"`
	Seq     int64  `json:"seq"`
}

type packetOut struct {
	Head headOut `json:"head"`
	Body any     `json:"body"`
}

// pushBody is what a push carries. SessionData comes back in the acknowledgement.
type pushBody struct {
	EventArray  []json.RawMessage `json:"EventArray"`
	NeedAck     int               `json:"NeedAck,omitempty"`
	SessionData int64             `json:"SessionData,omitempty"`
}

// frame is one message to clients. It is made once and shared by all connections
// that get it; each form it is sent in is made when the first connection asks.
type frame struct {
	// id grows from push to push; 0 for answers.
	id int64
	// at is when the frame was made.
	at   time.Time
	json []byte

	plainOnce, textOnce, packedOnce sync.Once
	plain, text, packed             []byte
}

// newFrame encodes a packet.
func newFrame(h headOut, body any) (*frame, error) {
	b, err := encode(packetOut{Head: h, Body: body})
	if err != nil {
		return nil, err
	}
	return &frame{json: b}, nil
}

// encode is JSON without the escapes that are only for web pages.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// wire is the frame as it is sent on a connection, WebSocket header included.
func (f *frame) wire(form wireForm) []byte {
	switch {
	case form == formText:
		f.textOnce.Do(func() { f.text = ws.MustCompileFrame(ws.NewTextFrame(f.json)) })
		return f.text
	case form == formPacked && len(f.json) >= compressFrom:
		f.packedOnce.Do(func() { f.packed = ws.MustCompileFrame(ws.NewBinaryFrame(pack(f.json))) })
		return f.packed
	}
	f.plainOnce.Do(func() { f.plain = ws.MustCompileFrame(ws.NewBinaryFrame(f.json)) })
	return f.plain
}

// wireForm is how a connection wants its frames.
type wireForm int

const (
	formPlain wireForm = iota
	formText
	// formPacked compresses what is long enough.
	formPacked
)

var packers = sync.Pool{New: func() any { return zlib.NewWriter(nil) }}

// pack compresses a message.
func pack(text []byte) []byte {
	var b bytes.Buffer
	b.WriteString(compressedMark)
	w := packers.Get().(*zlib.Writer) //nolint:forcetypeassert,errcheck // the pool holds nothing else
	defer packers.Put(w)
	w.Reset(&b)
	_, _ = w.Write(text) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

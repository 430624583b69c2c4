package gateway

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// FuzzFrames: whatever comes on a connection, what is read of it stays within the
// limit, and reading ends.
func FuzzFrames(f *testing.F) {
	masked := func(op ws.OpCode, fin bool, p string) []byte {
		return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(p))))
	}
	f.Add(masked(ws.OpBinary, true, `{"head":{}}`))
	f.Add(bytes.Join([][]byte{masked(ws.OpText, false, "a"), masked(ws.OpPing, true, "p"), masked(ws.OpContinuation, true, "b")}, nil))
	f.Add(masked(ws.OpClose, true, string(ws.NewCloseFrameBody(ws.StatusNormalClosure, "bye"))))
	f.Add([]byte{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, sent []byte) {
		const most = 1 << 10
		client, server := net.Pipe()
		c := &conn{gateway: &Gateway{Options: Options{MaxFrame: most}}, net: server, out: server, since: time.Now()}
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			_, _ = io.Copy(io.Discard, client) // until the end
		}()
		go func() {
			_, _ = client.Write(sent) // the reader may end before
			_ = client.Close()
		}()
		r := bufio.NewReaderSize(server, readBuffer)
		for {
			text, err := c.next(r)
			if err != nil {
				break
			}
			if len(text) > most {
				t.Fatalf("a message of %d bytes", len(text))
			}
		}
		c.close(reasonLost)
		<-heard
	})
}

package gateway

import (
	"bufio"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
)

// TestEndlessMessage: fragments, pings and single bytes do not give a message more
// time than it has, and the reason is named.
func TestEndlessMessage(t *testing.T) {
	t.Parallel()
	fragment := ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpContinuation, false, []byte("x"))))
	for name, drip := range map[string][]byte{
		"fragments":       fragment,
		"empty fragments": ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpContinuation, false, nil))),
		"pongs between":   ws.MustCompileFrame(ws.MaskFrame(ws.NewPongFrame(nil))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				c := &conn{gateway: &Gateway{Options: Options{MaxFrame: 1 << 20}}, net: here, session: new(session)}
				var dripping sync.WaitGroup
				dripping.Go(func() {
					_, err := there.Write(ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(ws.OpBinary, false, []byte("{")))))
					for err == nil {
						time.Sleep(time.Second)
						_, err = there.Write(drip)
					}
				})
				began := time.Now()
				_, err := c.next(bufio.NewReaderSize(here, readBuffer))
				if why := c.explain(err); why != reasonEndless || time.Since(began) != messageTime {
					t.Errorf("ended after %v: %s (%v)", time.Since(began), why, err)
				}
				here.Close()
				dripping.Wait()
			})
		})
	}
}

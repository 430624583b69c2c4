package e2e_test

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

// drainTime is what a server may take to stop beyond the configured time: for
// deliveries that are under way, and for a machine that has other things to do.
const drainTime = 8 * time.Second

// TestShutdown stops servers while many send. Each stops in time and without
// complaint, and nothing that was acknowledged is lost.
func TestShutdown(t *testing.T) {
	seed := uint64(rand.Uint32())
	t.Logf("seed %d", seed)
	const timeout = 5 * time.Second
	w := newWorld(t, seed, "--shutdown-timeout", timeout.String())
	s := w.Start(t)
	w.furnish(t)
	w.weather.set(0.002)

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var senders sync.WaitGroup
	senders.Go(func() { w.send(ctx, t, seed, 16) })
	for range 3 {
		kept(t.Context(), 400*time.Millisecond)
		begin := time.Now()
		w.stop(t, s)
		if took := time.Since(begin); took > timeout+drainTime {
			t.Errorf("the server stopped after %s, want %s and a little", took, timeout)
		}
		s = w.Start(t)
	}
	cancel()
	senders.Wait()
	w.settle(t)
	w.verify(t)
	w.stop(t, s)
}

// held is a server with requests that cannot end before the receiver lets go.
type held struct {
	*testkit.Installation

	server   *testkit.Server
	receiver *testkit.Receiver
	rest     *api.Client
	// answers has what became of each request.
	answers chan error
}

const (
	heldGroup = "held"
	// heldRequests is how many are under way.
	heldRequests = 8
)

// hold starts a server and requests.
func hold(t *testing.T, args ...string) *held {
	t.Helper()
	h := &held{Installation: testkit.NewInstallation(t, program, args...), answers: make(chan error, heldRequests)}
	memory := new(testkit.Memory)
	memory.React(testkit.Hold)
	h.receiver = testkit.NewReceiver(t, memory.Arrived, nil)
	h.server = h.Start(t)
	h.rest = h.REST(t)
	url, timeout := h.receiver.URL(), client.Duration(10*time.Second)
	if _, err := h.Admin().UpdateWebhook(t.Context(), testkit.SDKAppID, client.WebhookChange{
		URL: &url, Timeout: &timeout, On: []string{string(callback.CommandGroupBeforeSendMsg)},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.rest.CreateGroup(t.Context(), &api.CreateGroupRequest{Type: "Public", GroupID: heldGroup, Name: "g"}); err != nil {
		t.Fatal(err)
	}
	for n := range heldRequests {
		go func() { h.answers <- h.send(t, uint32(n)) }()
	}
	memory.Await(t, callback.CommandGroupBeforeSendMsg, heldRequests)
	return h
}

func (h *held) send(t *testing.T, random uint32) error {
	t.Helper()
	body, err := api.NewMsgBody(api.TextElem{Text: "held"})
	if err != nil {
		return err
	}
	_, err = h.rest.SendGroupMsg(t.Context(), &api.SendGroupMsgRequest{GroupID: heldGroup, Random: &random, MsgBody: body})
	return err
}

// stored is how many messages the group has, on a new server.
func (h *held) stored(t *testing.T) int {
	t.Helper()
	s := h.Start(t)
	defer s.Stop(t)
	page, err := h.rest.GroupMsgGetSimple(t.Context(), &api.GroupMsgGetSimpleRequest{GroupID: heldGroup, ReqMsgNumber: 20})
	if err != nil {
		t.Fatal(err)
	}
	return len(page.RspMsgList)
}

func TestShutdownFinishesRequests(t *testing.T) {
	h := hold(t)
	h.server.Terminate()
	h.refusesConnections(t)
	h.receiver.Release()
	for range heldRequests {
		if err := <-h.answers; err != nil {
			t.Errorf("a request that was under way ended with %v, want success", err)
		}
	}
	if code := h.server.Wait(t); code != 0 {
		t.Errorf("the server stopped with exit code %d, want 0", code)
	}
	if got := h.stored(t); got != heldRequests {
		t.Errorf("%d messages are stored, want %d", got, heldRequests)
	}
}

// refusesConnections waits until the server takes no new requests.
func (h *held) refusesConnections(t *testing.T) {
	t.Helper()
	for begin := time.Now(); time.Since(begin) < testkit.Patience; kept(t.Context(), time.Millisecond) {
		c, err := net.Dial("tcp", h.Addr)
		if err != nil {
			return
		}
		c.Close()
	}
	t.Error("a server that stops still takes requests")
}

func TestShutdownBreaksOffRequests(t *testing.T) {
	h := hold(t, "--shutdown-timeout", "300ms")
	begin := time.Now()
	h.server.Stop(t)
	if took := time.Since(begin); took > drainTime {
		t.Errorf("the server stopped after %s, want little more than the configured time", took)
	}
	for range heldRequests {
		if err := <-h.answers; err == nil {
			t.Error("a request succeeded, want it broken off")
		}
	}
	if got := h.stored(t); got != 0 {
		t.Errorf("%d messages are stored, want none", got)
	}
}

func TestSecondSignalKills(t *testing.T) {
	h := hold(t)
	h.server.Terminate()
	h.refusesConnections(t)
	// One that comes at once is not meant as another; later ones are.
	time.Sleep(1500 * time.Millisecond)
	h.server.Terminate()
	begin := time.Now()
	if code := h.server.Wait(t); code != -1 {
		t.Errorf("the server stopped with exit code %d, want death by a signal", code)
	}
	if took := time.Since(begin); took > drainTime {
		t.Errorf("the server stopped after %s, want at once", took)
	}
	if got := h.stored(t); got != 0 {
		t.Errorf("%d messages are stored, want none", got)
	}
}

// TestStopWhileStarting tells servers to stop that have only begun to start. They
// do so without complaint, if they hear it at all.
func TestStopWhileStarting(t *testing.T) {
	for n := range 8 {
		i := testkit.NewInstallation(t, program)
		s := i.Launch(t)
		kept(t.Context(), time.Duration(n*8)*time.Millisecond)
		s.Terminate()
		if code := s.Wait(t); code != 0 && code != -1 {
			t.Errorf("after %d ms the server stopped with exit code %d, want 0, or death by the signal\n%s", n*8, code, s.Log())
		}
		i.Start(t).Stop(t)
	}
}

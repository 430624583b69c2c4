//go:build linux

package e2e_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

// TestDiskFull lets the disk become full under load. Nobody is told of success
// then, nothing that was acknowledged is lost, and as soon as there is room the
// server goes on as before.
func TestDiskFull(t *testing.T) {
	for _, kind := range []struct {
		name string
		disk func(t *testing.T, dir string) disk
	}{
		{"small file system", mountSmallDisk},
		{"limit of file sizes", func(_ *testing.T, dir string) disk { return fileLimit{dir} }},
	} {
		t.Run(kind.name, func(t *testing.T) {
			w := newWorld(t, 1)
			f := full{world: w, disk: kind.disk(t, w.Data)}
			s := w.Start(t)
			w.furnish(t)
			c := testkit.NewClient(t, w.ClientOptions(t, "reader"))
			if err := errors.Join(c.Dial(t.Context()), c.Login(t.Context())); err != nil {
				t.Fatal(err)
			}
			f.shrink(t, s)

			f.fill(t)
			f.refuses(t)
			f.keeps(t, c)
			w.kill(s)

			s = w.Start(t)
			f.shrink(t, s)
			f.fill(t)
			f.refuses(t)
			w.stop(t, s)

			s = w.Start(t)
			f.shrink(t, s)
			f.fill(t)
			f.refuses(t)

			f.grow(t, s)
			f.fits(t)
			w.settle(t)
			w.verify(t)
			w.stop(t, s)

			s = w.Start(t)
			w.settle(t)
			w.verify(t)
			w.stop(t, s)
			w.integrity(t)
		})
	}
}

// full is a world whose disk becomes full.
type full struct {
	*world
	disk
}

// The codes of internal errors, which a full disk is to a sender.
const (
	groupInternal    = 10002
	officialInternal = 20005
)

// fill sends until the disk is full.
func (f full) fill(t *testing.T) {
	t.Helper()
	var senders sync.WaitGroup
	first := f.nextSender()
	for n := range 8 {
		s := &sender{world: f.world, number: first + n, rng: newRand(uint64(len(f.ledger.taken)), uint64(n)), most: 10_000, plain: true}
		senders.Go(func() {
			for range 10_000 {
				if !f.try(t, s) {
					return
				}
			}
			t.Error("the disk does not become full")
		})
	}
	senders.Wait()
}

// nextSender is the number of a sender whose texts nobody has sent yet: each
// time, some of them are refused.
func (f full) nextSender() int { return 1000 + 10*len(f.ledger.refused) }

// try sends a message and reports whether it was taken. If not, it must be
// because the disk is full.
func (f full) try(t *testing.T, s *sender) bool {
	t.Helper()
	m := s.next()
	answer, err := s.call(t.Context(), m)
	refusal, ok := errors.AsType[*api.Error](err)
	if ok {
		s.ledger.refuse(m.text, refused{conversation: m.conversation(), code: refusal.Code, info: refusal.Info, unsure: true})
	}
	switch {
	case err == nil:
		s.note(t, m, answer, nil)
		return true
	case !ok:
		t.Errorf("a send to the full disk was not answered: %v", err)
	case refusal.Code != groupInternal && refusal.Code != officialInternal, !strings.Contains(refusal.Info, "disk is full"):
		t.Errorf("a send to the full disk was answered with %v, want code %d or %d and a text about the disk", refusal, groupInternal, officialInternal)
	}
	return false
}

// refuses holds that the server goes on reading and refusing while its disk is
// full.
func (f full) refuses(t *testing.T) {
	t.Helper()
	s := &sender{world: f.world, number: f.nextSender(), rng: newRand(1, 1), most: 10_000, plain: true}
	for range 20 {
		f.try(t, s)
	}
	for n := range worldGroups {
		if got, want := len(f.history(t, groupID(n))), len(f.ledger.sent[groupName(groupID(n))]); got != want {
			t.Errorf("%s has %d messages, and %d were acknowledged", groupID(n), got, want)
		}
	}
	m := s.next()
	m.group, m.official, m.from = groupID(0), "", muted
	_, err := s.call(t.Context(), m)
	if refusal, ok := errors.AsType[*api.Error](err); !ok || refusal.Code != mutedCode {
		t.Errorf("a muted member was answered with %v, want code %d", err, mutedCode)
	} else {
		s.ledger.refuse(m.text, refused{conversation: m.conversation(), code: refusal.Code, info: refusal.Info, unsure: true})
	}
	if !isReady(t.Context(), f.URL()) {
		t.Error("the server is not ready")
	}
	f.refusesOperator(t)
}

// refusesOperator holds that an operator is told, too.
func (f full) refusesOperator(t *testing.T) {
	t.Helper()
	if _, err := f.Admin().GetStatus(t.Context(), testkit.SDKAppID); err != nil {
		t.Errorf("how deliveries stand: %v", err)
	}
	var err error
	for n := 0; n < 100 && err == nil; n++ { // a small change may fit
		_, err = f.Admin().UpdateApp(t.Context(), testkit.SDKAppID, client.AppChange{MaxWebInstances: new(n + 1)})
	}
	refusal, ok := errors.AsType[*client.Error](err)
	if !ok || refusal.Status != http.StatusInsufficientStorage || !strings.Contains(refusal.Text, "disk is full") {
		t.Errorf("changes of the app were answered with %v, want HTTP %d and a text about the disk", err, http.StatusInsufficientStorage)
	}
}

// keeps holds that a client that is logged in can come back while the disk is full,
// and that those who log in anew are told why they cannot.
func (f full) keeps(t *testing.T, c *testkit.Client) {
	t.Helper()
	for range 3 {
		c.Cut()
		if err := errors.Join(c.Reconnect(t.Context()), c.Call(t.Context(), "im_open_status.wshello", nil, nil)); err != nil {
			t.Errorf("the return of a client: %v", err)
		}
	}
	var err error
	for n := 0; n < 100 && err == nil; n++ { // a few may fit
		stranger := testkit.NewClient(t, f.ClientOptions(t, fmt.Sprint("stranger", n)))
		err = errors.Join(stranger.Dial(t.Context()), stranger.Login(t.Context()))
	}
	refusal, ok := errors.AsType[*testkit.AnswerError](err)
	if !ok || refusal.Code != groupInternal || !strings.Contains(refusal.Info, "disk is full") {
		t.Errorf("logins were answered with %v, want code %d and a text about the disk", err, groupInternal)
	}
}

// fits holds that there is room again, at once and for everybody.
func (f full) fits(t *testing.T) {
	t.Helper()
	s := &sender{world: f.world, number: 3000, rng: newRand(1, 1), most: 10_000, plain: true}
	for range 200 {
		if m := s.next(); !t.Failed() {
			s.deliver(t, m)
		}
	}
}

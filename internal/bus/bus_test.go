package bus_test

import (
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/testkit"
)

// node is a bus with a listener whose messages and misses come through channels.
type node struct {
	bus      *bus.Bus
	listener *bus.Listener
	heard    chan string
	missed   chan time.Time
	log      *logged
}

// logged is what a node has logged.
type logged struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// wait waits until something has been logged.
func (l *logged) wait(t *testing.T, what string) {
	t.Helper()
	for deadline := time.Now().Add(testkit.Patience); !strings.Contains(l.String(), what); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q is not in the log:\n%s", what, l)
		}
	}
}

func dial(t *testing.T, url, installation string) *node {
	t.Helper()
	log := new(logged)
	b, err := bus.Dial(bus.Options{URL: url, Installation: installation, Node: t.Name(), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	n := &node{bus: b, heard: make(chan string, 1000), missed: make(chan time.Time, 1000), log: log}
	n.listener = b.Listen(func(subject string, data []byte) { n.heard <- subject + "=" + string(data) }, func(since time.Time) { n.missed <- since })
	t.Cleanup(n.listener.Close)
	return n
}

func (n *node) add(t *testing.T, subject string) {
	t.Helper()
	if err := n.listener.Add(subject); err != nil {
		t.Fatal(err)
	}
	if err := n.listener.Flush(testkit.Patience); err != nil {
		t.Fatal(err)
	}
}

func (n *node) hear(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-n.heard:
		if got != want {
			t.Fatalf("heard %q, want %q", got, want)
		}
	case <-time.After(testkit.Patience):
		t.Fatalf("did not hear %q", want)
	}
}

// say publishes until the other node hears it: how long servers take to tell each
// other of subjects is not known.
func say(t *testing.T, from, to *node, subject, data string) {
	t.Helper()
	deadline := time.After(testkit.Patience)
	for {
		from.bus.Publish(subject, []byte(data))
		select {
		case got := <-to.heard:
			if got != subject+"="+data {
				continue // of an earlier call
			}
			return
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%s was not heard", subject)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	servers := testkit.StartNATS(t, 3)
	servers.WaitFormed(t)
	a, b := dial(t, servers.ServerURL(0), "one"), dial(t, servers.ServerURL(2), "one")
	other := dial(t, servers.ServerURL(1), "two")
	for _, n := range []*node{a, b, other} {
		n.add(t, "group.g")
	}
	say(t, a, b, "group.g", "first")
	for i := range 500 {
		a.bus.Publish("group.g", []byte(strconv.Itoa(i)))
	}
	for got := range b.heard {
		if got == "group.g=first" {
			continue // said more than once
		}
		if got != "group.g=0" {
			t.Fatalf("heard %q, want the first of many", got)
		}
		break
	}
	for i := 1; i < 500; i++ {
		b.hear(t, "group.g="+strconv.Itoa(i))
	}
	b.listener.Remove("group.g")
	b.add(t, "group.h")
	a.bus.Publish("group.g", []byte("not heard"))
	say(t, a, b, "group.h", "heard")
	if len(a.heard) > 0 || len(other.heard) > 0 {
		t.Errorf("the publisher heard %d of its own messages, another installation %d", len(a.heard), len(other.heard))
	}
}

// TestOutage: who was cut off is told that he may have missed something, and since
// when, and hears again.
func TestOutage(t *testing.T) {
	t.Parallel()
	servers := testkit.StartNATS(t, 1)
	a, b := dial(t, servers.URL(), "one"), dial(t, servers.URL(), "one")
	b.add(t, "group.g")
	say(t, a, b, "group.g", "before")
	servers.Stop(0)
	b.log.wait(t, "NATS cannot be reached")
	if b.bus.Connected() {
		t.Error("it counts as connected")
	}
	noticed := time.Now()
	a.bus.Publish("group.g", []byte("lost"))
	for len(b.missed) > 0 {
		<-b.missed
	}
	servers.Start(t, 0)
	select {
	case since := <-b.missed:
		if since.After(noticed) {
			t.Errorf("what is missing counts from %s after the outage was noticed", since.Sub(noticed))
		}
	case <-time.After(testkit.Patience):
		t.Fatal("the listener is not told that it missed something")
	}
	say(t, a, b, "group.g", "after")
}

// TestStuckListener: a listener that is stuck while more comes than waits for it hears
// what waited, is told behind it that he missed something, and since when, and then
// hears again; what came to others of his node meanwhile is not lost.
func TestStuckListener(t *testing.T) {
	t.Parallel()
	const many = 3 * bus.ListenerQueue // those that a listener has taken wait as well
	servers := testkit.StartNATS(t, 1)
	from, to := dial(t, servers.URL(), "one"), dial(t, servers.URL(), "one")
	// Of which the first is what a listener hears, and -1 that he missed something.
	numbers, holdUp := make(chan int, 2*many), make(chan struct{})
	since := make(chan time.Time, many)
	stuck := to.bus.Listen(func(_ string, data []byte) {
		<-holdUp
		n, _ := strconv.Atoi(string(data))
		numbers <- n
	}, func(at time.Time) {
		numbers <- -1
		since <- at
	})
	t.Cleanup(stuck.Close)
	if err := stuck.Add("many"); err != nil {
		t.Fatal(err)
	}
	to.add(t, "end")
	say(t, from, to, "end", "begin")
	for i := range many {
		from.bus.Publish("many", []byte(strconv.Itoa(i)))
		if i%1024 != 0 && i < many-1 {
			continue
		}
		// Not faster than the client takes it in.
		end := strconv.Itoa(i)
		from.bus.Publish("end", []byte(end))
		for <-to.heard != "end="+end {
		}
	}
	released := time.Now()
	close(holdUp)
	heard, misses, missed := -1, 0, false
	for deadline := time.After(testkit.Patience); heard < many; {
		select {
		case n := <-numbers:
			if n < 0 {
				misses, missed = misses+1, true
				continue
			}
			if n != heard+1 && (n <= heard || !missed) {
				t.Fatalf("heard %d after %d without a word between", n, heard)
			}
			heard, missed = n, false
		case <-time.After(20 * time.Millisecond): // until one comes that is not dropped
			from.bus.Publish("many", []byte(strconv.Itoa(many)))
		case <-deadline:
			t.Fatalf("%d of %d was the last that was heard", heard, many)
		}
	}
	if misses == 0 {
		t.Fatal("nothing came too much")
	}
	if first := <-since; first.After(released) {
		t.Errorf("what is missing counts from %s after the listener went on", first.Sub(released))
	}
}

// TestLargeMessages: what waits for a listener that is stuck is bounded in bytes too.
func TestLargeMessages(t *testing.T) {
	t.Parallel()
	const size, many = 512 << 10, 400
	servers := testkit.StartNATS(t, 1)
	from, to := dial(t, servers.URL(), "one"), dial(t, servers.URL(), "one")
	holdUp, heard := make(chan struct{}), make(chan bool, 2*many) // false is that something is missing
	stuck := to.bus.Listen(func(string, []byte) {
		<-holdUp
		heard <- true
	}, func(time.Time) { heard <- false })
	t.Cleanup(stuck.Close)
	if err := stuck.Add("large"); err != nil {
		t.Fatal(err)
	}
	to.add(t, "end")
	say(t, from, to, "end", "begin")
	for i := range many {
		from.bus.Publish("large", make([]byte, size))
		say(t, from, to, "end", strconv.Itoa(i))
	}
	close(holdUp)
	n := 0
	for deadline := time.After(testkit.Patience); ; {
		select {
		case message := <-heard:
			if message {
				n++
			} else if n > 0 {
				return
			}
		case <-deadline:
			t.Fatalf("%d messages of %d were heard and none is missing", n, many)
		}
	}
}

// TestRefused: a server that refuses the password, however often, is taken again when
// it accepts it. The log says why, and not with which password.
func TestRefused(t *testing.T) {
	t.Parallel()
	const url = "nats://parley:right-password@"
	servers := testkit.StartNATS(t, 1)
	address := url + strings.TrimPrefix(servers.ServerURL(0), "nats://")
	before := dial(t, address, "one")
	servers.Stop(0)
	servers.Protect("other-password")
	servers.Start(t, 0)

	log := new(logged)
	after, err := bus.Dial(bus.Options{URL: address, Installation: "one", Node: t.Name(), Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(after.Close)
	if log.wait(t, "authorization violation"); strings.Contains(log.String(), "right-password") {
		t.Errorf("the log says %q", log)
	}
	time.Sleep(2 * time.Second) // for some tries more
	servers.Stop(0)
	servers.Protect("right-password")
	servers.Start(t, 0)
	deadline := time.Now().Add(testkit.Patience)
	for !before.bus.Connected() || !after.Connected() {
		if time.Now().After(deadline) {
			t.Fatalf("connected: %v and %v", before.bus.Connected(), after.Connected())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAlone(t *testing.T) {
	t.Parallel()
	var b *bus.Bus
	l := b.Listen(func(string, []byte) { t.Error("heard something") }, func(time.Time) { t.Error("missed something") })
	if err := l.Add("group.g"); err != nil {
		t.Error(err)
	}
	b.Publish("group.g", nil)
	l.Remove("group.g")
	if err := l.Flush(time.Second); err != nil || !b.Connected() {
		t.Errorf("flush: %v; connected: %v", err, b.Connected())
	}
	l.Close()
	b.Close()
}

func TestWrongAddress(t *testing.T) {
	t.Parallel()
	if _, err := bus.Dial(bus.Options{URL: "nats://a:secret@[", Installation: "one", Log: slog.New(slog.DiscardHandler)}); err == nil || err.Error() != "the address of NATS is no URL like nats://user:password@host:4222" {
		t.Errorf("got %v, want an error that hides the address", err)
	}
}

//go:build linux

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/testkit"
)

// The benchmarks of this file drive the built server with clients. They are small
// unless PARLEY_BENCH_CLIENTS says how many clients there are; make bench-clients
// runs them at full size. PARLEY_BENCH_SECONDS is for how long clients idle and
// talk.

// benchClients is the number of clients, and how long things last.
func benchClients(b *testing.B, standard int) (n int, span time.Duration) {
	b.Helper()
	return number(b, "PARLEY_BENCH_CLIENTS", standard), time.Duration(number(b, "PARLEY_BENCH_SECONDS", 1)) * time.Second
}

// BenchmarkIdleClients measures what memory a server takes for clients that are
// logged in and only send heartbeats.
func BenchmarkIdleClients(b *testing.B) {
	n, span := benchClients(b, 200)
	for _, kind := range []struct {
		name string
		// size is that of the groups, 0 if there are none.
		size int
	}{{"alone", 0}, {"in groups of 100", 100}} {
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				idle(b, n, kind.size, span)
			}
		})
	}
}

func idle(b *testing.B, n, size int, span time.Duration) {
	b.Helper()
	c := newCrowd(b)
	c.register(b, n)
	if size > 0 {
		ids := userIDs(n)
		each(b, (n+size-1)/size, func(page int) error {
			return c.group(b.Context(), "Public", groupID(page), ids[page*size:min(n, (page+1)*size)])
		})
	}
	before := c.server.RSS(b)
	c.enter(b, n, func(_ int, o *testkit.ClientOptions) { o.Heartbeat = 10 * time.Second })
	entered := c.server.RSS(b)
	time.Sleep(span)
	kib := func(rss int) float64 { return float64(rss-before) / float64(n) / 1024 }
	b.ReportMetric(kib(c.server.RSS(b)), "KiB/client")
	b.ReportMetric(kib(entered), "KiB/client-at-once")
	b.ReportMetric(0, "ns/op")
	c.leave(b)
}

// BenchmarkGroupFanout sends messages to a group whose members are all connected,
// and the same bytes to as many connections of a bare server.
func BenchmarkGroupFanout(b *testing.B) {
	n, _ := benchClients(b, 50)
	c := newCrowd(b)
	c.register(b, n+1)
	if err := c.group(b.Context(), "Public", "crowd", userIDs(n+1)); err != nil {
		b.Fatal(err)
	}
	f := &fanout{n: n, complete: make(chan struct{}, 64)}
	c.enter(b, n, func(_ int, o *testkit.ClientOptions) { o.OnPush = f.push })
	speaker := c.arrive(b, n, nil)
	if err := speaker.Dial(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := speaker.Login(b.Context()); err != nil {
		b.Fatal(err)
	}
	var said atomic.Int64
	say := func() error {
		_, err := sendToGroup(b.Context(), speaker, groupMessage{GroupID: "crowd", Random: uint32(said.Add(1)), Text: stamped()})
		return err
	}
	if err := say(); err != nil {
		b.Fatal(err)
	}
	<-f.complete

	bare := newBroadcaster(b, bytes.Replace(*f.sample.Load(), []byte(`"NeedAck":1`), []byte(`"NeedAck":0`), 1))
	listeners := make([]*testkit.Client, n)
	each(b, n, func(i int) error {
		listeners[i] = testkit.NewClient(b, testkit.ClientOptions{URL: "ws://" + bare.addr, OnPush: f.push})
		return listeners[i].Dial(b.Context())
	})
	rates := make(map[int]float64)
	for _, window := range []int{1, 16} {
		b.Run(fmt.Sprintf("bare/%d under way", window), func(b *testing.B) {
			rates[window] = f.run(b, window, bare.cmd.Process.Pid, bare.send)
		})
		b.Run(fmt.Sprintf("parley/%d under way", window), func(b *testing.B) {
			rate := f.run(b, window, c.server.PID(), say)
			b.ReportMetric(100*rate/rates[window], "%-of-bare")
		})
	}
	each(b, n, func(i int) error {
		listeners[i].Close()
		return nil
	})
	bare.end(b)
	speaker.Close()
	c.leave(b)
}

// fanout counts frames that come to n clients.
type fanout struct {
	n       int
	sample  atomic.Pointer[[]byte]
	arrived atomic.Int64
	// complete gets something each time that all clients have one more.
	complete chan struct{}
}

func (f *fanout) push(frame []byte) {
	said := bytes.Count(frame, stampMark)
	if said > 0 && f.sample.Load() == nil {
		f.sample.Store(new(bytes.Clone(frame)))
	}
	for range said {
		if f.arrived.Add(1)%int64(f.n) == 0 {
			f.complete <- struct{}{}
		}
	}
}

// run sends messages, of which a window may be under way, and returns how many
// frames arrive in a second.
func (f *fanout) run(b *testing.B, window, pid int, send func() error) float64 {
	b.Helper()
	free := make(chan struct{}, window)
	for range window {
		free <- struct{}{}
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case <-f.complete:
				free <- struct{}{}
			case <-ended:
				return
			}
		}
	}()
	var sends sync.WaitGroup
	frames, before, begin := 0, processorTime(b, pid), time.Now()
	for b.Loop() {
		frames += f.n
		<-free
		sends.Go(func() {
			if err := send(); err != nil {
				b.Error(err)
			}
		})
	}
	for range window {
		<-free
	}
	sends.Wait()
	took, used := time.Since(begin), processorTime(b, pid)-before
	rate := float64(frames) / took.Seconds()
	b.ReportMetric(rate, "frames/s")
	b.ReportMetric(perFrame(used, frames), "server-µs/frame")
	return rate
}

func perFrame(used time.Duration, frames int) float64 {
	return float64(used.Microseconds()) / float64(frames)
}

// BenchmarkChatRoom has somebody talk 20 times a second in an AVChatRoom whose
// members are all connected.
func BenchmarkChatRoom(b *testing.B) {
	n, span := benchClients(b, 100)
	for b.Loop() {
		talk(b, n, span)
	}
	b.ReportMetric(0, "ns/op")
}

// talkEvery is the time between two messages.
const talkEvery = 50 * time.Millisecond

func talk(b *testing.B, n int, span time.Duration) {
	b.Helper()
	c := newCrowd(b)
	c.register(b, n+1)
	if err := c.group(b.Context(), "AVChatRoom", "room", nil); err != nil {
		b.Fatal(err)
	}
	heard := make([]atomic.Int64, n+1)
	delays := new(delays)
	var pushes atomic.Int64
	// Each is cut off when he is in, or what all are told of each other's coming would
	// take longer than what follows.
	c.enter(b, n+1, func(i int, o *testkit.ClientOptions) {
		o.OnPush = func(frame []byte) {
			pushes.Add(1)
			heard[i].Add(delays.stamped(frame))
		}
	})
	each(b, n+1, func(i int) error {
		err := c.clients[i].Call(b.Context(), "group_open_http_svc.apply_join_group", map[string]string{"GroupId": "room"}, nil)
		c.clients[i].Cut()
		return err
	})
	each(b, n+1, func(i int) error { return c.clients[i].Reconnect(b.Context()) })
	for last := int64(-1); pushes.Load() != last; time.Sleep(time.Second / 2) {
		last = pushes.Load() // of who came meanwhile
	}
	speaker := c.clients[n]

	var sends sync.WaitGroup
	said := 0
	before, own, begin := c.used(b), ownTime(b), time.Now()
	tick := time.NewTicker(talkEvery)
	for ; time.Since(begin) < span; <-tick.C {
		said++
		m := groupMessage{GroupID: "room", Random: uint32(said), Text: stamped()}
		sends.Go(func() {
			if _, err := sendToGroup(b.Context(), speaker, m); err != nil {
				b.Error(err)
			}
		})
	}
	tick.Stop()
	sends.Wait()
	for limit := time.Now().Add(testkit.Patience); delays.count.Load() < int64(said*n) && time.Now().Before(limit); {
		time.Sleep(time.Millisecond)
	}
	took, used := time.Since(begin), c.used(b)-before
	starved := 0
	for i := range n {
		if got := heard[i].Load(); got != int64(said) {
			starved++
			b.Errorf("%s got %d messages, want %d", userID(i), got, said)
		}
	}
	frames := said * n
	b.ReportMetric(float64(frames)/took.Seconds(), "frames/s")
	b.ReportMetric(perFrame(used, frames), "server-µs/frame")
	b.ReportMetric(perFrame(ownTime(b)-own, frames), "clients-µs/frame")
	b.ReportMetric(milliseconds(delays.quantile(0.5)), "p50-ms")
	b.ReportMetric(milliseconds(delays.quantile(0.99)), "p99-ms")
	b.ReportMetric(milliseconds(delays.quantile(1)), "max-ms")
	b.ReportMetric(megabytes(c.server.RSS(b)), "MiB")
	c.leave(b)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// ownTime is the processor time of this process.
func ownTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// stampMark begins the time in a text that says when it was sent.
var stampMark = []byte("sent at ")

// stamped is a text that says when it was sent, as long as many messages are.
func stamped() string {
	return fmt.Sprintf("%s%d, %s", stampMark, time.Now().UnixNano(), strings.Repeat("and so on ", 10))
}

// delays counts how long frames were under way.
type delays struct {
	count atomic.Int64
	steps [60_000]atomic.Int64
}

const delayStep = time.Millisecond / 2

// stamped takes note of the texts in a frame and returns how many there are.
func (d *delays) stamped(frame []byte) (n int64) {
	const digits = 19
	now := time.Now().UnixNano()
	for {
		at := bytes.Index(frame, stampMark)
		if at < 0 || len(frame) < at+len(stampMark)+digits {
			d.count.Add(n)
			return n
		}
		frame = frame[at+len(stampMark):]
		sent, err := strconv.ParseInt(string(frame[:digits]), 10, 64)
		if err != nil {
			continue
		}
		n++
		d.steps[min(max(0, (now-sent)/int64(delayStep)), int64(len(d.steps)-1))].Add(1)
	}
}

// quantile is the time within which a part of the frames arrived.
func (d *delays) quantile(part float64) time.Duration {
	wanted := int64(part * float64(d.count.Load()))
	for i := range d.steps {
		if wanted -= d.steps[i].Load(); wanted <= 0 {
			return time.Duration(i+1) * delayStep
		}
	}
	return time.Duration(len(d.steps)) * delayStep
}

// BenchmarkLoginStorm lets clients that are in a few groups and have talked with
// others log in at the same time, and again after all of them were cut off.
func BenchmarkLoginStorm(b *testing.B) {
	n, _ := benchClients(b, 50)
	for b.Loop() {
		storm(b, n)
	}
	b.ReportMetric(0, "ns/op")
}

// What those who log in find.
const (
	stormGroups = 5
	stormPeers  = 3
)

func storm(b *testing.B, n int) {
	b.Helper()
	c := newCrowd(b)
	c.register(b, n)
	ids := userIDs(n)
	const size = 200
	each(b, stormGroups*((n+size-1)/size), func(page int) error {
		var members []string
		for i := range min(n, size) {
			members = append(members, ids[(page/stormGroups*size+i*(page%stormGroups+1))%n])
		}
		id := groupID(page)
		if err := c.group(b.Context(), "Public", id, unique(members)); err != nil {
			return err
		}
		body, err := api.NewMsgBody(api.TextElem{Text: "welcome"})
		if err != nil {
			return err
		}
		_, err = c.rest.SendGroupMsg(b.Context(), &api.SendGroupMsgRequest{GroupID: id, Random: new(uint32(page)), MsgBody: body})
		return err
	})
	c.enter(b, n, func(int, *testkit.ClientOptions) {})
	each(b, n, func(i int) error {
		for k := range stormPeers {
			if _, err := sendToUser(b.Context(), c.clients[i], pairMessage{To: ids[(i+k+1)%n], Seq: int64(k + 1), Random: uint32(i*stormPeers + k), Text: "hello"}); err != nil {
				return err
			}
		}
		err := c.clients[i].Logout(b.Context())
		c.clients[i].Close()
		return err
	})

	first := make([]*testkit.Client, n)
	for i := range first {
		first[i] = c.arrive(b, i, nil)
	}
	c.clients = first
	c.all(b, "first", func(client *testkit.Client) error {
		if err := client.Dial(b.Context()); err != nil {
			return err
		}
		return client.Login(b.Context())
	})
	each(b, n, func(i int) error {
		c.clients[i].Cut()
		return nil
	})
	c.all(b, "again", func(client *testkit.Client) error { return client.Reconnect(b.Context()) })
	c.leave(b)
}

func unique(ids []string) []string {
	seen := make(map[string]bool)
	var list []string
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			list = append(list, id)
		}
	}
	return list
}

// all lets all clients enter at the same time, each of which then reads what the
// SDK reads at once after a login.
func (c *crowd) all(b *testing.B, name string, enter func(*testkit.Client) error) {
	b.Helper()
	delays := make([]time.Duration, len(c.clients))
	before, begin := c.used(b), time.Now()
	atOnce(b, len(c.clients), len(c.clients), func(i int) error {
		if err := enter(c.clients[i]); err != nil {
			return err
		}
		err := readAll(b.Context(), c.clients[i], userID(i))
		delays[i] = time.Since(begin)
		return err
	})
	took, used := time.Since(begin), c.used(b)-before
	n := float64(len(c.clients))
	b.ReportMetric(took.Seconds(), name+"-s")
	b.ReportMetric(n/took.Seconds(), name+"-logins/s")
	b.ReportMetric(milliseconds(used)/n, name+"-server-ms/login")
}

// readAll makes the requests that follow a login, without waiting between them.
func readAll(ctx context.Context, client *testkit.Client, id string) error {
	type members = map[string]any
	requests := []struct {
		servcmd string
		body    members
		// ended is part of a complete answer.
		ended string
	}{
		{"profile.portrait_get_all", members{"From_Account": id, "UserItem": []members{{"To_Account": id}}}, `"UserProfileItem"`},
		{"sns.black_list_get", members{"From_Account": id, "StartIndex": 0, "MaxLimited": 100, "LastSequence": 0}, `"BlackListItem"`},
		{"recentcontact.page_get", members{"From_Account": id, "OrderType": 1, "MsgAssistFlags": 15, "AssistFlags": 31}, `"CompleteFlag":1`},
		{"group_open_http_svc.get_joined_group_list", members{"Member_Account": id, "Limit": 200, "Offset": 0}, `"GroupIdList"`},
		{"openim.getmsg", members{"Cookie": "", "SyncFlag": 0}, `"SyncFlag":2`},
		{"sns.friend_get", members{"From_Account": id, "StartIndex": 0}, `"CompleteFlag":1`},
	}
	failed := make(chan error, len(requests))
	for _, r := range requests {
		go func() {
			var answer json.RawMessage
			err := client.Call(ctx, r.servcmd, r.body, &answer)
			if err == nil && !bytes.Contains(answer, []byte(r.ended)) {
				err = fmt.Errorf("%s answers without %s: %.300s", r.servcmd, r.ended, answer)
			}
			failed <- err
		}()
	}
	var err error
	for range requests {
		if e := <-failed; err == nil {
			err = e
		}
	}
	return err
}

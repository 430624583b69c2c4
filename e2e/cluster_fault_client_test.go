package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/testkit"
)

const (
	// faultClients are the users with clients, of whom the first faultCallers talk.
	faultClients = 9
	faultCallers = 5
	// clientHeartbeat is after how long without a byte a client asks whether its node
	// is alive.
	clientHeartbeat = 2 * time.Second
	// comeBackWithin bounds one try to come back.
	comeBackWithin = 15 * time.Second
)

// attendant is an actor who comes back on any node.
type attendant struct {
	*actor

	cluster *testkit.Cluster
	walk    *rand.Rand // of keep, beside what the actor says
}

// attend lets the clients in, spread over the nodes. From then on each comes back
// whenever it loses its node, until the test ends.
func (f *faults) attend(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var keepers sync.WaitGroup
	for n := range faultClients {
		node := f.Nodes[n%len(f.Nodes)]
		a := &attendant{cluster: f.Cluster, walk: newRand(f.seed, 1<<42+uint64(n)), actor: newActor(t, node.Installation, userID(n), newRand(f.seed, 1<<40+uint64(n)), func(o *testkit.ClientOptions) {
			o.Compress, o.Heartbeat = n%2 == 0, clientHeartbeat
		})}
		a.founder = true
		for _, g := range f.groups() {
			a.in[g] = true
		}
		if err := a.login(ctx); err != nil {
			t.Fatal(err)
		}
		f.clients = append(f.clients, a)
		keepers.Go(func() { a.keep(ctx, t) })
	}
	f.dismiss = sync.OnceFunc(func() {
		cancel()
		for _, a := range f.clients {
			a.client.Close()
		}
		keepers.Wait()
	})
	t.Cleanup(f.dismiss)
}

// keep comes back whenever the connection is lost, until ctx ends.
func (a *attendant) keep(ctx context.Context, t *testing.T) {
	t.Helper()
	for {
		_ = a.client.WaitLost(ctx) // for whatever reason
		begin := time.Now()
		for ctx.Err() == nil {
			err := a.comeBack(ctx)
			if err == nil {
				break
			}
			if time.Since(begin) > answeredWithin && ctx.Err() == nil {
				t.Errorf("%s cannot come back for %s: %v", a.user, answeredWithin, err)
				return
			}
			kept(ctx, time.Duration(a.walk.IntN(300))*time.Millisecond)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// comeBack takes up the session on some node, or logs in anew if it is over.
func (a *attendant) comeBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, comeBackWithin)
	defer cancel()
	a.client.Move("ws://" + a.cluster.Nodes[a.walk.IntN(len(a.cluster.Nodes))].Addr)
	a.forgetOrder()
	err := a.resume(ctx)
	if answer, ok := errors.AsType[*testkit.AnswerError](err); ok && !transient[answer.Code] {
		if err = a.login(ctx); err != nil {
			return fmt.Errorf("log in after %w: %w", answer, err)
		}
	}
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reconnects++
	return nil
}

// forgetOrder lets a new connection begin with what the last one did not bring.
// Within one connection what is pushed has the order of the conversation.
func (a *attendant) forgetOrder() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, g := range a.groups {
		g.pushed = 0
	}
}

// talk says one thing after the other until ctx ends and the last has its answer.
func (f *faults) talk(ctx context.Context, t *testing.T, a *attendant) {
	t.Helper()
	rng := newRand(f.seed, 1<<41+uint64(len(a.user))<<8+uint64(a.user[len(a.user)-1]))
	for kept(ctx, time.Duration(rng.IntN(150))*time.Millisecond) {
		group, call := f.active(rng), f.histories.now()
		m := a.think(group, strings.Repeat("y", rng.IntN(300)))
		for begin := time.Now(); ; {
			answer, err := f.sayOnce(t.Context(), a, m)
			if err == nil {
				f.histories.sent(group, m.Text, call, answer.MsgSeq)
				if err := f.answers.take(group, sent{seq: answer.MsgSeq, time: answer.MsgTime, text: m.Text}, f.histories.now()); err != nil {
					f.violation(t, "%v", err)
				}
				break
			}
			code := 0
			if refusal, ok := errors.AsType[*testkit.AnswerError](err); ok {
				code = refusal.Code
			}
			f.answers.trouble(m.Text, code)
			if time.Since(begin) > answeredWithin {
				f.histories.sent(group, m.Text, call, unknown)
				f.violation(t, "%s: %.20q was not taken for %s: %v", a.user, m.Text, answeredWithin, err)
				break
			}
			kept(t.Context(), 50*time.Millisecond)
		}
	}
}

// sayOnce makes one request, which the client repeats on new connections until it is
// answered.
func (f *faults) sayOnce(ctx context.Context, a *attendant, m groupMessage) (groupAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, answeredWithin/4)
	defer cancel()
	return a.say(ctx, m)
}

// heard waits until every client knows all messages of the probes' group, and reports
// whether that came about in time.
func (f *faults) heard(within time.Duration) bool {
	for limit := time.Now().Add(within); ; {
		newest := f.answers.newest(probeGroup)
		missing := 0
		for _, a := range f.clients {
			a.mu.Lock()
			for seq := int64(1); seq <= newest; seq++ {
				if _, ok := a.group(probeGroup).items[seq]; !ok {
					missing++
				}
			}
			a.mu.Unlock()
		}
		if missing == 0 || time.Now().After(limit) {
			return missing == 0
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// newest is the number of the newest message that was acknowledged in a group.
func (a *answers) newest(group string) (seq int64) {
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	for n := range a.ledger.sent[groupName(group)] {
		seq = max(seq, n)
	}
	return seq
}

// compareClients returns what clients did not see, or saw differently, in one line for
// each client.
func (f *faults) compareClients(groups []*groupSaid) (faults []string) {
	for _, a := range f.clients {
		if of := a.compare(groups); len(of) > 0 {
			faults = append(faults, fmt.Sprintf("%s, in all %d of its kind", of[0], len(of)))
		}
	}
	return faults
}

// ghostUser is seen by watcherUser.
const (
	ghostUser   = "ghost"
	watcherUser = "watcher"
)

// seen asks for the presence of the ghost until it is as wanted, and returns how long
// that took. It gives up after a while, which is a violation.
func (f *faults) seen(t *testing.T, watcher *testkit.Client, online bool, within time.Duration) time.Duration {
	t.Helper()
	const isOnline = 1
	begin := time.Now()
	for {
		var answer struct {
			UserStatusList []struct{ Status int } `json:"UserStatusList"`
		}
		ctx, cancel := context.WithTimeout(t.Context(), callWithin)
		err := watcher.Call(ctx, "im_open_status.ws_get_user_status", map[string][]string{"To_Account": {ghostUser}}, &answer)
		cancel()
		if err == nil && len(answer.UserStatusList) == 1 && (answer.UserStatusList[0].Status == isOnline) == online {
			return time.Since(begin)
		}
		if time.Since(begin) > within {
			f.violation(t, "after %s another node still says of a user online: %t, want %t; %v", within, !online, online, err)
			return time.Since(begin)
		}
		kept(t.Context(), 50*time.Millisecond)
	}
}

// enter lets a client in that does not come back.
func (f *faults) enter(t *testing.T, n *testkit.Node, user string) *testkit.Client {
	t.Helper()
	o := n.ClientOptions(t, user)
	o.OnPush = func([]byte) {}
	c := testkit.NewClient(t, o)
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	if err := errors.Join(c.Dial(ctx), c.Login(ctx)); err != nil {
		t.Fatalf("%s logs in: %v", user, err)
	}
	return c
}

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

// nodeGroups is how many conversations the nodes share.
const nodeGroups = 24

// nodes are servers on one database, senders to them, and a receiver.
type nodes struct {
	store, bus    string
	installations []*testkit.Installation
	rests         []*api.Client
	receiver      *testkit.Receiver

	mu sync.Mutex // guards all below
	// up are the nodes that may be sent to.
	up []int
	// acknowledged is the last message of each group that was acknowledged to its sender.
	acknowledged map[string]int64
	// told is the highest message of each group of which the receiver was told.
	told map[string]int64
	// calls counts those of each event.
	calls    map[string]int
	repeated int
	faults   []string
}

func newNodes(t *testing.T) *nodes {
	t.Helper()
	pg, bus := testkit.StartPostgres(t, "fsync=off"), testkit.StartNATS(t, 1)
	n := &nodes{
		store: pg.Database(t), bus: bus.URL(),
		acknowledged: make(map[string]int64), told: make(map[string]int64), calls: make(map[string]int),
	}
	n.receiver = testkit.NewReceiver(t, n.arrived, nil)
	return n
}

// add makes a node that does not run yet.
func (n *nodes) add(t *testing.T, args ...string) *testkit.Installation {
	t.Helper()
	i := testkit.NewInstallation(t, program, append([]string{"--store", n.store}, args...)...)
	n.installations, n.rests = append(n.installations, i), append(n.rests, i.REST(t))
	return i
}

// arrived takes a call: whatever happens, the first calls of a group's messages come in
// their order, and each comes again only under the name it had.
func (n *nodes) arrived(a testkit.Arrival) testkit.Reaction {
	var body struct {
		GroupID string `json:"GroupId"`
		MsgSeq  int64  `json:"MsgSeq"`
	}
	if a.Command != callback.CommandGroupAfterSendMsg {
		return testkit.Acknowledge
	}
	err := json.Unmarshal(a.Body, &body)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls[a.EventID]++
	switch {
	case err != nil:
		n.faults = append(n.faults, err.Error())
	case n.calls[a.EventID] > 1:
		n.repeated++
	case body.MsgSeq != n.told[body.GroupID]+1:
		n.faults = append(n.faults, fmt.Sprintf("group %s: message %d was told after %d", body.GroupID, body.MsgSeq, n.told[body.GroupID]))
	}
	n.told[body.GroupID] = max(n.told[body.GroupID], body.MsgSeq)
	return testkit.Acknowledge
}

func (n *nodes) use(up ...int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.up = up
}

// send lets each group have a sender, who takes any node for each message.
func (n *nodes) send(ctx context.Context) {
	var senders sync.WaitGroup
	for g := range nodeGroups {
		senders.Go(func() {
			rng := newRand(uint64(g), 7)
			for kept(ctx, time.Duration(20+rng.IntN(60))*time.Millisecond) {
				n.mu.Lock()
				at := n.up[rng.IntN(len(n.up))]
				n.mu.Unlock()
				n.say(ctx, at, groupID(g))
			}
		})
	}
	senders.Wait()
}

// say sends one message. It may fail where a node ends, and then is stored or not.
func (n *nodes) say(ctx context.Context, at int, group string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	answer, err := n.rests[at].SendGroupMsg(ctx, &api.SendGroupMsgRequest{
		GroupID: group, Random: new(rand.Uint32()), FromAccount: member,
		MsgBody: json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]`),
	})
	if err != nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.acknowledged[group] = max(n.acknowledged[group], answer.MsgSeq)
}

// await waits until the receiver was told of all that was acknowledged.
func (n *nodes) await(t *testing.T) {
	t.Helper()
	for begun := time.Now(); ; {
		missing := n.missing()
		if missing == "" {
			t.Logf("all was told after %s", time.Since(begun).Round(time.Millisecond))
			return
		}
		if time.Since(begun) > testkit.Patience {
			t.Fatalf("the receiver was not told of: %s", missing)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (n *nodes) missing() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var missing []string
	for group, seq := range n.acknowledged {
		if told := n.told[group]; told < seq {
			missing = append(missing, fmt.Sprintf("%s %d..%d", group, told+1, seq))
		}
	}
	return strings.Join(missing, ", ")
}

// holds checks the order so far, and that nothing was told twice unless it may.
func (n *nodes) holds(t *testing.T, after string, repeats bool) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.faults {
		t.Errorf("after %s: %s", after, f)
	}
	if n.repeated > 0 && !repeats {
		t.Errorf("after %s: %d calls were repeated though no node died", after, n.repeated)
	}
	t.Logf("after %s: %d events, %d repeated", after, len(n.calls), n.repeated)
	n.faults = nil
}

// parts waits until the nodes that are alive share all parts as evenly as can be, and
// returns how long that took.
func (n *nodes) parts(t *testing.T, asked *testkit.Installation, alive int) time.Duration {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		list, err := asked.Admin().ListNodes(t.Context())
		even, all := len(list) == alive, 0
		for _, node := range list {
			all += node.Parts
			even = even && node.Alive && node.Parts >= 64/alive && node.Parts <= 64/alive+1
		}
		if err == nil && even && all == 64 {
			return time.Since(begun)
		}
		if time.Since(begun) > testkit.Patience {
			t.Fatalf("%d nodes do not share the parts: %v %+v", alive, err, list)
		}
	}
}

// furnish makes the groups and sets the webhook, on the one node that runs.
func (n *nodes) furnish(t *testing.T, i *testkit.Installation, rest *api.Client) {
	t.Helper()
	ctx, admin := t.Context(), i.Admin()
	none := 0
	if _, err := admin.UpdateApp(ctx, testkit.SDKAppID, client.AppChange{GroupRate: &none}); err != nil {
		t.Fatal(err)
	}
	url := n.receiver.URL()
	if _, err := admin.UpdateWebhook(ctx, testkit.SDKAppID, client.WebhookChange{URL: &url}); err != nil {
		t.Fatal(err)
	}
	if _, err := rest.MultiaccountImport(ctx, &api.MultiaccountImportRequest{Accounts: []string{member}}); err != nil {
		t.Fatal(err)
	}
	for g := range nodeGroups {
		if _, err := rest.CreateGroup(ctx, &api.CreateGroupRequest{Type: "Public", GroupID: groupID(g), Name: "g", OwnerAccount: member}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNodes: webhook events have one deliverer at a time while nodes join, stop, are
// killed and are paused for longer than they are trusted. None is lost, each group's
// come in order, and only a death repeats any.
func TestNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	first, second, third := n.add(t, "--cluster", n.bus), n.add(t, "--cluster", n.bus), n.add(t, "--cluster", n.bus)
	one := first.Start(t)
	n.furnish(t, first, n.rests[0])
	n.use(0)
	ctx, cancel := context.WithCancel(t.Context())
	var sending sync.WaitGroup
	sending.Go(func() { n.send(ctx) })
	defer func() { cancel(); sending.Wait() }()

	two, three := second.Start(t), third.Start(t)
	n.parts(t, first, 3)
	n.use(0, 1, 2)
	time.Sleep(time.Second)
	n.holds(t, "two nodes joined", false)

	n.use(0, 2)
	two.Stop(t)
	if took := n.parts(t, first, 2); took > 3*time.Second {
		t.Errorf("the parts of a node that stopped were taken over after %s", took)
	}
	n.await(t)
	n.holds(t, "a node stopped", false)

	n.use(0)
	three.Kill()
	n.parts(t, first, 1)
	n.await(t)
	n.holds(t, "a node was killed", true)

	third.Start(t)
	n.parts(t, first, 2)
	n.use(0, 2)
	time.Sleep(500 * time.Millisecond)
	n.use(2)
	time.Sleep(200 * time.Millisecond)
	signal(t, one, syscall.SIGSTOP)
	n.parts(t, third, 1)
	n.await(t)
	before := n.repeats()
	signal(t, one, syscall.SIGCONT)
	n.parts(t, third, 2)
	n.use(0, 2)
	time.Sleep(500 * time.Millisecond)
	cancel()
	sending.Wait()
	n.await(t)
	n.holds(t, "a node was paused", true)
	if !strings.Contains(one.Log(), "taken for dead") {
		t.Error("the node that was paused did not notice")
	}
	t.Logf("%d calls were repeated after the paused node woke", n.repeats()-before)
}

func (n *nodes) repeats() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.repeated
}

func signal(t *testing.T, s *testkit.Server, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(s.PID(), sig); err != nil {
		t.Fatal(err)
	}
}

// TestNodesWithoutNATS: nodes that nothing joins but the database deliver each other's
// events, and who was connected to a node that is killed does not stay online.
func TestNodesWithoutNATS(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	first, second := n.add(t), n.add(t)
	first.Start(t)
	n.furnish(t, first, n.rests[0])
	two := second.Start(t)
	n.parts(t, first, 2)
	n.use(0, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	n.send(ctx)
	n.await(t)
	n.holds(t, "sending to two nodes", false)

	user := testkit.NewClient(t, second.ClientOptions(t, member))
	if err := user.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := user.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !n.online(t) {
		t.Error("a user who is connected to another node is not online")
	}
	two.Kill()
	killed := time.Now()
	for n.online(t) {
		time.Sleep(50 * time.Millisecond)
		if time.Since(killed) > testkit.Patience {
			t.Fatal("a user whose node was killed stays online")
		}
	}
	t.Logf("offline after %s", time.Since(killed))
}

// TestNodeHasOneName: the list of nodes, a node's log, its metrics and NATS call it the
// same.
func TestNodeHasOneName(t *testing.T) {
	t.Parallel()
	bus := testkit.StartNATS(t, 1)
	w := newWorld(t, 1, "--store", testkit.StartPostgres(t, "fsync=off").Database(t), "--cluster", bus.URL())
	s := w.Start(t)
	list, err := w.Admin().ListNodes(t.Context())
	if err != nil || len(list) != 1 || list[0].ID == "" {
		t.Fatalf("nodes: %v, %v", list, err)
	}
	name := list[0].ID
	if got, want := bus.ConnectionNames(t), []string{"parley " + name}; !slices.Equal(got, want) {
		t.Errorf("NATS knows %q, want %q", got, want)
	}
	if want := `parley_cluster_node{node="` + name + `"} 1`; !strings.Contains(w.metrics(t), want) {
		t.Errorf("the metrics do not have %s", want)
	}
	s.Stop(t)
	if !strings.Contains(s.Log(), name) {
		t.Errorf("the log does not have %s:\n%s", name, s.Log())
	}
}

// online reports whether the first node says that the member is.
func (n *nodes) online(t *testing.T) bool {
	t.Helper()
	answer, err := n.rests[0].GetGroupMemberInfo(t.Context(), &api.GetGroupMemberInfoRequest{GroupID: groupID(0)})
	if err != nil {
		t.Fatal(err)
	}
	return len(answer.MemberList) == 1 && answer.MemberList[0].OnlineStatus != nil && *answer.MemberList[0].OnlineStatus == "Online"
}

// TestNodesThatDoNotHearEachOther: a node says so though it reaches its own NATS server,
// and that it is over.
func TestNodesThatDoNotHearEachOther(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	apart := testkit.StartNATS(t, 1)
	one, other := n.add(t, "--cluster", n.bus), n.add(t, "--cluster", apart.URL())
	one.Start(t)
	second := other.Start(t)
	want := "not heard over NATS, clients hear later of what happens there: " + other.Addr
	awaitReady(t, one, want)
	second.Stop(t)
	n.add(t, "--cluster", n.bus).Start(t)
	awaitReady(t, one, "ready\n")
}

// awaitReady waits until a node says of itself what is wanted.
func awaitReady(t *testing.T, i *testkit.Installation, want string) {
	t.Helper()
	for deadline := time.Now().Add(testkit.Patience); ; time.Sleep(100 * time.Millisecond) {
		got := get(t, i.URL()+"/readyz")
		if strings.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("readyz says %q, want %q", got, want)
		}
	}
}

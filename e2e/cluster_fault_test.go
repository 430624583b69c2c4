package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	faultSenders = 5
	faultLookers = 2
	// calmBefore is how long nothing happens at the beginning.
	calmBefore = 4 * time.Second
	// settledWithin bounds how long webhooks may stand still in the end.
	settledWithin = time.Minute
)

// faults is a cluster with everything that is compared about it.
type faults struct {
	*testkit.Cluster
	counters

	seed   uint64
	rounds int
	// only, if not empty, names the kinds of faults to make.
	only []string
	// rest asks each node and does not wait long for its answer, patient does.
	rest, patient []*api.Client
	receiver      *testkit.Receiver
	record        *clusterRecord
	answers       *answers
	histories     *histories
	clients       []*attendant
	dismiss       func()
	// first is the number of the PostgreSQL server that takes changes.
	first  int
	report faultReport
}

// TestClusterFaults lets many send and read on the nodes of a cluster, over REST and
// as clients, while nodes, NATS and PostgreSQL are killed, paused and cut off, and
// compares in the end what everybody was told. PARLEY_FAULTS_SECONDS says for how
// long at least; each kind of fault is made once. Without it, there is one fault.
// PARLEY_FAULTS_NODES, PARLEY_FAULTS_NATS and PARLEY_FAULTS_POSTGRES are how many
// processes of each there are, PARLEY_FAULTS_SEED repeats the choices of another run,
// PARLEY_FAULTS_ONLY names the kinds of faults to make, with commas between them, and
// PARLEY_FAULTS_REPORT the file of the report.
func TestClusterFaults(t *testing.T) {
	seconds := number(t, "PARLEY_FAULTS_SECONDS", 0)
	f := newFaults(t, seconds)
	f.furnish(t)
	f.attend(t)

	load, stop := context.WithCancel(t.Context())
	defer stop()
	var others sync.WaitGroup
	for n := range faultSenders {
		s := &restSender{faults: f, rest: f.rest, number: n, rng: newRand(f.seed, uint64(n)+1)}
		others.Go(func() { s.run(load, t) })
	}
	for _, a := range f.clients[:faultCallers] {
		others.Go(func() { f.talk(load, t, a) })
	}
	for n := range faultLookers {
		others.Go(func() { f.look(load, newRand(f.seed, 1<<32+uint64(n))) })
	}
	others.Go(func() { f.tell(load, t) })

	f.record.setCalm(true)
	kept(t.Context(), calmBefore)
	f.record.setCalm(false)
	timed, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	f.injectAll(timed, t, newRand(f.seed, 1<<33))
	stop()
	others.Wait()
	f.settle(t)
	f.verify(t)
	f.finish(t)
}

func newFaults(t *testing.T, seconds int) *faults {
	t.Helper()
	seed := uint64(number(t, "PARLEY_FAULTS_SEED", int(rand.Uint32())))
	t.Logf("seed %d", seed)
	nats, err := testkit.BuildNATS(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const soon = "wal_retrieve_retry_interval=200ms" // a standby comes back at once
	databases := []*testkit.Postgres{testkit.StartPostgres(t, soon)}
	if number(t, "PARLEY_FAULTS_POSTGRES", 2) == 2 {
		databases = append(databases, testkit.StartPostgres(t, soon))
		databases[1].Follow(t, databases[0])
	}
	f := &faults{
		Cluster: testkit.NewCluster(t, testkit.ClusterOptions{
			Program: program, NATSProgram: nats,
			Nodes: number(t, "PARLEY_FAULTS_NODES", 3), NATS: number(t, "PARLEY_FAULTS_NATS", 3), Databases: databases,
		}),
		seed: seed,
		// A round more than the time asks for, since recovery takes its own.
		rounds: seconds*3/2/int(faultRound.Seconds()) + 2,
		record: newClusterRecord(), answers: newAnswers(), histories: newHistories(),
	}
	if only := os.Getenv("PARLEY_FAULTS_ONLY"); only != "" {
		f.only = strings.Split(only, ",")
		for _, name := range f.only {
			if !slices.ContainsFunc(faultKinds, func(k faultKind) bool { return k.name == name }) {
				t.Fatalf("PARLEY_FAULTS_ONLY: there is no fault %q", name)
			}
		}
	} else if seconds == 0 {
		f.only = []string{"node killed"}
	}
	f.report = faultReport{Seed: seed, Nodes: len(f.Nodes), NATS: len(f.NATS), Databases: len(databases)}
	f.receiver = testkit.NewReceiver(t, f.record.arrived, nil)
	for _, n := range f.Nodes {
		rest, patient := n.REST(t), n.REST(t)
		rest.HTTP.Timeout, patient.HTTP.Timeout = callWithin, patience
		f.rest, f.patient = append(f.rest, rest), append(f.patient, patient)
	}
	t.Cleanup(f.cleanUp)
	return f
}

// furnish starts the nodes, the first one alone, and makes what is sent to and from.
func (f *faults) furnish(t *testing.T) {
	t.Helper()
	ctx, first := t.Context(), f.Nodes[0]
	first.Begin(t)
	first.Server.WaitReady(t)
	none, documented := 0, client.RESTRate(0)
	words := []string{blockedWord}
	if _, err := first.Admin().UpdateApp(ctx, testkit.SDKAppID, client.AppChange{GroupRate: &none, RESTRate: &documented, BlockedWords: &words}); err != nil {
		t.Fatalf("lift the limits: %v", err)
	}
	url := f.receiver.URL()
	if _, err := first.Admin().UpdateWebhook(ctx, testkit.SDKAppID, client.WebhookChange{URL: &url}); err != nil {
		t.Fatalf("set the webhook: %v", err)
	}
	accounts, founders := []string{member, ghostUser, watcherUser}, []api.CreateGroupMember(nil)
	for n := range faultClients {
		accounts, founders = append(accounts, userID(n)), append(founders, api.CreateGroupMember{MemberAccount: userID(n)})
	}
	if _, err := f.rest[0].MultiaccountImport(ctx, &api.MultiaccountImportRequest{Accounts: accounts}); err != nil {
		t.Fatal(err)
	}
	for _, id := range f.groups() {
		if _, err := f.rest[0].CreateGroup(ctx, &api.CreateGroupRequest{
			Type: "Public", GroupID: id, Name: "g", OwnerAccount: member, MemberList: founders,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range f.Nodes[1:] {
		n.Begin(t)
	}
	for _, n := range f.Nodes[1:] {
		n.Server.WaitReady(t)
	}
}

// status tells what happens.
func (f *faults) status(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("%5.1f s: %s", time.Since(f.histories.begin).Seconds(), fmt.Sprintf(format, args...))
}

// tell tells every few seconds how far the test is.
func (f *faults) tell(ctx context.Context, t *testing.T) {
	t.Helper()
	for kept(ctx, 5*time.Second) {
		taken, _, repeats := f.answers.ledger.answered()
		_, events, again := f.record.progress()
		f.status(t, "%d messages taken, %d reads, %d calls repeated; %d webhooks, %d repeated", taken, f.looks.Load(), repeats, events, again)
	}
}

// settle waits until every webhook is delivered that there is to deliver.
func (f *faults) settle(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last, since := 0, time.Now()
	for range tick.C {
		calls, _, _ := f.record.progress()
		if calls != last {
			last, since = calls, time.Now()
		}
		status, err := f.Nodes[0].Admin().GetStatus(t.Context(), testkit.SDKAppID)
		switch {
		case err == nil && status.Pending == 0:
			if status.Parked != 0 || status.Dead != 0 {
				f.violation(t, "%d events are parked and %d dead, want none", status.Parked, status.Dead)
			}
			return
		case time.Since(since) > settledWithin:
			f.violation(t, "nothing is delivered any more: %+v, %v", status, err)
			return
		}
	}
}

// verify compares what everybody was told.
func (f *faults) verify(t *testing.T) {
	t.Helper()
	f.status(t, "compare")
	report := func(faults ...string) {
		const most = 30
		for _, fault := range faults[:min(most, len(faults))] {
			f.violation(t, "%s", fault)
		}
		if len(faults) > most {
			f.violation(t, "and %d more", len(faults)-most)
		}
	}
	var groups []*groupSaid
	for _, id := range f.groups() {
		g := f.verifyGroup(t, id, report)
		groups = append(groups, g)
		report(f.record.compareOrder(groupName(id), f.answers.ledger.sent[groupName(id)])...)
	}
	f.verifyClients(groups, report)
	report(f.record.compareRefusals(f.answers)...)
	report(f.record.faults...)
	var wrong []string
	wrong, f.report.Groups, f.report.Operations = f.histories.check()
	report(wrong...)
	for _, n := range f.Nodes {
		f.complaints(t, n)
	}
}

// verifyGroup holds that all nodes tell the same history of a group, that it has
// exactly the acknowledged messages at their numbers, and those of each sender in the
// order in which he sent them.
func (f *faults) verifyGroup(t *testing.T, id string, report func(...string)) *groupSaid {
	t.Helper()
	acknowledged := f.answers.ledger.sent[groupName(id)]
	var said []testkit.GroupItem
	for node := range f.Nodes {
		stored := (&world{rest: f.rest[node]}).history(t, id)
		if len(stored) != len(acknowledged) {
			report(fmt.Sprintf("%s has %d messages on %s, and %d were acknowledged", id, len(stored), f.Nodes[node].Name, len(acknowledged)))
		}
		said = said[:0]
		senders := make(map[string]int)
		for i := range stored {
			m := &stored[len(stored)-1-i]
			seq := int64(i + 1)
			if m.MsgSeq != seq {
				report(fmt.Sprintf("%s has number %d where %d belongs, on %s", id, m.MsgSeq, seq, f.Nodes[node].Name))
				break
			}
			text := textOf(*m)
			if a, ok := acknowledged[seq]; !ok || a.text != text || a.time != m.MsgTimeStamp {
				report(fmt.Sprintf("%s %d is %.20q at %d on %s, and what was acknowledged is %s", id, seq, text, m.MsgTimeStamp, f.Nodes[node].Name, a))
			}
			if sender, count := senderOf(text); count <= senders[sender] {
				report(fmt.Sprintf("%s %d is number %d of %s, after %d", id, seq, count, sender, senders[sender]))
			} else {
				senders[sender] = count
			}
			body, err := json.Marshal(m.MsgBody)
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, testkit.GroupItem{
				FromAccount: m.FromAccount, MsgSeq: m.MsgSeq, MsgRandom: int64(m.MsgRandom), MsgTimeStamp: m.MsgTimeStamp, MsgBody: body,
			})
		}
	}
	return newGroupSaid(id, said)
}

// senderOf reads from a text who sent it, and which of his messages it is.
func senderOf(text string) (sender string, count int) {
	if _, err := fmt.Sscanf(text, "%d of %s", &count, &sender); err == nil {
		return sender, count
	}
	sender, rest, _ := strings.Cut(text, "-")
	_, _ = fmt.Sscanf(rest, "%d", &count) // 0 is no message's number
	return sender, count
}

// verifyClients holds that each client saw all messages of all groups. What is on its
// way has a while to arrive.
func (f *faults) verifyClients(groups []*groupSaid, report func(...string)) {
	var missing []string
	for limit := time.Now().Add(testkit.Patience); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
		if missing = f.compareClients(groups); len(missing) == 0 {
			break
		}
	}
	report(missing...)
	f.dismiss()
}

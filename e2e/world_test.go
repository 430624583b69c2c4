package e2e_test

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/testkit"
)

const (
	worldGroups    = 8
	worldOfficials = 2
	// forever never ends as a time until which somebody is muted.
	forever = uint32(math.MaxUint32)
	// worldClients are the users with clients, of whom the first worldCallers talk.
	worldClients = 8
	worldCallers = 4
	// member, muted and fickle are accounts. The second may not send, and the
	// third sometimes may and sometimes may not.
	member = "alice"
	muted  = "mallory"
	fickle = "trent"
	// blockedWord is refused in texts.
	blockedWord = "casino"
)

// world is an installation with everything that is compared about it: what
// senders were told, and what the receiver was told.
type world struct {
	*testkit.Installation

	rest     *api.Client
	receiver *testkit.Receiver
	weather  *weather
	ledger   *ledger
	record   *record
	// clients are members of all groups. They are connected in tests that let them.
	clients []*actor
	// dismiss lets the clients go.
	dismiss func()
}

// newWorld makes an installation that no server runs on yet.
func newWorld(t *testing.T, seed uint64, args ...string) *world {
	t.Helper()
	w := &world{
		Installation: testkit.NewInstallation(t, program, args...),
		weather:      &weather{rng: newRand(seed, 0)},
		ledger:       &ledger{sent: make(map[string]map[int64]sent), taken: make(map[string]sent), refused: make(map[string]refused)},
		record:       &record{seed: maphash.MakeSeed(), events: make(map[string]*told), order: make(map[string][]*told)},
	}
	w.rest = w.REST(t)
	w.receiver = testkit.NewReceiver(t, func(a testkit.Arrival) testkit.Reaction {
		w.record.arrived(a)
		return w.weather.reaction()
	}, w.record.acknowledged)
	return w
}

func newRand(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

// furnish makes what is sent to and from, on the server that runs.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	ctx, admin := t.Context(), w.Admin()
	none, documented := 0, client.RESTRate(0)
	words := []string{blockedWord}
	if _, err := admin.UpdateApp(ctx, testkit.SDKAppID, client.AppChange{
		GroupRate: &none, OfficialRate: &none, RESTRate: &documented, BlockedWords: &words,
	}); err != nil {
		t.Fatalf("lift the limits: %v", err)
	}
	url, timeout := w.receiver.URL(), client.Duration(500*time.Millisecond)
	if _, err := admin.UpdateWebhook(ctx, testkit.SDKAppID, client.WebhookChange{URL: &url, Timeout: &timeout}); err != nil {
		t.Fatalf("set the webhook: %v", err)
	}
	accounts, founders := []string{member, muted, fickle}, []api.CreateGroupMember{{MemberAccount: muted, MuteUntil: new(forever)}}
	for n := range worldClients {
		accounts, founders = append(accounts, userID(n)), append(founders, api.CreateGroupMember{MemberAccount: userID(n)})
	}
	if _, err := w.rest.MultiaccountImport(ctx, &api.MultiaccountImportRequest{Accounts: accounts}); err != nil {
		t.Fatal(err)
	}
	for n := range worldGroups {
		if _, err := w.rest.CreateGroup(ctx, &api.CreateGroupRequest{
			Type: "Public", GroupID: groupID(n), Name: "g", OwnerAccount: member,
			MemberList: founders,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range worldOfficials {
		if _, err := w.rest.CreateOfficialAccount(ctx, &api.CreateOfficialAccountRequest{
			OwnerAccount: member, OfficialAccountUserID: officialID(n), Name: "o",
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// kill ends a server as a power cut would.
func (w *world) kill(s *testkit.Server) {
	s.Kill()
	w.record.ended()
}

// stop ends a server, which must not complain.
func (w *world) stop(t *testing.T, s *testkit.Server) {
	t.Helper()
	s.Stop(t)
	w.record.ended()
}

func groupID(n int) string { return fmt.Sprintf("group-%d", n) }

func officialID(n int) string { return fmt.Sprintf("@TOA#_news-%d", n) }

// weather is how the receiver feels.
type weather struct {
	mu  sync.Mutex // guards all below
	rng *rand.Rand
	// bad is how likely a call is to go wrong.
	bad float64
}

// set changes how likely a call is to go wrong.
func (w *weather) set(bad float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bad = bad
}

func (w *weather) reaction() testkit.Reaction {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rng.Float64() >= w.bad {
		return testkit.Acknowledge
	}
	return []testkit.Reaction{testkit.Fail, testkit.Garble, testkit.Drop, testkit.Hang}[w.rng.IntN(4)]
}

// settle waits until everything is delivered that there is to deliver. The test
// ends if for a long time nothing comes.
func (w *world) settle(t *testing.T) {
	t.Helper()
	w.weather.set(0)
	w.receiver.Up(t)
	// What waits for its next attempt need not wait any longer: the operator
	// says that the receiver is back.
	w.check(t)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last, since := 0, time.Now()
	for range tick.C {
		calls, _ := w.record.progress()
		if calls != last {
			last, since = calls, time.Now()
		}
		status, err := w.Admin().GetStatus(t.Context(), testkit.SDKAppID)
		switch {
		case err != nil:
			t.Fatalf("ask how deliveries stand: %v", err)
		case status.Pending == 0:
			if status.Parked != 0 || status.Dead != 0 {
				t.Errorf("%d events are parked and %d dead, want none", status.Parked, status.Dead)
			}
			return
		case time.Since(since) > testkit.Patience:
			t.Fatalf("nothing is delivered any more: %+v", status)
		}
	}
}

// check sends a webhook to try out the receiver.
func (w *world) check(t *testing.T) {
	t.Helper()
	checked, err := w.Admin().CheckURL(t.Context(), testkit.SDKAppID, "")
	if err != nil || !checked.OK {
		t.Fatalf("the receiver does not answer: %+v, %v", checked, err)
	}
}

// kept reports whether ctx has not ended after d.
func kept(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

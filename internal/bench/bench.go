package bench

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/usersig"
)

// App is an app to send with.
type App struct {
	SDKAppID      int64
	SecretKey     string
	Administrator string
}

// Admin prepares the server.
type Admin interface {
	// NewApp makes an app without any frequency limit.
	NewApp(ctx context.Context) (App, error)
	// SetWebhook sends an app's after-webhooks to address; empty pauses them.
	SetWebhook(ctx context.Context, sdkAppID int64, address string) error
}

// Phases of a run.
const (
	PhaseYardsticks = "yardsticks"
	PhaseSends      = "sends"
	PhaseLatency    = "latency"
	PhaseBoth       = "both"
	PhaseDeliveries = "deliveries"
	PhaseDelay      = "delay"
	PhaseOutage     = "outage"
)

// Phases are all phases in the order in which they run.
func Phases() []string {
	return []string{PhaseYardsticks, PhaseSends, PhaseLatency, PhaseBoth, PhaseDeliveries, PhaseDelay, PhaseOutage}
}

// Options of a run.
type Options struct {
	// Server is the base URL.
	Server string
	// Nodes are the base URLs of further servers of the same cluster; senders are
	// spread over all of them.
	Nodes []string
	// Engine is the process of the database server, whose processor time and that of
	// its children is reported; 0 if there is none on this machine.
	Engine int
	// BareStore is the URL of a PostgreSQL database in which the storage yardstick
	// makes its tables, anew; empty means a SQLite file in Dir.
	BareStore string
	Admin     Admin
	// Self is the command line that runs this program's ServePart.
	Self []string
	// Dir is where the storage yardstick keeps its database; it should be on the
	// disk that the server uses.
	Dir     string
	Phases  []string
	Senders int
	Groups  int
	Members int
	// WebhookGroups is over how many groups the phases with webhooks send.
	WebhookGroups int
	Duration      time.Duration
	// LatencyRate is the sends a second of phase latency.
	LatencyRate float64
	// DelayRate is the sends a second of phase delay; 0 means 70 % of what
	// phase deliveries reached.
	DelayRate float64
	// Outage is how long the receiver is down in phase outage, under OutageRate
	// sends a second.
	Outage     time.Duration
	OutageRate float64
	// Progress is told what is being done.
	Progress io.Writer
}

// Run measures and reports.
func Run(ctx context.Context, o Options) (*Report, error) {
	b := &bench{Options: o, report: newReport(&o)}
	steps := map[string]func(context.Context) error{
		PhaseYardsticks: b.yardsticks, PhaseSends: b.sends, PhaseLatency: b.latency, PhaseBoth: b.both,
		PhaseDeliveries: b.deliveries, PhaseDelay: b.delay, PhaseOutage: b.outage,
	}
	for _, phase := range Phases() {
		if !slices.Contains(o.Phases, phase) {
			continue
		}
		b.say("phase %s", phase)
		if err := steps[phase](ctx); err != nil {
			return nil, fmt.Errorf("phase %s: %w", phase, err)
		}
	}
	return b.report, nil
}

type bench struct {
	Options

	report *Report
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.Progress, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}

// target is a prepared app with groups to send into.
type target struct {
	app    App
	sig    string
	groups []string
	users  []string
	// path is the path and query of a send.
	path string
}

// prepare makes an app with members in groups.
func (b *bench) prepare(ctx context.Context, groups int) (*target, error) {
	app, err := b.Admin.NewApp(ctx)
	if err != nil {
		return nil, fmt.Errorf("make an app: %w", err)
	}
	sig, err := usersig.Generate(app.SecretKey, usersig.Claims{SDKAppID: app.SDKAppID, UserID: app.Administrator, IssuedAt: time.Now(), Expire: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	t := &target{app: app, sig: sig}
	client := t.client(b.Server)
	t.path = "/v4/" + api.GroupService + "/send_group_msg?" + url.Values{
		"sdkappid": {strconv.FormatInt(app.SDKAppID, 10)}, "identifier": {app.Administrator}, "usersig": {sig},
		"random": {strconv.FormatUint(uint64(rand.Uint32()), 10)}, "contenttype": {"json"},
	}.Encode()
	for i := range b.Members {
		t.users = append(t.users, fmt.Sprintf("user%04d", i))
	}
	for _, ids := range slices.Collect(slices.Chunk(t.users, 100)) {
		if _, err := client.MultiaccountImport(ctx, &api.MultiaccountImportRequest{Accounts: ids}); err != nil {
			return nil, err
		}
	}
	for i := range groups {
		if err := t.addGroup(ctx, client, i); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// client calls one of the servers as the app's administrator.
func (t *target) client(server string) *api.Client {
	return &api.Client{BaseURL: server, SDKAppID: t.app.SDKAppID, Identifier: t.app.Administrator, UserSig: api.FixedUserSig(t.sig)}
}

const (
	// settleWithin is how long other nodes may take to know an app.
	settleWithin = 30 * time.Second
	// settlePause is for what was changed behind that.
	settlePause = time.Second
)

// settled waits until the other nodes know the app and its settings.
func (b *bench) settled(ctx context.Context, t *target) error {
	if len(b.Nodes) == 0 {
		return nil
	}
	deadline := time.Now().Add(settleWithin)
	for _, node := range b.Nodes {
		for {
			_, err := t.client(node).GetGroupInfo(ctx, &api.GetGroupInfoRequest{GroupIDList: t.groups[:1]})
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s does not know the app: %w", node, err)
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	select {
	case <-time.After(settlePause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *target) addGroup(ctx context.Context, client *api.Client, i int) error {
	id := fmt.Sprintf("bench%05d", i)
	if _, err := client.CreateGroup(ctx, &api.CreateGroupRequest{Type: "Public", Name: id, GroupID: id, OwnerAccount: t.users[0]}); err != nil {
		return err
	}
	for _, ids := range slices.Collect(slices.Chunk(t.users, 300)) {
		items := make([]api.AddGroupMemberItem, 0, len(ids))
		for _, id := range ids {
			items = append(items, api.AddGroupMemberItem{MemberAccount: id})
		}
		if _, err := client.AddGroupMember(ctx, &api.AddGroupMemberRequest{GroupID: id, MemberList: items}); err != nil {
			return err
		}
	}
	t.groups = append(t.groups, id)
	return nil
}

// servers are the base URLs of all nodes.
func (b *bench) servers() []string { return append([]string{b.Server}, b.Nodes...) }

// targets are the addresses of a call on all nodes.
func (b *bench) targets(t *target) []string {
	var all []string
	for _, server := range b.servers() {
		all = append(all, server+t.path)
	}
	return all
}

// measured runs a load against processes and says what that cost them.
func (b *bench) measured(ctx context.Context, l *load, processes ...string) (Measured, error) {
	before, err := readUsages(ctx, processes)
	if err != nil {
		return Measured{}, err
	}
	engineBefore := EngineTime(b.Engine)
	memory := watch(ctx, processes)
	result, err := l.run(ctx)
	most := memory.end()
	if err != nil {
		return Measured{}, err
	}
	after, err := readUsages(ctx, processes)
	if err != nil {
		return Measured{}, err
	}
	m := measure(result, after.cpu-before.cpu, most)
	m.EngineCPU = perItem(EngineTime(b.Engine)-engineBefore, result.requests)
	return m, nil
}

// get reads a small answer of a part.
func get(ctx context.Context, address string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func getText(ctx context.Context, address string) (string, error) {
	body, err := get(ctx, address)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, 1<<16))
	return strings.TrimSpace(string(text)), err
}

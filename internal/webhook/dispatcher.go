package webhook

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/store"
)

// Options of the webhook edge.
type Options struct {
	Store store.Store
	// Apps finds an app's present settings, nil if there is no such app.
	Apps func(chat.SDKAppID) *chat.App
	// Concurrency is how many deliveries of one app are on their way at once.
	Concurrency int
	// Reach is which addresses may be called for apps that do not allow more.
	Reach Reach
	// Roots, if not nil, replaces the system's certificate authorities.
	Roots *x509.CertPool
	// Member says whose events this server delivers; nil means that all are its own.
	// Bus, which may be nil, wakes other servers.
	Member  *cluster.Member
	Bus     *bus.Bus
	Clock   func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Dispatcher delivers the outbox.
type Dispatcher struct {
	store       store.Store
	apps        func(chat.SDKAppID) *chat.App
	concurrency int
	limits      limits
	client      *client
	questions   *client // of the Hooks, which have no end of their own
	clock       func() time.Time
	log         *slog.Logger
	metrics     *metrics
	settler     *settler
	parkedEvery time.Duration
	member      *cluster.Member
	peers       *peers

	mu     sync.Mutex // guards queues, ctx and parked
	queues map[chat.SDKAppID]*queue
	ctx    context.Context //nolint:containedctx // the one of Run, for what starts by itself
	parked map[int64]bool
	tasks  sync.WaitGroup
}

// New makes the webhook edge: what operations ask and record with, and what
// delivers. It hears of new events as soon as it is made; deliveries start with
// Run.
func New(o Options) (*Hooks, *Dispatcher) { return newLimited(o, defaultLimits) }

func newLimited(o Options, l limits) (*Hooks, *Dispatcher) {
	m := newMetrics(o.Metrics)
	h := &Hooks{client: newClient(o, maxQuestions), log: o.Log, metrics: m, slots: make(map[chat.SDKAppID]chan struct{})}
	d := &Dispatcher{
		store: o.Store, apps: o.Apps, concurrency: o.Concurrency, limits: l, client: newClient(o, o.Concurrency), questions: h.client,
		clock: o.Clock, log: o.Log, metrics: m, parkedEvery: parkedEvery,
		settler: newSettler(o.Store, o.Log, l.unsettled), queues: make(map[chat.SDKAppID]*queue), parked: make(map[int64]bool),
		member: o.Member, peers: newPeers(o.Bus, o.Log),
	}
	o.Member.OnParts(d.gained, d.lost)
	o.Member.OnReborn(func(string) { d.reborn() })
	h.reached = d.reached
	o.Store.OnEvents(d.offer)
	return h, d
}

// Run delivers until ctx ends; then it lets calls that are on their way end, for
// up to drainTime, and stores what came of them. It is called once.
func (d *Dispatcher) Run(ctx context.Context, apps []chat.SDKAppID) error {
	calls, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	d.mu.Lock()
	d.ctx = calls
	d.mu.Unlock()

	var settling sync.WaitGroup
	settling.Go(d.settler.run)
	for _, app := range apps {
		d.Kick(app)
	}
	d.tasks.Go(func() { d.runParked(ctx, calls) })
	if d.member != nil {
		listener, err := d.listen()
		if err != nil {
			d.log.ErrorContext(ctx, "other nodes cannot wake deliveries", "error", err)
		}
		defer listener.Close()
		d.tasks.Go(func() { d.poll(ctx) })
	}

	<-ctx.Done()
	d.stop()
	patience := time.AfterFunc(drainTime, abort)
	defer patience.Stop()
	d.tasks.Wait()
	close(d.settler.closing)
	close(d.settler.waiting)
	settling.Wait()
	d.client.close()
	d.questions.close()
	return nil
}

// drainTime is how long calls on their way may still take at the end. Those that
// take longer are made again after the next start.
const drainTime = 3 * time.Second

func (d *Dispatcher) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ctx = nil
	for _, q := range d.queues {
		q.stop()
	}
}

// offer hears of events that have just been committed.
func (d *Dispatcher) offer(events []store.Event) {
	for len(events) > 0 {
		n := 1
		for n < len(events) && events[n].SDKAppID == events[0].SDKAppID {
			n++
		}
		if q := d.queue(events[0].SDKAppID); q != nil {
			q.offer(events[:n])
		}
		events = events[n:]
	}
}

// queue returns that of an app, nil while deliveries do not run: then the store
// keeps the events.
func (d *Dispatcher) queue(app chat.SDKAppID) *queue {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil {
		return nil
	}
	q := d.queues[app]
	if q == nil {
		q = newQueue(d, app)
		d.queues[app] = q
	}
	return q
}

// Kick starts an app's deliveries anew: settings have changed, or somebody
// knows that the receiver is back.
func (d *Dispatcher) Kick(app chat.SDKAppID) {
	if q := d.queue(app); q != nil {
		q.kick()
	}
}

// reached hears that an app's backend answered a question, so that its other
// webhooks need not wait for the next probe.
func (d *Dispatcher) reached(app chat.SDKAppID) {
	d.mu.Lock()
	q := d.queues[app]
	d.mu.Unlock()
	if q != nil {
		q.reached()
	}
}

// Replayed hears of events that were made pending again, and tells other nodes.
func (d *Dispatcher) Replayed(app chat.SDKAppID) {
	d.rediscover(app)
	d.peers.tell(replayedSubject, app, "")
}

func (d *Dispatcher) rediscover(app chat.SDKAppID) {
	if q := d.queue(app); q != nil {
		q.rediscover()
	}
}

// KickAll is Kick on all nodes.
func (d *Dispatcher) KickAll(app chat.SDKAppID) {
	d.Kick(app)
	d.peers.tell(kickSubject, app, "")
}

// Status is how an app's deliveries stand.
type Status struct {
	// Failing is set while the endpoint as a whole fails.
	Failing bool
	// NextProbe is when a failing endpoint is tried next.
	NextProbe time.Time
	// LastSuccess is when it last answered, zero if not since the start.
	LastSuccess time.Time
	// Conversations is how many have events waiting in memory.
	Conversations int
}

// Status tells how an app's deliveries stand.
func (d *Dispatcher) Status(app chat.SDKAppID) Status {
	q := d.queue(app)
	if q == nil {
		return Status{}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return Status{
		Failing: q.circuit.open, NextProbe: q.circuit.nextProbe, LastSuccess: q.circuit.lastSuccess, Conversations: len(q.lanes),
	}
}

// Failing is an app whose endpoint fails as a whole.
type Failing struct {
	SDKAppID chat.SDKAppID `json:"sdkappid"`
	// NextProbe is when it is tried next.
	NextProbe time.Time `json:"next_probe"`
}

// Failing returns apps whose endpoints fail, at most so many, lowest SDKAppID first.
func (d *Dispatcher) Failing(most int) []Failing {
	failing := []Failing{}
	for _, q := range d.all() {
		q.mu.Lock()
		if q.circuit.open {
			failing = append(failing, Failing{q.app, q.circuit.nextProbe})
		}
		q.mu.Unlock()
	}
	slices.SortFunc(failing, func(a, b Failing) int { return cmp.Compare(a.SDKAppID, b.SDKAppID) })
	return failing[:min(len(failing), most)]
}

// Checked is what came back from trying out an address.
type Checked struct {
	OK bool
	// Explanation says in plain words what came back.
	Explanation string
	Status      int
	Duration    time.Duration
	Reply       string
}

// Check sends a Parley.Ping to url with the app's signature and explains what
// came back.
func (d *Dispatcher) Check(ctx context.Context, app *chat.App, url string) (Checked, error) {
	try := *app
	try.Webhook.URL = url
	body, err := callback.Encode(Ping(d.clock()))
	if err != nil {
		return Checked{}, err
	}
	r := d.client.call(ctx, &try, callback.Delivery{
		Query: query(&try, callback.CommandPing, "", chat.PlatformUnknown), Body: body, EventID: fmt.Sprintf("ping-%d", d.clock().UnixNano()), Attempt: 1,
	}, try.Webhook.TimeoutOf(string(callback.CommandPing)))
	if r.err == nil && !callback.Acknowledged(r.reply) {
		r.err = errNoObject
	}
	checked := Checked{OK: r.err == nil, Status: r.status, Duration: r.duration, Reply: r.head()}
	checked.Explanation = fmt.Sprintf("all good: the receiver answered 200 with a JSON object after %s", r.duration.Round(time.Millisecond))
	if r.err != nil {
		checked.Explanation = r.err.Error()
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return Checked{}, ctx.Err()
	}
	return checked, nil
}

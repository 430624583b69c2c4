package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/credential"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/profile"
	"github.com/parley-im/parley/internal/recent"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
)

// Options of the edge.
type Options struct {
	Store    store.Store
	Apps     func(chat.SDKAppID) *chat.App
	AppIDs   func() []chat.SDKAppID
	Verifier *credential.Verifier
	Services
	// Shared is set when other servers may use the store. Then Abandon is called for
	// the sessions of those that have ended; otherwise all sessions are this server's.
	Shared bool
	// Bus reaches the other nodes on the store, among which this one is called Node; it
	// is nil if there are none.
	Bus  *bus.Bus
	Node string
	// MaxFrame is the largest message of a client, in bytes.
	MaxFrame int
	// MaxLarge bounds the large requests that are being read or carried out on all
	// connections, in bytes; 0 means no limit.
	MaxLarge int64
	// RequestRate is how many requests a second a connection may send, in bursts of
	// ten times as many; 0 means no limit.
	RequestRate int
	// MaxPerAddress and MaxPerApp bound the connections of one address and one app;
	// 0 means no limit.
	MaxPerAddress, MaxPerApp int
	// TrustsProxy reports whether a peer's X-Forwarded-For is believed.
	TrustsProxy func(netip.Addr) bool
	Clock       func() time.Time
	Log         *slog.Logger
	Metrics     prometheus.Registerer
}

// Services are the operations that clients call.
type Services struct {
	Status   *status.Service
	Groups   *group.Service
	Official *official.Service
	Pairs    *c2c.Service
	Profiles *profile.Service
	Friends  *sns.Service
	Recent   *recent.Service
	Marks    *mark.Service
}

// Gateway serves clients.
type Gateway struct {
	Options

	packets map[string]*Packet
	hub     *hub
	metrics *metrics
	// rooms ends memberships that belong to sessions.
	rooms *attendance
	load  load
	// heard is when the last message was sent before this server started.
	heard time.Time
	// unsettled is set while sessions are still to be taken over from the server that
	// was here before; it belongs to the goroutine that sweeps.
	unsettled bool
	// inherited tells that there are abandoned sessions.
	inherited chan struct{}
	// over are the sessions that ended last, and why.
	over *lru.Cache[sessionKey, chat.KickType]

	mu       sync.Mutex // guards all below
	sessions map[sessionKey]*session
	// abandoned are the sessions whose servers have ended and whose clients are to be
	// awaited here.
	abandoned []abandoned
	conns     map[*conn]struct{}
	perIP     map[string]int
	perApp    map[chat.SDKAppID]int
	stopping  bool
	// running are the requests under way and serving the connections, both counted
	// while not stopping.
	running, serving sync.WaitGroup
}

// rememberedEnds is how many ended sessions are remembered, for requests that were
// on their way.
const rememberedEnds = 4096

// sessionKey finds a session by the hash of its token.
type sessionKey struct {
	app chat.SDKAppID
	key string
}

// New makes the edge and begins to hear what the store announces.
func New(ctx context.Context, o Options) (*Gateway, error) {
	h, err := newHub(o.Store, o.Clock, o.Log)
	if err != nil {
		return nil, err
	}
	g := &Gateway{
		Options: o, packets: make(map[string]*Packet), hub: h,
		sessions: make(map[sessionKey]*session), conns: make(map[*conn]struct{}),
		perIP: make(map[string]int), perApp: make(map[chat.SDKAppID]int), inherited: make(chan struct{}, 1),
	}
	h.gateway, g.load.most = g, o.MaxLarge
	if g.rooms, err = newAttendance(g); err != nil {
		return nil, err
	}
	h.polls = newPolls(o.Clock, func(c *conn, h *head, a *pollAnswer) { g.answer(c, h, a, nil) })
	if g.over, err = lru.New[sessionKey, chat.KickType](rememberedEnds); err != nil {
		return nil, err
	}
	g.metrics = newMetrics(o.Metrics, g.count)
	if g.heard, err = g.newestMessage(ctx); err != nil {
		return nil, err
	}
	if h.peers, err = g.join(); err != nil {
		return nil, err
	}
	if p := h.peers; p != nil {
		h.watchers.began, h.watchers.ended = func(u userKey) { p.want(watchSubject(u)) }, func(u userKey) { p.unwant(watchSubject(u)) }
		h.polls.began, h.polls.ended = func(k groupKey) { p.want(groupSubject(k)) }, func(k groupKey) { p.unwant(groupSubject(k)) }
	}
	if !o.Shared {
		if err := g.abandon(ctx); err != nil {
			return nil, err
		}
	}
	table := g.table()
	for i := range table {
		g.packets[table[i].ServCmd()] = &table[i]
	}
	o.Store.OnAnnounce(h.announce)
	o.Store.OnUncertain(g.reread)
	return g, nil
}

// count is how many connections and sessions there are.
func (g *Gateway) count() (conns, sessions int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns), len(g.sessions)
}

// Table is every command of the protocol.
func Table() []Packet { return new(Gateway).table() }

// Run tells clients what happens until ctx ends; then it ends all connections.
func (g *Gateway) Run(ctx context.Context) error {
	var beside sync.WaitGroup
	beside.Go(func() { g.await(ctx) })
	beside.Go(func() { g.sweep(ctx) })
	beside.Go(func() { g.rooms.run(ctx) })
	beside.Go(func() { g.hub.peers.run(ctx.Done()) })
	err := g.hub.run(ctx)
	beside.Wait()
	return err
}

// Stop accepts no more connections and requests, waits until ctx ends for the
// requests under way, and ends all connections.
func (g *Gateway) Stop(ctx context.Context) {
	g.mu.Lock()
	g.stopping = true
	conns := slices.Collect(maps.Keys(g.conns))
	g.mu.Unlock()
	idle := make(chan struct{})
	go func() {
		g.running.Wait()
		close(idle)
	}()
	select {
	case <-idle:
	case <-ctx.Done():
		g.Log.WarnContext(ctx, "some requests of clients did not finish in time")
	}
	for _, c := range conns {
		c.close(reasonStopping)
	}
	g.serving.Wait() // each ends within closeTimeout
}

// begin counts a request in, unless the server is stopping.
func (g *Gateway) begin() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.stopping {
		g.running.Add(1)
	}
	return !g.stopping
}

// ServeHTTP upgrades a request to a connection. Nothing in the address
// authenticates, so limits are all that is checked here.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, err := strconv.ParseInt(q.Get("sdkappid"), 10, 64)
	app := g.Apps(chat.SDKAppID(id))
	if err != nil || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Error(w, "this is the address for clients: a WebSocket with ?sdkappid=", http.StatusBadRequest)
		return
	}
	number, _ := strconv.Atoi(q.Get("platform")) // without one it is unknown
	c := &conn{
		gateway: g, app: app, ip: credential.ClientIP(r, g.TrustsProxy), platform: chat.ClientPlatform(number),
		since: time.Now(), limit: bucket{rate: float64(g.RequestRate), burst: 10 * float64(g.RequestRate)},
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/info"):
		c.form = formText
	case q.Get("compress") == "gzip":
		c.form = formPacked
	}
	if !g.admit(c, chat.SDKAppID(id)) {
		http.Error(w, "too many connections", http.StatusServiceUnavailable)
		return
	}
	up := ws.HTTPUpgrader{Timeout: 10 * time.Second}
	conn, buffers, _, err := up.Upgrade(r, w)
	if err != nil {
		g.forget(c, chat.SDKAppID(id))
		return
	}
	c.net, c.out = conn, direct(conn)
	if n := buffers.Reader.Buffered(); n > 0 { // the client did not wait for the answer
		c.early, _ = buffers.Reader.Peek(n) // they are there
		c.early = bytes.Clone(c.early)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		_ = conn.Close()
		g.forget(c, chat.SDKAppID(id))
		return
	}
	// The reader gets a goroutine of its own, without the stack and the buffers
	// that the HTTP server needed.
	go g.serve(c, chat.SDKAppID(id))
}

// direct is what a connection wraps that only counts.
func direct(conn net.Conn) io.Writer {
	if c, ok := conn.(interface{ Direct() net.Conn }); ok {
		return c.Direct()
	}
	return conn
}

// admit counts a connection in, unless there are too many.
func (g *Gateway) admit(c *conn, app chat.SDKAppID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.stopping,
		g.MaxPerAddress > 0 && g.perIP[c.ip] >= g.MaxPerAddress,
		g.MaxPerApp > 0 && g.perApp[app] >= g.MaxPerApp:
		return false
	}
	g.conns[c] = struct{}{}
	g.serving.Add(1)
	g.perIP[c.ip]++
	g.perApp[app]++
	return true
}

// forget counts a connection out.
func (g *Gateway) forget(c *conn, app chat.SDKAppID) {
	defer g.serving.Done()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	if g.perIP[c.ip]--; g.perIP[c.ip] == 0 {
		delete(g.perIP, c.ip)
	}
	if g.perApp[app]--; g.perApp[app] == 0 {
		delete(g.perApp, app)
	}
}

func (g *Gateway) serve(c *conn, app chat.SDKAppID) {
	defer g.forget(c, app)
	c.read()
	c.finish()
	g.left(c)
	c.mu.Lock()
	why := c.why
	c.mu.Unlock()
	g.metrics.closed.WithLabelValues(string(why)).Inc()
	g.Log.Debug("a client's connection ended", "sdkappid", app, "client_ip", c.ip, "reason", string(why))
}

// receive takes one request: it answers at once what takes no time, and lets the
// rest run in its lane.
func (g *Gateway) receive(c *conn, p *packetIn) {
	finish := func() { g.load.shrink(p.size, 0) }
	switch p.Head.ServCmd {
	case "heartbeat.alive":
		defer finish()
		g.answer(c, &p.Head, new(done), nil)
		return
	case "openim.ws_msg_push_ack":
		defer finish()
		g.acknowledge(c, p)
		return
	}
	if !g.begin() {
		finish()
		return // the client repeats it on its next connection
	}
	run := func() {
		defer g.running.Done()
		defer finish()
		g.handle(c, p)
	}
	if !c.lanes.run(laneOf(p), run) {
		g.running.Done()
		finish()
		g.answer(c, &p.Head, new(done), chat.ErrClientOverloaded)
	}
}

// laneOf keeps messages to one receiver in their order. It reads the receiver alone:
// what waits in a lane stays as it came, for it can be many times as large decoded.
func laneOf(p *packetIn) string {
	service, command, _ := strings.Cut(p.Head.ServCmd, ".")
	switch command {
	case "send_group_msg":
		var to struct {
			GroupID string `json:"GroupId"`
			TopicID string `json:"TopicId"`
		}
		_ = json.Unmarshal(p.Body, &to) // a malformed one is refused later
		return "g" + to.GroupID + to.TopicID
	case "sendmsg":
		var to struct {
			Account string `json:"To_Account"`
		}
		_ = json.Unmarshal(p.Body, &to) // a malformed one is refused later
		return service + to.Account
	}
	return ""
}

// handle carries out one request.
func (g *Gateway) handle(c *conn, p *packetIn) {
	started := time.Now()
	row, known := g.packets[p.Head.ServCmd]
	if !known {
		g.answer(c, &p.Head, new(done), chat.ErrUnknownCommand)
		return
	}
	a, err := g.try(c, row, p)
	if errors.Is(err, errAnswered) {
		g.metrics.answered(row, nil, time.Since(started))
		return
	}
	if a == nil {
		a = new(done)
	}
	refusal := g.refusal(row, err)
	g.answer(c, &p.Head, a, refusal)
	g.metrics.answered(row, refusal, time.Since(started))
}

// try keeps a bug in one command from ending the server.
func (g *Gateway) try(c *conn, row *Packet, p *packetIn) (a answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			a, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return g.do(c, row, p)
}

func (g *Gateway) do(c *conn, row *Packet, p *packetIn) (answer, error) {
	if c.app == nil {
		return nil, chat.ErrAppNotFound
	}
	// The settings of an app change while its clients are connected.
	app := g.Apps(c.app.SDKAppID)
	if app == nil {
		return nil, chat.ErrAppNotFound
	}
	r := &request{
		caller: chat.Caller{App: app, UserID: p.Head.Identifier, Platform: c.platform, ClientIP: c.ip},
		conn:   c, head: p.Head, body: p.Body,
	}
	ctx := context.Background() // a request that was begun is carried out
	if row.BeforeLogin {
		return row.do(ctx, r)
	}
	s, err := g.authenticate(ctx, app, &p.Head)
	if err != nil {
		return nil, err
	}
	if why, over := s.ended(); over {
		return kicked(why), endedError(why)
	}
	r.session = s
	r.caller.UserID, r.caller.Platform, r.caller.Instance = s.userID, s.platform, s.instance
	return row.do(ctx, r)
}

// errAnswered is returned by commands that wrote their answer themselves.
var errAnswered = errors.New("answered")

// refusal is what a client is told of an error.
func (g *Gateway) refusal(row *Packet, err error) *chat.Error {
	if err == nil {
		return nil
	}
	refusal, ok := errors.AsType[*chat.Error](err)
	switch {
	case ok:
	case errors.Is(err, store.ErrFull):
		refusal = chat.ErrInternal.Because("the server's disk is full, nothing was stored").Wrap(err)
	default:
		refusal = chat.AsError(err)
	}
	if refusal.Code == chat.ErrInternal.Code {
		g.Log.Error("a request of a client failed", "command", row.ServCmd(), "error", err)
	}
	return refusal
}

func (g *Gateway) answer(c *conn, h *head, a answer, refusal *chat.Error) {
	a.status().set(refusal)
	f, err := newFrame(headOut{ServCmd: h.ServCmd, Seq: h.Seq}, a)
	if err != nil {
		g.Log.Error("an answer could not be encoded", "command", h.ServCmd, "error", err)
		return
	}
	c.write(f)
}

func serviceOf(servCmd string) string {
	service, _, _ := strings.Cut(servCmd, ".")
	return service
}

// Package server puts the rooms together and runs them: New opens the store and
// wires, Run listens until it is told to stop. Only this package names a storage
// driver.
package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"golang.org/x/sync/errgroup"

	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/bus"
	"github.com/parley-im/parley/internal/c2c"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/cluster"
	"github.com/parley-im/parley/internal/config"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/inbox"
	"github.com/parley-im/parley/internal/credential"
	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/mark"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
	"github.com/parley-im/parley/internal/profile"
	"github.com/parley-im/parley/internal/recent"
	"github.com/parley-im/parley/internal/rest"
	"github.com/parley-im/parley/internal/sns"
	"github.com/parley-im/parley/internal/status"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/store/postgres"
	"github.com/parley-im/parley/internal/store/sqlite"
	"github.com/parley-im/parley/internal/store/sqlstore"
	"github.com/parley-im/parley/internal/webhook"
)

// maxFrame is the largest message of a client, in bytes: a merged message of the
// largest size with what surrounds it.
const maxFrame = chat.MaxRelayBytes + 64<<10

// maxLarge bounds what large requests of all clients together take, in bytes.
const maxLarge = 256 << 20

// databaseFile is the database's name in the data directory.
const databaseFile = "parley.db"

// Server is one running Parley.
type Server struct {
	cfg     config.Config
	log     *slog.Logger
	options Options
	// name is this process's among the nodes, and in the lists of NATS.
	name     string
	store    store.Store
	bus      *bus.Bus        // nil if this server has its store for itself
	member   *cluster.Member // nil likewise
	clock    *clockWatch     // nil likewise
	apps     *app.Registry
	webhooks *webhook.Dispatcher
	gateway  *gateway.Gateway
	inbox    *inbox.Inbox
	metrics  *prometheus.Registry
	lock     *dataLock
	listener net.Listener
	secure   net.Listener // nil without TLS
	http     *http.Server
	firstApp *chat.App
	guard    *policy.Guard
	token    string
	ready    readiness
}

// Options are what the program wants to know of the server.
type Options struct {
	Version string
	// OnReady, if not nil, is called when the server answers.
	OnReady func(Ready)
}

// Ready says where the server is and what is new.
type Ready struct {
	// Addr is the host and port that the server listens on.
	Addr string
	// FirstApp is the app that was made because there was none, else nil.
	FirstApp *chat.App
	// Inbox reports whether the built-in inbox is served.
	Inbox bool
	// AdminFile is where address and token of the admin API are kept.
	AdminFile string
}

// New opens the data directory, makes the first app if there is none, and
// listens. It serves nothing before Run.
func New(ctx context.Context, cfg config.Config, log *slog.Logger, options Options) (*Server, error) {
	log = slog.New(newThrottle(log.Handler()))
	s := &Server{cfg: cfg, log: log, options: options, name: strings.ToLower(rand.Text()[:12]), metrics: prometheus.NewRegistry()}
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	var err error
	if s.lock, err = lockData(s.cfg.Data); err != nil {
		return err
	}
	// Before anything is made that is shown only once.
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", s.cfg.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", s.cfg.Listen, err)
	}
	if err := s.listenTLS(ctx); err != nil {
		return err
	}
	if err := s.openStore(ctx); err != nil {
		return err
	}
	if err := s.joinCluster(); err != nil {
		return err
	}
	if s.cfg.Store != "" {
		s.clock = newClockWatch(s.store, time.Now, s.log, s.metrics)
		s.clock.check(ctx)
	}
	s.member = s.newMember()
	if s.apps, err = app.Load(ctx, s.store, time.Now); err != nil {
		return err
	}
	s.apps.Join(s.bus)
	hooks, err := s.openWebhooks()
	if err != nil {
		return err
	}
	if err := s.bootstrap(ctx); err != nil {
		return err
	}
	s.token = s.adminToken()
	return s.wire(ctx, hooks)
}

// openStore opens the embedded database, or connects to the one that is shared.
func (s *Server) openStore(ctx context.Context) error {
	// A pointer to a store that failed to open must not become an interface.
	var db *sqlstore.Store
	var err error
	if url := s.cfg.Store.Reveal(); url != "" {
		db, err = postgres.Open(ctx, postgres.Options{URL: url})
	} else {
		db, err = sqlite.Open(ctx, filepath.Join(s.cfg.Data, databaseFile), sqlite.Options{CacheKiB: s.cfg.SQLiteCacheKiB})
	}
	if err != nil {
		return err
	}
	s.store = db
	if s.cfg.Store == "" {
		return s.returnTo()
	}
	return nil
}

// joinCluster connects to the other servers on the database, if there are to be
// some.
func (s *Server) joinCluster() error {
	url := s.cfg.Cluster.Reveal()
	if url == "" {
		return nil
	}
	if s.cfg.Store == "" {
		return errors.New("cluster is set and store is not: servers that are joined share a PostgreSQL database")
	}
	var err error
	s.bus, err = bus.Dial(bus.Options{URL: url, Installation: s.store.InstallationID(), Node: s.name, Log: s.log.With("room", "bus")})
	return err
}

func (s *Server) openWebhooks() (*webhook.Hooks, error) {
	roots, err := s.cfg.WebhookRootCAs()
	if err != nil {
		return nil, err
	}
	hooks, dispatcher := webhook.New(webhook.Options{
		Store: s.store, Apps: s.apps.Get, Concurrency: s.cfg.WebhookConcurrency, Reach: reach(s.cfg.WebhookAddresses()), Roots: roots,
		Member: s.member, Bus: s.bus, Clock: time.Now, Log: s.log.With("room", "webhook"), Metrics: s.metrics,
	})
	s.webhooks = dispatcher
	s.apps.OnChange(dispatcher.Kick)
	return hooks, nil
}

func reach(p config.AddressPolicy) webhook.Reach {
	switch p {
	case config.AddressesAllow:
		return webhook.Anywhere
	case config.AddressesLoopback:
		return webhook.Loopback
	case config.AddressesDeny, config.AddressesAuto:
		return webhook.PublicOnly
	}
	return webhook.PublicOnly
}

// bootstrap makes the first app of an empty store.
func (s *Server) bootstrap(ctx context.Context) error {
	if len(s.apps.List()) > 0 {
		return nil
	}
	a, err := s.apps.Bootstrap(ctx, app.New{
		SDKAppID: chat.SDKAppID(s.cfg.BootstrapSDKAppID), SecretKey: s.cfg.BootstrapSecret.Reveal(),
		Administrators: []string{s.cfg.BootstrapAdmin},
	})
	if err != nil {
		return fmt.Errorf("make the first app: %w", err)
	}
	s.firstApp = a
	return nil
}

// adminToken is the configured one, or one that is made once and kept in the
// data directory.
func (s *Server) adminToken() string {
	if token := s.cfg.AdminToken.Reveal(); token != "" {
		return token
	}
	if old, err := console.ReadFile(s.cfg.Data); err == nil && old.Token != "" {
		return old.Token
	}
	return strings.ToLower(rand.Text())
}

func (s *Server) wire(ctx context.Context, hooks *webhook.Hooks) error {
	s.guard = policy.NewGuard(time.Now)
	guard := s.guard
	groups, err := group.New(group.Options{Store: s.store, Hooks: hooks, Guard: guard, Clock: time.Now, Log: s.log.With("room", "group")})
	if err != nil {
		return err
	}
	officials := official.New(official.Options{Store: s.store, Hooks: hooks, Guard: guard, Clock: time.Now, Log: s.log.With("room", "official")})
	verifier, err := credential.NewVerifier(time.Now)
	if err != nil {
		return err
	}
	edge := rest.New(rest.Options{
		Apps: s.apps.Get, Accounts: account.New(s.store), Groups: groups, Official: officials, Guard: guard, Verifier: verifier,
		MaxBody: s.cfg.MaxBody, TrustsProxy: s.cfg.TrustsProxy, Clock: time.Now, Log: s.log.With("room", "rest"), Metrics: s.metrics,
	})
	s.gateway, err = gateway.New(ctx, gateway.Options{
		Store: s.store, Apps: s.apps.Get, AppIDs: s.appIDs, Verifier: verifier,
		Services: gateway.Services{
			Status: status.New(s.store, hooks, s.member.ID), Groups: groups, Official: officials,
			Pairs:    c2c.New(c2c.Options{Store: s.store, Hooks: hooks, Guard: guard, Clock: time.Now, Log: s.log.With("room", "c2c")}),
			Profiles: profile.New(s.store, hooks),
			Friends:  sns.New(s.store, hooks, time.Now),
			Recent:   recent.New(s.store),
			Marks:    mark.New(s.store, hooks, guard),
		},
		Bus: s.bus, Node: s.name, Shared: s.member != nil, MaxFrame: maxFrame, MaxLarge: maxLarge,
		RequestRate: s.cfg.ClientRate, MaxPerAddress: s.cfg.MaxClientsPerAddress, MaxPerApp: s.cfg.MaxClientsPerApp,
		TrustsProxy: s.cfg.TrustsProxy, Clock: time.Now, Log: s.log.With("room", "gateway"), Metrics: s.metrics,
	})
	if err != nil {
		return err
	}
	s.member.OnReborn(func(string) { s.gateway.Reclaim(context.Background()) })
	s.member.OnNodeLost(func(n store.Node) { s.gateway.CatchUp(n.SeenTime.Add(-untold)) })
	s.metrics.MustRegister(&outboxCollector{store: s.store, apps: s.apps, webhooks: s.webhooks})
	operators := console.New(console.Options{
		Apps: s.apps, Store: s.store, Webhooks: deliveries{s.webhooks, s.store, s.elsewhere}, Token: s.token, Clock: time.Now, Log: s.log.With("room", "console"),
		Version: s.options.Version, Nodes: s.nodes,
	})
	s.http = s.newHTTP(s.routes(edge, operators))
	return nil
}

// Run serves until ctx ends; then it lets what is running finish, within the
// configured time, and closes everything.
func (s *Server) Run(ctx context.Context) error {
	addr := s.listener.Addr().String()
	if err := console.WriteFile(s.cfg.Data, console.File{URL: console.LocalURL(addr), Token: s.token}); err != nil {
		// As with a full disk: what is stored can still be read.
		s.log.ErrorContext(ctx, "commands will not find this server by its data directory", "error", err)
	}
	// The node lives until all that it holds is settled.
	living, stopLiving := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLiving()
	if err := s.join(living); err != nil {
		return errors.Join(err, s.close())
	}
	var life errgroup.Group
	life.Go(func() error { return s.member.Run(living) })
	// Deliveries outlive the edges, which still make events while they drain.
	deliveries, stopDeliveries := context.WithCancel(context.WithoutCancel(ctx))
	defer stopDeliveries()
	var rooms errgroup.Group
	rooms.Go(func() error { return s.webhooks.Run(deliveries, s.appIDs()) })
	rooms.Go(func() error { return purge(deliveries, s.store, s.member.Holds, purgeEvery, s.log) })
	rooms.Go(func() error { return s.gateway.Run(deliveries) })
	rooms.Go(func() error { return s.guard.Run(deliveries, s.bus) })
	if s.cfg.Store != "" {
		rooms.Go(func() error { return s.apps.Run(deliveries, s.log.With("room", "app")) })
		rooms.Go(func() error { return s.clock.run(deliveries) })
	}
	served := make(chan error, 1)
	go func() { served <- s.serve() }()
	s.ready.set(true)
	s.log.InfoContext(ctx, "ready", "address", addr, "data", s.cfg.Data, "apps", len(s.apps.List()))
	if s.options.OnReady != nil {
		s.options.OnReady(Ready{
			Addr: addr, FirstApp: s.firstApp, Inbox: s.inbox != nil, AdminFile: console.FilePath(s.cfg.Data),
		})
	}
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		err = s.drain(served)
	}
	stopDeliveries()
	err = errors.Join(err, rooms.Wait())
	stopLiving()
	err = errors.Join(err, life.Wait(), s.close())
	s.log.InfoContext(ctx, "stopped")
	return err
}

// join makes this server known to those that share the store.
func (s *Server) join(ctx context.Context) error {
	if s.member == nil {
		return nil
	}
	if err := s.member.Join(ctx); err != nil {
		return fmt.Errorf("join the servers that share the database: %w", err)
	}
	s.noteNode(s.member.ID())
	s.log.InfoContext(ctx, "joined the servers that share the database", "node", s.member.ID())
	return nil
}

// serve answers on all listeners until the server is shut down.
func (s *Server) serve() error {
	listeners := []net.Listener{s.listener}
	if s.secure != nil {
		listeners = append(listeners, s.secure)
	}
	var serving errgroup.Group
	for _, l := range listeners {
		serving.Go(func() error {
			if err := s.http.Serve(s.limited(l)); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve: %w", err)
			}
			return nil
		})
	}
	return serving.Wait()
}

// drain takes no new requests and waits for the running ones.
func (s *Server) drain(served <-chan error) error {
	s.ready.set(false)
	s.log.Info("stopping, running requests may finish", "timeout", s.cfg.ShutdownTimeout)
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownTimeout)
	defer cancel()
	err := s.http.Shutdown(ctx)
	s.gateway.Stop(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		s.log.Warn("some requests did not finish in time and are broken off")
		err = s.http.Close()
	}
	return errors.Join(err, <-served)
}

func (s *Server) appIDs() []chat.SDKAppID {
	var ids []chat.SDKAppID
	for _, a := range s.apps.List() {
		ids = append(ids, a.SDKAppID)
	}
	return ids
}

// close closes what was opened.
func (s *Server) close() error {
	var err error
	for _, l := range []net.Listener{s.listener, s.secure} {
		if l == nil {
			continue
		}
		if e := l.Close(); !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	}
	s.bus.Close()
	if s.store != nil {
		err = errors.Join(err, s.store.Close())
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.release())
	}
	return err
}

package server

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parley-im/parley/docs"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/inbox"
	"github.com/parley-im/parley/internal/rest"
	"github.com/parley-im/parley/internal/store"
)

// readiness is whether the server takes requests.
type readiness struct{ yes atomic.Bool }

func (r *readiness) set(yes bool) { r.yes.Store(yes) }

func (s *Server) routes(edge *rest.Handler, operators *console.Console) http.Handler {
	mux := http.NewServeMux()
	edge.Routes(mux)
	mux.Handle("/admin/v1/", operators.Handler())
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /openapi.json", docs.ServeOpenAPI)
	if s.cfg.InboxEnabled() {
		s.inbox = inbox.New(inbox.Options{Verifier: verifier{s.apps}, LocalOnly: s.cfg.InboxLocalOnly(), Hints: inboxHints})
		mux.Handle("/inbox/{name}", s.inbox)
	}
	return s.clients(rest.Clean(mux))
}

// clients sends those who speak the client protocol to the gateway. A proxy in
// front may have put a prefix before the protocol's two paths.
func (s *Server) clients(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/binfo") || strings.HasSuffix(r.URL.Path, "/info") {
			s.gateway.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// inboxHints are what an empty inbox tells to try.
var inboxHints = []inbox.Hint{
	{Title: "Send your app's webhooks here", Command: "parley webhook set --url {url}"},
	{Title: "Make all of them fire once", Command: "parley try"},
}

// readyz says whether the server takes requests and its store answers.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if !s.ready.yes.Load() {
		text(w, http.StatusServiceUnavailable, "starting or stopping\n")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	err := s.store.View(ctx, func(tx store.Tx) error {
		_, err := tx.ListApps(ctx)
		return err
	})
	if err != nil {
		s.log.ErrorContext(ctx, "the store does not answer", "error", err)
		text(w, http.StatusServiceUnavailable, "the store does not answer\n")
		return
	}
	// What is stored is not lost, and what clients miss they get when NATS is back.
	if !s.bus.Connected() {
		text(w, http.StatusOK, "ready, but NATS cannot be reached: clients on other nodes hear later of what happens here\n")
		return
	}
	if unheard := s.unheard(); len(unheard) > 0 {
		text(w, http.StatusOK, "ready, but these nodes are alive and not heard over NATS, clients hear later of what happens there: "+strings.Join(unheard, ", ")+"\n")
		return
	}
	text(w, http.StatusOK, "ready\n")
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client went away
}

func (s *Server) newHTTP(handler http.Handler) *http.Server {
	h := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: s.cfg.ReadTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(quiet{s.log.Handler()}, slog.LevelDebug),
	}
	if s.inbox != nil {
		h.RegisterOnShutdown(s.inbox.Close)
	}
	return h
}

// quiet keeps what strangers do to connections at debug level.
type quiet struct{ slog.Handler }

// Handle passes on panics, which net/http reports like everything else, as
// errors.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "panic") {
		r.Level = slog.LevelError
	}
	if !q.Enabled(ctx, r.Level) {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// limited accepts no more connections than configured.
func (s *Server) limited(l net.Listener) net.Listener {
	unlimited := func(addr netip.Addr) bool { return s.cfg.MaxClientsPerAddress == 0 || s.cfg.TrustsProxy(addr) }
	return newLimitListener(l, s.cfg.MaxConnections, unlimited, func(addr netip.Addr) {
		s.log.Warn("an address has half of all connections and gets no more; if it is a reverse proxy, set trusted_proxies", "address", addr)
	})
}

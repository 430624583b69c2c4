// Package console is the edge towards operators: an HTTP API under /admin/v1
// with which apps and their webhooks are set up, deliveries are looked at, and
// events are delivered again. The command line is its first user, by way of
// package client.
//
// Every request carries the operator's token. Bodies are JSON in both
// directions, with the structs of package client; what a request has beyond
// them is refused. Errors are JSON with a sentence for a person.
//
// The console holds nothing: apps live in their registry, events in the store,
// and how deliveries stand is known to the webhook edge. Any number of requests
// may run at once.
package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

// Apps keeps the tenants; *app.Registry does.
type Apps interface {
	// Get returns nil if there is no such app.
	Get(id chat.SDKAppID) *chat.App
	List() []*chat.App
	Create(ctx context.Context, n app.New) (*chat.App, error)
	Change(ctx context.Context, id chat.SDKAppID, change func(*chat.App) error) (*chat.App, error)
}

// Store is the part of the store that the console needs.
type Store interface {
	View(ctx context.Context, fn func(store.Tx) error) error
	Update(ctx context.Context, fn func(store.Tx) error) error
}

// Webhooks is the webhook edge as the console sees it.
type Webhooks interface {
	// Commands are the webhooks that can be switched on.
	Commands() []callback.Command
	// EventID is the public name of an event, ParseEventID its inverse, which
	// takes the number alone as well.
	EventID(id int64) string
	ParseEventID(text string) (id int64, ok bool)
	// Endpoint tells how an app's deliveries stand.
	Endpoint(app chat.SDKAppID) Endpoint
	// Check tries out a URL with the app's signature.
	Check(ctx context.Context, app *chat.App, url string) (Checked, error)
	// Kick starts deliveries anew, since the receiver is known to work.
	Kick(app chat.SDKAppID)
	// Replayed hears of events that were made pending again.
	Replayed(app chat.SDKAppID)
}

// Endpoint is how an app's deliveries stand, as the webhook edge knows it.
type Endpoint struct {
	// Failing is set while the endpoint as a whole fails and is only probed.
	Failing bool
	// FailingOn are the addresses of the nodes for which it fails, if the store is
	// shared: each finds out by itself.
	FailingOn []string
	// NextProbe is when it is tried next.
	NextProbe time.Time
	// LastSuccess is when it last answered, zero if not since the start.
	LastSuccess time.Time
	// Conversations is how many have events waiting in memory.
	Conversations int
}

// Checked is what came back from trying out an address.
type Checked struct {
	OK bool
	// Explanation says in plain words what came back.
	Explanation string
	// Status is the HTTP status, 0 if none came.
	Status   int
	Duration time.Duration
	// Reply is the first part of the receiver's body.
	Reply string
}

// Options are what a console needs from the server.
type Options struct {
	Apps     Apps
	Store    Store
	Webhooks Webhooks
	// Token is what operators must know. Without one nobody is let in.
	Token string
	Clock func() time.Time
	Log   *slog.Logger
	// Version is the server's, for those who ask.
	Version string
	// Nodes lists the servers that share the store.
	Nodes func(ctx context.Context) ([]client.Node, error)
}

// Console is the admin API.
type Console struct {
	Options
}

// New makes a console.
func New(o Options) *Console { return &Console{Options: o} }

// route is one endpoint: what it is called by, the status of its success, and
// what it does.
type route struct {
	pattern string
	status  int
	do      func(r *http.Request) (any, error)
}

func (c *Console) routes() []route {
	const one = "/admin/v1/apps/{sdkappid}"
	return []route{
		{"GET /admin/v1/server", http.StatusOK, c.getServer},
		{"GET /admin/v1/nodes", http.StatusOK, c.listNodes},

		{"GET /admin/v1/apps", http.StatusOK, c.listApps},
		{"POST /admin/v1/apps", http.StatusCreated, c.createApp},
		{"GET " + one, http.StatusOK, c.getApp},
		{"PATCH " + one, http.StatusOK, c.updateApp},

		{"GET " + one + "/webhook", http.StatusOK, c.getWebhook},
		{"PATCH " + one + "/webhook", http.StatusOK, c.updateWebhook},
		{"GET " + one + "/webhook/status", http.StatusOK, c.getStatus},
		{"POST " + one + "/webhook/check", http.StatusOK, c.checkURL},
		{"GET " + one + "/webhook/explain", http.StatusOK, c.explain},

		{"GET " + one + "/events", http.StatusOK, c.listEvents},
		{"POST " + one + "/events/replay", http.StatusOK, c.replay},
		{"GET " + one + "/events/{event}", http.StatusOK, c.getEvent},
	}
}

// Handler serves the paths under /admin/v1/ to those who have the token.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range c.routes() {
		mux.Handle(route.pattern, c.serve(route))
	}
	return c.guard(mux)
}

func (c *Console) listNodes(r *http.Request) (any, error) {
	nodes, err := c.Nodes(r.Context())
	return client.NodeList{Nodes: nodes}, err
}

func (c *Console) getServer(*http.Request) (any, error) {
	server := client.Server{Version: c.Version, Time: c.Clock(), Commands: []string{}}
	for _, command := range c.Webhooks.Commands() {
		server.Commands = append(server.Commands, string(command))
	}
	return server, nil
}

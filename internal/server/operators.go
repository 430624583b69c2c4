package server

import (
	"context"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/store"
	"github.com/parley-im/parley/internal/webhook"
)

// deliveries shows the webhook edge to the console, since edges do not know each
// other.
type deliveries struct {
	*webhook.Dispatcher

	store store.Store
	// elsewhere adds what other nodes know of an endpoint.
	elsewhere func(chat.SDKAppID, console.Endpoint) console.Endpoint
}

var _ console.Webhooks = deliveries{}

// Commands are the webhooks that can be switched on.
func (deliveries) Commands() []callback.Command { return webhook.Commands() }

// EventID is the public name of an event.
func (d deliveries) EventID(id int64) string { return webhook.EventID(d.store.InstallationID(), id) }

// ParseEventID reads a public name.
func (d deliveries) ParseEventID(text string) (int64, bool) {
	return webhook.ParseEventID(d.store.InstallationID(), text)
}

// Endpoint tells how an app's deliveries stand.
func (d deliveries) Endpoint(app chat.SDKAppID) console.Endpoint {
	s := d.Status(app)
	return d.elsewhere(app, console.Endpoint{
		Failing: s.Failing, NextProbe: s.NextProbe, LastSuccess: s.LastSuccess, Conversations: s.Conversations,
	})
}

// Kick starts deliveries anew, on all nodes.
func (d deliveries) Kick(app chat.SDKAppID) { d.KickAll(app) }

// Check tries out an address.
func (d deliveries) Check(ctx context.Context, app *chat.App, url string) (console.Checked, error) {
	checked, err := d.Dispatcher.Check(ctx, app, url)
	return console.Checked(checked), err
}

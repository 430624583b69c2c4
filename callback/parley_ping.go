package callback

import "context"

// Ping is the webhook with which an operator tries an app's settings. It
// reports nothing and exists in Parley only.
type Ping struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandPing].
func (Ping) Command() Command { return CommandPing }

func (b Ping) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnPing registers a function that learns of test webhooks. Without one they
// are acknowledged, which is all they need.
func (h *Handler) OnPing(fn func(context.Context, Request, *Ping) error) {
	onAfter(h, fn)
}

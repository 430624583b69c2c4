package callback

import "context"

// StateChange reports that a user came or went with one of his devices.
//
// The query's OptPlatform is that of the device. Spec: webhooks#4.11
type StateChange struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`

	Info StateInfo `json:"Info"`

	// KickedDevice are the devices whose logins ended with this one, left out if
	// there are none.
	KickedDevice []KickedDevice `json:"KickedDevice,omitempty"`
}

// StateInfo is who came or went, and how.
type StateInfo struct {
	// Action is Login, Logout or Disconnect.
	Action    string `json:"Action"`
	ToAccount string `json:"To_Account"`

	// Reason is Register for a login, Unregister for a logout, and LinkClose or
	// TimeOut for a lost connection.
	Reason string `json:"Reason"`
}

// KickedDevice is a device whose login was ended.
type KickedDevice struct {
	// Platform is what the ended login ran on.
	Platform Platform `json:"Platform"`
}

// Command returns [CommandStateChange].
func (StateChange) Command() Command { return CommandStateChange }

func (b StateChange) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnStateChange registers the function that learns who comes and goes. After an
// error the report comes again.
func (h *Handler) OnStateChange(fn func(context.Context, Request, *StateChange) error) {
	onAfter(h, fn)
}

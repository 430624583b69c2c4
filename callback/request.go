package callback

import "encoding/json"

// Request is what a webhook tells beside its typed body.
type Request struct {
	SDKAppID int64
	Command  Command

	// EventID identifies the event and stays the same when the webhook is
	// repeated. With signing secrets it is the signed id. It is empty if the
	// sender is not Parley.
	EventID string

	// Attempt counts the attempts to deliver, from 1. It is 0 if the sender is
	// not Parley.
	Attempt int

	// ClientIP is the address of the client that caused the event; empty if
	// none did.
	ClientIP string

	// OptPlatform is the kind of that client.
	OptPlatform Platform

	// Body is the body as it came, a JSON object. It has the fields that the
	// typed body does not know.
	Body json.RawMessage
}

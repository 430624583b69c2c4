package callback

import "context"

// C2CBeforeSendMsg asks before a message from one user to another is stored and
// delivered.
//
// The reply may allow the message, rewrite it, refuse it, or drop it silently
// ([Allow], [Replace], [Refuse], [RefuseWith] with codes 120001 to 130000,
// [Discard]). Spec: webhooks#4.10
type C2CBeforeSendMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`
	FromAccount     string  `json:"From_Account"`
	ToAccount       string  `json:"To_Account"`

	// MsgSeq and MsgRandom are numbers that the sender gave the message.
	MsgSeq    int64  `json:"MsgSeq"`
	MsgRandom uint32 `json:"MsgRandom"`

	// MsgTime is the time at which the server asks, in Unix seconds.
	MsgTime int64 `json:"MsgTime"`

	// MsgKey is the key that the message will have if it is stored in the second
	// of MsgTime.
	MsgKey string `json:"MsgKey"`

	// MsgID is the message's id on clients, left out if the sender gave none.
	MsgID string `json:"MsgId,omitempty"`

	// OnlineOnlyFlag is 1 for a message that is not stored, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandC2CBeforeSendMsg].
func (C2CBeforeSendMsg) Command() Command { return CommandC2CBeforeSendMsg }

func (b C2CBeforeSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnC2CBeforeSendMsg registers the function that decides on messages between
// users. A nil reply allows; an error answers HTTP 500, on which the app's failure
// policy decides.
func (h *Handler) OnC2CBeforeSendMsg(fn func(context.Context, Request, *C2CBeforeSendMsg) (*Reply, error)) {
	onBefore(h, fn)
}

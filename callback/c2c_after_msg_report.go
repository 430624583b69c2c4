package callback

import "context"

// C2CAfterMsgReport reports that a user has read what another said.
//
// Spec: webhooks#4.10
type C2CAfterMsgReport struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// ReportAccount is who has read, PeerAccount whose messages.
	ReportAccount string `json:"Report_Account"`
	PeerAccount   string `json:"Peer_Account"`

	// LastReadTime is up to when everything is read, in Unix seconds.
	LastReadTime int64 `json:"LastReadTime"`

	// UnreadMsgNum is how many messages ReportAccount has not read, of all users.
	UnreadMsgNum int `json:"UnreadMsgNum"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandC2CAfterMsgReport].
func (C2CAfterMsgReport) Command() Command { return CommandC2CAfterMsgReport }

func (b C2CAfterMsgReport) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnC2CAfterMsgReport registers the function that learns what users have read.
// After an error the report comes again.
func (h *Handler) OnC2CAfterMsgReport(fn func(context.Context, Request, *C2CAfterMsgReport) error) {
	onAfter(h, fn)
}

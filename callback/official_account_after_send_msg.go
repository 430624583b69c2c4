package callback

import "context"

// OfficialAccountAfterSendMsg reports a message of an official account to its
// subscribers. It comes once for each message, however many subscribers there
// are.
//
// Spec: webhooks#4.9
type OfficialAccountAfterSendMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OfficialAccount is the sender.
	OfficialAccount string `json:"Official_Account"`

	// MsgKey identifies the message, for instance to recall it.
	MsgKey string `json:"MsgKey"`

	// MsgTime is the server's time of the message in Unix seconds.
	MsgTime int64 `json:"MsgTime"`

	// OnlineOnlyFlag is 1 for a message to online subscribers only, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	// MsgBody is the message as delivered, after a rewrite if there was one.
	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandOfficialAccountAfterSendMsg].
func (OfficialAccountAfterSendMsg) Command() Command { return CommandOfficialAccountAfterSendMsg }

func (b OfficialAccountAfterSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnOfficialAccountAfterSendMsg registers the function that learns of sent
// messages of official accounts. After an error the report comes again.
func (h *Handler) OnOfficialAccountAfterSendMsg(fn func(context.Context, Request, *OfficialAccountAfterSendMsg) error) {
	onAfter(h, fn)
}

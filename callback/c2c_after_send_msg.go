package callback

import "context"

// C2CAfterSendMsg reports what became of a message from one user to another: that
// it was sent, or why it could not be.
//
// Spec: webhooks#4.10
type C2CAfterSendMsg struct {
	CallbackCommand Command `json:"CallbackCommand"`
	FromAccount     string  `json:"From_Account"`
	ToAccount       string  `json:"To_Account"`

	// MsgSeq and MsgRandom are numbers that the sender gave the message.
	MsgSeq    int64  `json:"MsgSeq"`
	MsgRandom uint32 `json:"MsgRandom"`

	// MsgTime is the server's time of the message in Unix seconds. It gives the
	// order of messages, within a second MsgSeq does.
	MsgTime int64 `json:"MsgTime"`

	// MsgKey identifies the message between the two users, for instance to recall
	// it.
	MsgKey string `json:"MsgKey"`

	// MsgID is the message's id on clients, left out if the sender gave none.
	MsgID string `json:"MsgId,omitempty"`

	// OnlineOnlyFlag is 1 for a message that is not stored, else 0.
	OnlineOnlyFlag int `json:"OnlineOnlyFlag"`

	// SendMsgResult is 0 if the message was sent, else the code that the sender
	// got, and ErrorInfo the text.
	SendMsgResult int    `json:"SendMsgResult"`
	ErrorInfo     string `json:"ErrorInfo"`

	// UnreadMsgNum is how many messages the receiver has not read, of all users;
	// -1 if the message was not sent.
	UnreadMsgNum int `json:"UnreadMsgNum"`

	// MsgBody is the message as delivered, after a rewrite if there was one.
	MsgBody []MsgElement `json:"MsgBody"`

	// CloudCustomData is the app's own data, left out if there is none.
	CloudCustomData string `json:"CloudCustomData,omitempty"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// C2CSucceeded is the ErrorInfo of a message that was sent.
const C2CSucceeded = "send msg succeed"

// Command returns [CommandC2CAfterSendMsg].
func (C2CAfterSendMsg) Command() Command { return CommandC2CAfterSendMsg }

func (b C2CAfterSendMsg) wire() any {
	b.CallbackCommand = b.Command()
	b.MsgBody = orEmpty(b.MsgBody)
	return &b
}

// OnC2CAfterSendMsg registers the function that learns what became of messages
// between users. After an error the report comes again.
func (h *Handler) OnC2CAfterSendMsg(fn func(context.Context, Request, *C2CAfterSendMsg) error) {
	onAfter(h, fn)
}

package callback

import "context"

// GroupBeforeCreateTopic asks before a topic of a community is created. It has no
// id yet, and the body does not say in which community.
//
// The reply may allow the topic or refuse it ([Allow], [Refuse], [RefuseWith]
// with codes 10100 to 10200). Spec: webhooks#4.8
type GroupBeforeCreateTopic struct {
	CallbackCommand Command `json:"CallbackCommand"`

	// OperatorAccount is who made the request: a user, or over REST an
	// administrator.
	OperatorAccount string `json:"Operator_Account"`

	// Type is that of the community.
	Type string `json:"Type"`

	// Name is the topic's.
	Name string `json:"Name"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupBeforeCreateTopic].
func (GroupBeforeCreateTopic) Command() Command { return CommandGroupBeforeCreateTopic }

func (b GroupBeforeCreateTopic) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupBeforeCreateTopic registers the function that decides on new topics. A
// nil reply allows; an error answers HTTP 500, on which the app's failure policy
// decides.
func (h *Handler) OnGroupBeforeCreateTopic(fn func(context.Context, Request, *GroupBeforeCreateTopic) (*Reply, error)) {
	onBefore(h, fn)
}

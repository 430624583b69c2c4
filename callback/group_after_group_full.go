package callback

import "context"

// GroupAfterGroupFull reports a group that has as many members as it may.
type GroupAfterGroupFull struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupAfterGroupFull].
func (GroupAfterGroupFull) Command() Command { return CommandGroupAfterGroupFull }

func (b GroupAfterGroupFull) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupAfterGroupFull registers the function that learns of full groups. After
// an error the report comes again.
func (h *Handler) OnGroupAfterGroupFull(fn func(context.Context, Request, *GroupAfterGroupFull) error) {
	onAfter(h, fn)
}

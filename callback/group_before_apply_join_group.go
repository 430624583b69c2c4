package callback

import "context"

// GroupBeforeApplyJoinGroup asks before a user joins a group, or before those who
// decide are told that he wants to.
//
// The reply may let him go on, which does not spare him the group's own
// approval, or refuse him ([Allow], [Refuse], [RefuseWith] with codes 10100 to
// 10200).
type GroupBeforeApplyJoinGroup struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is the group's type, spelled as when the group was created.
	Type string `json:"Type"`

	// RequestorAccount is who wants to join.
	RequestorAccount string `json:"Requestor_Account"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupBeforeApplyJoinGroup].
func (GroupBeforeApplyJoinGroup) Command() Command { return CommandGroupBeforeApplyJoinGroup }

func (b GroupBeforeApplyJoinGroup) wire() any {
	b.CallbackCommand = b.Command()
	return &b
}

// OnGroupBeforeApplyJoinGroup registers the function that decides who may join. A
// nil reply allows; an error answers HTTP 500, on which the app's failure policy
// decides.
func (h *Handler) OnGroupBeforeApplyJoinGroup(fn func(context.Context, Request, *GroupBeforeApplyJoinGroup) (*Reply, error)) {
	onBefore(h, fn)
}

package callback

import "context"

// GroupOnMemberStateChange reports members of an AVChatRoom who came or went.
//
// Spec: webhooks#4.7
type GroupOnMemberStateChange struct {
	CallbackCommand Command `json:"CallbackCommand"`

	GroupID string `json:"GroupId"`

	// Type is AVChatRoom.
	Type string `json:"Type"`

	// EventType is Online or Offline.
	EventType string `json:"EventType"`

	// EventCause is why: Join or HeartbeatRecover for Online, Quit or
	// HeartbeatInterrupt for Offline.
	EventCause string `json:"EventCause"`

	MemberList []GroupMember `json:"MemberList"`

	// EventTime is in Unix milliseconds.
	EventTime int64 `json:"EventTime"`
}

// Command returns [CommandGroupOnMemberStateChange].
func (GroupOnMemberStateChange) Command() Command { return CommandGroupOnMemberStateChange }

func (b GroupOnMemberStateChange) wire() any {
	b.CallbackCommand = b.Command()
	b.MemberList = orEmpty(b.MemberList)
	return &b
}

// OnGroupOnMemberStateChange registers the function that learns who comes to an
// AVChatRoom and who goes. After an error the report comes again.
func (h *Handler) OnGroupOnMemberStateChange(fn func(context.Context, Request, *GroupOnMemberStateChange) error) {
	onAfter(h, fn)
}

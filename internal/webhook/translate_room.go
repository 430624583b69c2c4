package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/event"
)

func groupOnStateChange(e event.RoomStateChanged) callback.Body {
	b := callback.GroupOnMemberStateChange{
		GroupID: e.GroupID, Type: string(e.Type), EventType: "Offline", EventCause: string(e.Cause),
		MemberList: groupMembers(e.Members), EventTime: e.At.UnixMilli(),
	}
	if e.Cause.Online() {
		b.EventType = "Online"
	}
	return b
}

package gateway

import (
	"reflect"
	"slices"

	"github.com/parley-im/parley/internal/event"
)

// pushRow ties an event to what clients are told of it.
type pushRow struct {
	event reflect.Type
	do    func(*hub, event.Event)
}

// push makes a row. do runs on the hub's goroutine, in the order of commits; it
// builds the entries of EventArray and names who gets them.
func push[E event.Event](do func(*hub, E)) pushRow {
	return pushRow{
		event: reflect.TypeFor[E](),
		do:    func(h *hub, e event.Event) { do(h, e.(E)) }, //nolint:forcetypeassert,errcheck // the row is found by this type
	}
}

var pushes = func() map[reflect.Type]pushRow {
	m := make(map[reflect.Type]pushRow)
	for _, r := range slices.Concat(statusPushes, groupPushes, messagePushes, pairPushes, profilePushes, markPushes, topicPushes) {
		m[r.event] = r
	}
	return m
}()

// eventNumber is the kind of an entry of EventArray.
type eventNumber int

// The kinds of entries.
const (
	eventGroupMessage  eventNumber = 3
	eventGroupTip      eventNumber = 4
	eventNotice        eventNumber = 5
	eventVolatileTip   eventNumber = 6
	eventFriends       eventNumber = 7
	eventProfile       eventNumber = 8
	eventPairMessage   eventNumber = 9
	eventPairNotify    eventNumber = 10
	eventConversations eventNumber = 11
	eventMention       eventNumber = 12
	eventReadAll       eventNumber = 14
	eventPairModified  eventNumber = 15
	eventPairReceipt   eventNumber = 16
	eventGroupModified eventNumber = 17
	eventExtension     eventNumber = 18
	eventUserStatus    eventNumber = 19
	eventRoomRecall    eventNumber = 20
	eventReaction      eventNumber = 21
	eventFollow        eventNumber = 22
	eventDoNotDisturb  eventNumber = 24
)

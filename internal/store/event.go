package store

import (
	"context"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

// EventState is where an event stands on its way to the receiver.
type EventState int

// The states of an event.
const (
	// Pending events wait in the outbox; those with attempts are being retried.
	Pending EventState = iota
	// Parked events are retried by themselves, their successors proceed.
	Parked
	// Delivered events were acknowledged.
	Delivered
	// Failed events were tried once, as the app wished.
	Failed
	// Dead events were given up after the last retry.
	Dead
)

// String is the state's name in the log and on the command line.
func (s EventState) String() string {
	switch s {
	case Pending:
		return "pending"
	case Parked:
		return "parked"
	case Delivered:
		return "delivered"
	case Failed:
		return "failed"
	case Dead:
		return "dead"
	}
	return "unknown"
}

// ParseEventState reads a state's name.
func ParseEventState(s string) (EventState, bool) {
	for st := Pending; st <= Dead; st++ {
		if st.String() == s {
			return st, true
		}
	}
	return 0, false
}

// Event is one row of the outbox, or of the log once it is settled.
type Event struct {
	event.Outgoing

	// ID grows within a conversation in the order in which things happened.
	ID    int64
	Time  time.Time
	State EventState
	// Attempts counts the calls made so far.
	Attempts int
	// FirstAttempt is zero until the first call.
	FirstAttempt time.Time
	// NextAttempt is when a pending event is tried again; zero means at once.
	NextAttempt time.Time
	// Reason is why the last attempt failed, in plain words.
	Reason string
}

// Attempt is one call of a receiver.
type Attempt struct {
	Number   int
	Time     time.Time
	Duration time.Duration
	// Status is the HTTP status, 0 if there was none.
	Status int
	// Reason is why it failed, in plain words; empty if it did not.
	Reason string
	// Reply is the first part of the receiver's body.
	Reply string
}

// Settlement is the outcome of one attempt: the attempt for the log and the
// state in which it leaves the event.
type Settlement struct {
	EventID      int64
	Attempt      Attempt
	State        EventState
	FirstAttempt time.Time
	NextAttempt  time.Time
}

// EventQuery selects events, newest first.
type EventQuery struct {
	App          chat.SDKAppID
	Command      string
	Conversation string
	// States, if any, are the only ones wanted.
	States []EventState
	// Retrying wants only pending events that were tried.
	Retrying bool
	Since    time.Time
	Until    time.Time
	// Before continues behind the event with that ID; 0 starts at the newest.
	Before int64
	Limit  int
}

// Replay selects settled events that are to be delivered again.
type Replay struct {
	App chat.SDKAppID
	// ID, if not 0, is the one event.
	ID int64
	// States are those of the events wanted; none means all but pending ones.
	States []EventState
	Since  time.Time
	// Until, if not zero, leaves out what was recorded at that time or later.
	Until time.Time
	// Limit is how many one call takes.
	Limit int
	// After continues behind that ID.
	After int64
}

// Events keeps the outbox and the delivery log.
type Events interface {
	// AddEvents puts rows into the outbox.
	AddEvents(ctx context.Context, rows []event.Outgoing) error
	// Event returns one event of an app; ErrNotFound if there is none.
	Event(ctx context.Context, app chat.SDKAppID, id int64) (*Event, error)
	// ListEvents returns a page and the ID at which to continue, 0 at the end.
	// One call looks at a bounded number of rows, so a page may be short though
	// more follow.
	ListEvents(ctx context.Context, q EventQuery) ([]Event, int64, error)
	// Attempts returns those of one event, first one first.
	Attempts(ctx context.Context, id int64) ([]Attempt, error)
	// PendingApps returns the apps with pending events behind the app after, lowest
	// first.
	PendingApps(ctx context.Context, after chat.SDKAppID, limit int) ([]chat.SDKAppID, error)
	// PendingConversations returns conversations with pending events behind the
	// name after, in the order of their names.
	PendingConversations(ctx context.Context, app chat.SDKAppID, after string, limit int) ([]string, error)
	// PendingEvents returns the first pending events of a conversation, in order.
	PendingEvents(ctx context.Context, app chat.SDKAppID, conversation string, limit int) ([]Event, error)
	// ParkedEvents returns parked events that are due at now, the longest due first.
	ParkedEvents(ctx context.Context, now time.Time, limit int) ([]Event, error)
	// CountEvents returns how many events of an app are in each unsettled state,
	// and how many are dead; no count exceeds most.
	CountEvents(ctx context.Context, app chat.SDKAppID, most int) (map[EventState]int, error)
	// Settle stores the outcomes of attempts, those of one event in their order.
	// An outcome whose number is below the event's Attempts comes late and
	// changes nothing; one with the same number, which no call belongs to or which
	// is stored a second time, changes the event but adds no attempt.
	Settle(ctx context.Context, outcomes []Settlement) error
	// Replay makes events pending again, in their old places, and returns them,
	// lowest ID first. Their attempts are counted on.
	Replay(ctx context.Context, r Replay) ([]Event, error)
}

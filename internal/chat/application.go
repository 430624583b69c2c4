package chat

import "time"

// ApplicationKind is what an application asks for. The numbers are those of the
// client protocol.
type ApplicationKind int

// The kinds of applications.
const (
	// ApplicationJoin: somebody wants to join.
	ApplicationJoin ApplicationKind = 0
	// ApplicationInvite: a member wants somebody else to join.
	ApplicationInvite ApplicationKind = 2
)

// Limits of applications.
const (
	// MaxApplications is how many of one group are kept, and of one user.
	MaxApplications = 300
	// MaxApplicationPage is how many one answer lists.
	MaxApplicationPage = 100
	// MaxApplicationBytes bounds the texts of an application and of the answer to it.
	MaxApplicationBytes = 1024
	// ApplicationLifetime is how long an application waits.
	ApplicationLifetime = 7 * 24 * time.Hour
)

// Application waits until the owner or an administrator of the group decides.
type Application struct {
	// ID is storage's number; it grows.
	ID        int64
	Kind      ApplicationKind
	GroupID   string
	GroupName string
	// Applicant is who asks, Joiner who is to become a member.
	Applicant, Joiner string
	Text              string
	// Authentication is random, so that an answer reaches the application that it
	// was meant for.
	Authentication string
	Time           time.Time
}

// Key is the number that clients give back with the answer: a time in
// microseconds.
func (a *Application) Key() int64 { return a.Time.UnixMicro() }

package client

import "time"

// Event is one webhook call that was or is to be made.
type Event struct {
	EventID string `json:"EventID"`
	Command string `json:"Command"`
	// Conversation is "group:ID" or "official:ID".
	Conversation string    `json:"Conversation"`
	Time         time.Time `json:"Time"`
	// State is "pending", "retrying", "parked", "delivered", "failed" or "dead".
	State string `json:"State"`
	// Attempts counts the calls made so far.
	Attempts int `json:"Attempts"`
	// NextAttempt is there while another one is planned.
	NextAttempt time.Time `json:"NextAttempt,omitzero"`
	// Reason is why the last attempt failed.
	Reason   string `json:"Reason,omitempty"`
	ClientIP string `json:"ClientIP,omitempty"`
	Platform string `json:"Platform"`
	// Explanation says in a sentence how the event stands. Lists have none.
	Explanation string `json:"Explanation,omitempty"`
}

// EventDetail is an event with everything that is known of it.
type EventDetail struct {
	Event

	// URL is where the app's webhooks go now, without its query.
	URL string `json:"URL"`
	// Body is the exact body that the receiver gets.
	Body string `json:"Body"`
	// AttemptLog has the calls that are still kept, first one first.
	AttemptLog []Attempt `json:"AttemptLog"`
}

// Attempt is one call of the receiver.
type Attempt struct {
	Number   int       `json:"Number"`
	Time     time.Time `json:"Time"`
	Duration Duration  `json:"Duration"`
	// Status is the HTTP status, 0 if there was none.
	Status int `json:"Status"`
	// Reason is why it failed, empty if it did not.
	Reason string `json:"Reason,omitempty"`
	// Reply is the first part of the receiver's body.
	Reply string `json:"Reply,omitempty"`
}

// EventQuery selects events; empty fields select all.
type EventQuery struct {
	Command string
	// Conversation is "group:ID", "official:ID", or a bare ID for either.
	Conversation string
	// State is one of those of an Event; "pending" includes "retrying".
	State string
	// Since and Until are in RFC 3339, or durations such as "1h" for so long ago.
	Since, Until string
	// Before continues a listing: the Next of the last page.
	Before string
	// Limit is the size of a page, 1 to 500; 0 means 50.
	Limit int
}

// EventPage is a part of the log, newest first.
type EventPage struct {
	Events []Event `json:"Events"`
	// Next is what Before must be for the following page, empty at the end. A
	// page may be short, even empty, though more follow.
	Next string `json:"Next,omitempty"`
}

// ReplayRequest says which events are to be delivered again: one, or those that
// were given up, or those that were settled however in a span of time; Dead and
// the span together select those given up in it.
type ReplayRequest struct {
	EventID string `json:"EventID,omitempty"`
	Dead    bool   `json:"Dead,omitempty"`
	// Since and Until are in RFC 3339, or durations such as "1h" for so long
	// ago. They bound when an event was recorded.
	Since string `json:"Since,omitempty"`
	Until string `json:"Until,omitempty"`
}

// ReplayAnswer says how many were found.
type ReplayAnswer struct {
	Replayed int `json:"Replayed"`
}

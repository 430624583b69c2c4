package api

import "fmt"

// Error is a refusal by the server, as the response tells it.
type Error struct {
	// Code is the ErrorCode of the response. It is 0 only if a response says
	// "FAIL" without a code.
	Code int
	// Info is the ErrorInfo of the response. It is meant for people and may
	// change.
	Info string
}

// Error returns code and reason.
func (e *Error) Error() string { return fmt.Sprintf("error %d: %s", e.Code, e.Info) }

// StatusError is an answer with an HTTP status other than 200. The API never
// answers so; a proxy on the way, or a server that is starting or stopping, does.
type StatusError struct {
	// StatusCode is the HTTP status.
	StatusCode int
}

// Error returns the status.
func (e *StatusError) Error() string { return fmt.Sprintf("HTTP status %d", e.StatusCode) }

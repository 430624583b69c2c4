package chat

import (
	"errors"
	"fmt"
)

// Error is a refusal with its Tencent code. The same value reaches the REST
// answer, the client's packet and the exception webhook.
type Error struct {
	// Code is the protocol's error number. Spec: rest-common#5
	Code int
	// Text is what the caller reads as ErrorInfo.
	Text string

	cause error
}

// Error returns the text with its code.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%d %s: %v", e.Code, e.Text, e.cause)
	}
	return fmt.Sprintf("%d %s", e.Code, e.Text)
}

// Unwrap returns the cause, which is logged and never sent to a caller.
func (e *Error) Unwrap() error { return e.cause }

// Is reports whether target is an Error of the same code, so that
// errors.Is(err, ErrGroupNotFound) holds whatever the text says.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Because returns a copy of e whose text names the particular reason.
func (e *Error) Because(format string, args ...any) *Error {
	return &Error{Code: e.Code, Text: e.Text + ": " + fmt.Sprintf(format, args...), cause: e.cause}
}

// Wrap returns a copy of e that carries cause for the log.
func (e *Error) Wrap(cause error) *Error {
	return &Error{Code: e.Code, Text: e.Text, cause: cause}
}

// AsError returns err as a refusal. What is not one already becomes
// ErrInternal with its fixed text, and err stays inside for the log.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return ErrInternal.Wrap(err)
}

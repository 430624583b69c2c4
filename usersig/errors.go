package usersig

// The reasons to refuse a UserSig, in the order in which [Verify] looks for
// them. Compare with errors.Is; errors.As with *[Error] gives the code.
//
// Spec: rest-common#2.4
var (
	// ErrMalformed means that the text is truncated, not base64, not zlib, not
	// the JSON document, or too large.
	ErrMalformed = &Error{70003, "malformed"}

	// ErrVersion means that the document has another version than 2.0, such as
	// the old format with public keys.
	ErrVersion = &Error{70009, "unsupported version"}

	// ErrSDKAppID means that it was made for another app.
	ErrSDKAppID = &Error{70014, "made for another app"}

	// ErrUserID means that it was made for another user.
	ErrUserID = &Error{70013, "made for another user"}

	// ErrExpired means that its time is over.
	ErrExpired = &Error{70001, "expired"}

	// ErrUserBuf means that the userbuf is missing, unexpected, or another one.
	// Only [Token.CheckUserBuf] returns it.
	ErrUserBuf = &Error{70009, "wrong userbuf"}

	// ErrSignature means that it was signed with none of the keys, or changed
	// afterwards.
	ErrSignature = &Error{70009, "signature does not verify"}
)

// Error is a reason to refuse a UserSig. Its values are the Err variables of
// this package.
type Error struct {
	code int
	text string
}

// Error returns the reason as English text.
func (e *Error) Error() string { return "usersig: " + e.text }

// Code returns the code with which the protocol reports this reason. Several
// reasons may share a code.
func (e *Error) Code() int { return e.code }

// Package usersig makes and checks UserSigs: the text with which an app's
// backend vouches for one of its users, and which that user's client, or the
// backend itself as an administrator, presents to the server.
//
// A UserSig is a small JSON document, signed with HMAC-SHA256 under the app's
// secret key, compressed with zlib and written in a URL-safe base64 alphabet.
// It is stateless: whoever holds the key can make and check one offline.
//
//	sig, err := usersig.Generate(key, usersig.Claims{
//		SDKAppID: 1400000000,
//		UserID:   "alice",
//		IssuedAt: time.Now(),
//		Expire:   24 * time.Hour,
//	})
//
// [Verify] does all checks at once. A server that sees the same UserSig again
// and again takes the steps apart: [Parse] and [Token.CheckSignature] once,
// [Token.Check] for each request.
//
// Every refusal is one of the Err values of this package, perhaps with details
// wrapped around it, and knows its protocol code ([Error.Code]).
//
// Nothing here keeps state or reads the clock; everything may be used from
// several goroutines at once. The old format with public keys (version 1) is
// recognized and refused.
//
// Spec: rest-common#2
package usersig

import "time"

// MaxLen is the length in bytes beyond which a UserSig is refused unread. Real
// ones have 150 to 300 bytes; a large userbuf makes them longer.
const MaxLen = 4096

// Claims is what a UserSig states. The protocol counts in whole seconds, so
// times are cut to seconds on the way in and are exact on the way out.
type Claims struct {
	// SDKAppID is the app, from 1 to 2^53.
	SDKAppID int64

	// UserID is the account that the bearer may act as, not empty.
	UserID string

	// IssuedAt is when the UserSig was made, not before 1970. A time in the
	// future is accepted.
	IssuedAt time.Time

	// Expire is how long the UserSig is good for. A UserSig of another
	// generator may state more than a Duration holds (292 years); Expire is
	// then the longest Duration of whole seconds.
	Expire time.Duration

	// UserBuf is the app's own data under the signature; nil if there is none.
	// Chat does not look into it.
	UserBuf []byte
}

// ExpiresAt returns the last second at which the UserSig is good.
func (c Claims) ExpiresAt() time.Time {
	return c.IssuedAt.Add(c.Expire)
}

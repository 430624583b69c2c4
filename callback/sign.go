package callback

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// SignWindow is how far RequestTime may be from the receiver's clock, either
// way.
const SignWindow = time.Minute

// Reasons to refuse a request. Compare with errors.Is.
var (
	// ErrSignature means that a signature is missing or does not verify.
	ErrSignature = errors.New("signature does not verify")

	// ErrTimestamp means that a request was signed at a time too far from the
	// receiver's clock.
	ErrTimestamp = errors.New("signed at another time")
)

// Sign computes the query parameter Sign: the SHA-256 of the token followed by
// RequestTime, in Unix seconds, as lower-case hex. It shows that the caller
// knows the token. It does not cover the body; [Secret] does.
//
// Spec: webhooks#1.8
func Sign(token string, requestTime int64) string {
	text := strconv.AppendInt([]byte(token), requestTime, 10)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// VerifySign checks Sign and RequestTime of a query: RequestTime must be within
// [SignWindow] of now, and Sign made with one of tokens; several tokens let an
// app change its token without a gap. Empty tokens match nothing. The error, if
// any, wraps [ErrSignature] or [ErrTimestamp].
func VerifySign(query url.Values, now time.Time, tokens ...string) error {
	requestTime, err := strconv.ParseInt(query.Get(paramRequestTime), 10, 64)
	if err != nil {
		return fmt.Errorf("callback: query: %w: RequestTime missing or not a number", ErrSignature)
	}
	if !within(requestTime, now, SignWindow) {
		return fmt.Errorf("callback: query: %w", ErrTimestamp)
	}
	got := []byte(query.Get(paramSign))
	for _, token := range tokens {
		if token != "" && subtle.ConstantTimeCompare(got, []byte(Sign(token, requestTime))) == 1 {
			return nil
		}
	}
	return fmt.Errorf("callback: query: %w", ErrSignature)
}

// within reports whether the Unix time stamp is at most window from now.
func within(stamp int64, now time.Time, window time.Duration) bool {
	seconds := int64(window / time.Second)
	return now.Unix()-seconds <= stamp && stamp <= now.Unix()+seconds
}

package usersig

import (
	"bytes"
	"crypto/hmac"
	"fmt"
	"time"
)

// Verify reads sig and checks that it was made for this app and this user, has
// not expired at now, and was signed with one of keys; several keys let an app
// change its key without a gap. It reports the first fault in that order, which
// is the order of the protocol's own library.
//
// A userbuf is accepted whatever it contains; the signature covers it. Use
// [Token.CheckUserBuf] where it matters.
//
// Spec: rest-common#2.2
func Verify(sig string, sdkAppID int64, userID string, now time.Time, keys ...string) (Claims, error) {
	t, err := Parse(sig)
	if err != nil {
		return Claims{}, err
	}
	if err := t.Check(sdkAppID, userID, now); err != nil {
		return Claims{}, err
	}
	if err := t.CheckSignature(keys...); err != nil {
		return Claims{}, err
	}
	return t.Claims(), nil
}

// Check compares what the UserSig states with what the bearer claims to be.
// It is cheap and does not look at the signature. The error, if any, is
// [ErrSDKAppID], [ErrUserID] or [ErrExpired], looked for in this order.
func (t *Token) Check(sdkAppID int64, userID string, now time.Time) error {
	if t.claims.SDKAppID != sdkAppID {
		return fmt.Errorf("%w: %d", ErrSDKAppID, t.claims.SDKAppID)
	}
	if t.claims.UserID != userID {
		return fmt.Errorf("%w: %.64q", ErrUserID, t.claims.UserID)
	}
	// Not through Claims: a Duration may be too short for TLS.expire.
	if last := int64(*t.doc.Time + *t.doc.Expire); now.Unix() > last {
		return fmt.Errorf("%w: %d seconds ago", ErrExpired, now.Unix()-last)
	}
	return nil
}

// CheckUserBuf returns [ErrUserBuf] unless the UserSig carries exactly want;
// nil wants that it carries none. In the protocol's own library this check
// stands between [Token.Check] and [Token.CheckSignature].
func (t *Token) CheckUserBuf(want []byte) error {
	switch got := t.claims.UserBuf; {
	case want == nil && got != nil:
		return fmt.Errorf("%w: unexpected", ErrUserBuf)
	case want != nil && got == nil:
		return fmt.Errorf("%w: missing", ErrUserBuf)
	case !bytes.Equal(want, got):
		return fmt.Errorf("%w: other contents", ErrUserBuf)
	}
	return nil
}

// CheckSignature returns [ErrSignature] unless the UserSig was signed with one
// of keys. The comparison takes the same time wherever the difference is.
// Empty keys match nothing.
func (t *Token) CheckSignature(keys ...string) error {
	got := []byte(*t.doc.Sig)
	for _, key := range keys {
		if key != "" && hmac.Equal(got, []byte(t.doc.signature(key))) {
			return nil
		}
	}
	return ErrSignature
}

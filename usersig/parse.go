package usersig

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Token is a UserSig that was read, not necessarily one that was checked. It
// does not change and can be kept: a server that has seen its signature verify
// need only call [Token.Check] when the same UserSig comes again.
type Token struct {
	claims Claims
	doc    document
}

// Parse reads a UserSig without checking anything that it states. The error,
// if any, is [ErrMalformed] or [ErrVersion].
//
// Missing padding is accepted, and so are numbers written as JSON strings.
func Parse(sig string) (*Token, error) {
	text, err := unpack(sig)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	t := new(Token)
	if err := json.Unmarshal(text, &t.doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if err := t.doc.checkVersion(); err != nil {
		return nil, err
	}
	if t.claims, err = t.doc.claims(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return t, nil
}

// Claims returns what the UserSig states. The caller must not change UserBuf.
func (t *Token) Claims() Claims { return t.claims }

// checkVersion comes before the look at the fields: version 1 has others.
func (d *document) checkVersion() error {
	switch v := string(d.Version); v {
	case `"` + version + `"`:
		return nil
	case "":
		if d.OldVersion == nil {
			return fmt.Errorf("%w: TLS.ver missing", ErrMalformed)
		}
		return fmt.Errorf("%w: version 1", ErrVersion)
	default:
		return fmt.Errorf("%w: TLS.ver %.32s", ErrVersion, v)
	}
}

// claims returns what the document states, or what is wrong with it.
func (d *document) claims() (Claims, error) {
	switch {
	case d.UserID == nil:
		return Claims{}, errors.New("TLS.identifier missing")
	case strings.Contains(*d.UserID, "\n"):
		// The signed text has a line for each field.
		return Claims{}, errors.New("TLS.identifier has a line break")
	case d.SDKAppID == nil || *d.SDKAppID < 0:
		return Claims{}, errors.New("TLS.sdkappid missing or negative")
	case d.Time == nil:
		return Claims{}, errors.New("TLS.time missing")
	case d.Expire == nil:
		return Claims{}, errors.New("TLS.expire missing")
	case d.Sig == nil:
		return Claims{}, errors.New("TLS.sig missing")
	}
	c := Claims{
		SDKAppID: int64(*d.SDKAppID),
		UserID:   *d.UserID,
		IssuedAt: time.Unix(int64(*d.Time), 0),
		Expire:   seconds(*d.Expire),
	}
	if d.UserBuf == nil {
		return c, nil
	}
	var err error
	c.UserBuf, err = base64.StdEncoding.Strict().DecodeString(*d.UserBuf)
	if err != nil || strings.ContainsAny(*d.UserBuf, "\r\n") {
		return Claims{}, errors.New("TLS.userbuf is not base64")
	}
	return c, nil
}

// seconds converts to a Duration, at most the longest one of whole seconds.
func seconds(n integer) time.Duration {
	const longest = integer(math.MaxInt64 / time.Second)
	return time.Duration(min(max(n, -longest), longest)) * time.Second
}

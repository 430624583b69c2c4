package usersig

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Generate makes a UserSig from c, signed with the app's secret key. The key
// is text: its bytes are used as they are, even if they look like hex.
//
// The protocol's own tools sign for 180 days; at least a day is advised. An
// empty UserBuf is the same as none. Generate fails if a claim is outside its
// documented bounds, or if the result would be too long for [Parse].
//
// Spec: rest-common#2.1
func Generate(key string, c Claims) (string, error) {
	if err := c.check(); err != nil {
		return "", fmt.Errorf("usersig: generate: %w", err)
	}
	if key == "" {
		return "", errors.New("usersig: generate: empty key")
	}
	doc := document{
		Version:  json.RawMessage(`"` + version + `"`),
		UserID:   &c.UserID,
		SDKAppID: new(integer(c.SDKAppID)),
		Expire:   new(integer(c.Expire / time.Second)),
		Time:     new(integer(c.IssuedAt.Unix())),
	}
	if len(c.UserBuf) > 0 {
		doc.UserBuf = new(base64.StdEncoding.EncodeToString(c.UserBuf))
	}
	doc.Sig = new(doc.signature(key))
	text, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("usersig: generate: %w", err)
	}
	sig, err := pack(text)
	if err != nil {
		return "", fmt.Errorf("usersig: generate: %w", err)
	}
	return sig, nil
}

// check reports claims that cannot be signed, or that would not come back as
// they were.
func (c Claims) check() error {
	issued := c.IssuedAt.Unix()
	switch {
	case c.SDKAppID <= 0 || c.SDKAppID > maxInteger:
		return fmt.Errorf("SDKAppID %d out of range", c.SDKAppID)
	case c.UserID == "":
		return errors.New("empty UserID")
	case !utf8.ValidString(c.UserID):
		return errors.New("UserID is not UTF-8")
	case strings.Contains(c.UserID, "\n"):
		return errors.New("UserID has a line break")
	case issued < 0 || issued > maxInteger:
		return fmt.Errorf("issue time %d out of range", issued)
	case c.Expire < time.Second:
		return fmt.Errorf("validity of %s is shorter than a second", c.Expire)
	}
	return nil
}

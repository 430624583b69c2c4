package callback

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of the Standard Webhooks convention.
const (
	HeaderWebhookID        = "Webhook-Id"
	HeaderWebhookTimestamp = "Webhook-Timestamp"
	HeaderWebhookSignature = "Webhook-Signature"
)

// SignatureTolerance is how far the signed time may be from the receiver's
// clock, either way.
const SignatureTolerance = 5 * time.Minute

const (
	secretPrefix    = "whsec_"
	signaturePrefix = "v1,"

	// The convention asks for secrets of 24 to 64 bytes.
	minSecret = 24
	maxSecret = 64
)

// Secret signs whole requests in the way of Standard Webhooks: HMAC-SHA256 over
// id, time and body. Any library for that convention verifies them. The zero
// Secret is not valid; see [ParseSecret]. It does not show itself when printed.
type Secret struct {
	key []byte
}

// NewSecret returns the text of a new random secret, for [ParseSecret].
func NewSecret() string {
	key := make([]byte, 32)
	rand.Read(key) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParseSecret reads a secret: 24 to 64 bytes in base64, after the prefix whsec_,
// which may be missing. Errors do not contain the secret.
func ParseSecret(text string) (Secret, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, secretPrefix))
	if err != nil {
		return Secret{}, errors.New("callback: signing secret is not base64")
	}
	if len(key) < minSecret || len(key) > maxSecret {
		return Secret{}, fmt.Errorf("callback: signing secret has %d bytes, not %d to %d", len(key), minSecret, maxSecret)
	}
	return Secret{key}, nil
}

// String hides the secret.
func (Secret) String() string { return secretPrefix + "[hidden]" }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// Signature returns the signature of a request, with its version: "v1," and
// base64. Timestamp is in Unix seconds.
func (s Secret) Signature(id string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	head := make([]byte, 0, 64)
	head = append(append(head, id...), '.')
	head = append(strconv.AppendInt(head, timestamp, 10), '.')
	mac.Write(head)
	mac.Write(body)
	sum := mac.Sum(make([]byte, 0, sha256.Size))
	return string(base64.StdEncoding.AppendEncode([]byte(signaturePrefix), sum))
}

// SignHeader sets the three headers that sign body, with a signature for each
// of secrets; two secrets let a receiver change over without a gap. The id
// stays the same when a request is repeated.
func SignHeader(header http.Header, id string, body []byte, now time.Time, secrets ...Secret) {
	signatures := make([]string, 0, len(secrets))
	for _, s := range secrets {
		signatures = append(signatures, s.Signature(id, now.Unix(), body))
	}
	header.Set(HeaderWebhookID, id)
	header.Set(HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(HeaderWebhookSignature, strings.Join(signatures, " "))
}

// VerifyHeader checks the three headers that sign body: the time must be within
// [SignatureTolerance] of now, and at least one signature made with one of
// secrets. Signatures of unknown versions are skipped. The error, if any, wraps
// [ErrSignature] or [ErrTimestamp].
func VerifyHeader(header http.Header, body []byte, now time.Time, secrets ...Secret) error {
	id := header.Get(HeaderWebhookID)
	if id == "" {
		return fmt.Errorf("callback: header: %w: %s missing", ErrSignature, HeaderWebhookID)
	}
	timestamp, err := strconv.ParseInt(header.Get(HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return fmt.Errorf("callback: header: %w: %s missing or not a number", ErrSignature, HeaderWebhookTimestamp)
	}
	if !within(timestamp, now, SignatureTolerance) {
		return fmt.Errorf("callback: header: %w", ErrTimestamp)
	}
	for _, s := range secrets {
		if len(s.key) == 0 {
			continue
		}
		want := []byte(s.Signature(id, timestamp, body))
		for got := range strings.FieldsSeq(header.Get(HeaderWebhookSignature)) {
			if hmac.Equal([]byte(got), want) {
				return nil
			}
		}
	}
	return fmt.Errorf("callback: header: %w", ErrSignature)
}

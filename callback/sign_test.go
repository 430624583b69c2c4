package callback_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

func TestSignVector(t *testing.T) {
	t.Parallel()
	if got := callback.Sign(signToken, signTime); got != signWant {
		t.Errorf("got %s, want %s", got, signWant)
	}
}

func TestVerifySign(t *testing.T) {
	t.Parallel()
	signed := time.Unix(signTime, 0)
	for name, test := range map[string]struct {
		requestTime, sign string
		now               time.Time
		tokens            []string
		want              error
	}{
		"good":                {"1669872112", signWant, signed, []string{signToken}, nil},
		"second token":        {"1669872112", signWant, signed, []string{"", "next", signToken}, nil},
		"a minute late":       {"1669872112", signWant, signed.Add(callback.SignWindow), []string{signToken}, nil},
		"a minute early":      {"1669872112", signWant, signed.Add(-callback.SignWindow), []string{signToken}, nil},
		"too late":            {"1669872112", signWant, signed.Add(callback.SignWindow + time.Second), []string{signToken}, callback.ErrTimestamp},
		"too early":           {"1669872112", signWant, signed.Add(-callback.SignWindow - time.Second), []string{signToken}, callback.ErrTimestamp},
		"time at the end":     {"9223372036854775807", signWant, signed, []string{signToken}, callback.ErrTimestamp},
		"time at the start":   {"-9223372036854775808", signWant, signed, []string{signToken}, callback.ErrTimestamp},
		"no time":             {"", signWant, signed, []string{signToken}, callback.ErrSignature},
		"time with fractions": {"1669872112.0", signWant, signed, []string{signToken}, callback.ErrSignature},
		"another time":        {"1669872113", signWant, signed, []string{signToken}, callback.ErrSignature},
		"no sign":             {"1669872112", "", signed, []string{signToken}, callback.ErrSignature},
		"upper case":          {"1669872112", strings.ToUpper(signWant), signed, []string{signToken}, callback.ErrSignature},
		"another token":       {"1669872112", signWant, signed, []string{"xxxyyy"}, callback.ErrSignature},
		"no token":            {"1669872112", signWant, signed, nil, callback.ErrSignature},
		"empty token":         {"1669872112", callback.Sign("", signTime), signed, []string{""}, callback.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			query := url.Values{"RequestTime": {test.requestTime}, "Sign": {test.sign}}
			if err := callback.VerifySign(query, test.now, test.tokens...); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

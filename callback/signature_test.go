package callback_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/callback"
)

// The example of the Standard Webhooks convention.
const (
	hookSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	hookID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	hookTime      = 1614265330
	hookBody      = `{"test": 2432232314}`
	hookSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func TestSignatureVector(t *testing.T) {
	t.Parallel()
	if got := secret(t, hookSecret).Signature(hookID, hookTime, []byte(hookBody)); got != hookSignature {
		t.Errorf("got %s, want %s", got, hookSignature)
	}
}

func TestSignHeader(t *testing.T) {
	t.Parallel()
	now := time.Unix(hookTime, 0)
	first, second := secret(t, callback.NewSecret()), secret(t, callback.NewSecret())
	header := make(http.Header)
	callback.SignHeader(header, "event-1", []byte(hookBody), now, first, second)

	for name, verifier := range map[string][]callback.Secret{
		"first":            {first},
		"second":           {second},
		"new one and both": {secret(t, hookSecret), second, first},
	} {
		if err := callback.VerifyHeader(header, []byte(hookBody), now, verifier...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := callback.VerifyHeader(header, []byte(hookBody), now, secret(t, hookSecret)); !errors.Is(err, callback.ErrSignature) {
		t.Errorf("another secret: error %v, want %v", err, callback.ErrSignature)
	}
}

func TestVerifyHeader(t *testing.T) {
	t.Parallel()
	signed := time.Unix(hookTime, 0)
	for name, test := range map[string]struct {
		change func(http.Header)
		body   string
		now    time.Time
		want   error
	}{
		"good":                 {nil, hookBody, signed, nil},
		"five minutes late":    {nil, hookBody, signed.Add(callback.SignatureTolerance), nil},
		"five minutes early":   {nil, hookBody, signed.Add(-callback.SignatureTolerance), nil},
		"too late":             {nil, hookBody, signed.Add(callback.SignatureTolerance + time.Second), callback.ErrTimestamp},
		"too early":            {nil, hookBody, signed.Add(-callback.SignatureTolerance - time.Second), callback.ErrTimestamp},
		"changed body":         {nil, hookBody + " ", signed, callback.ErrSignature},
		"changed id":           {set("webhook-id", hookID+"1"), hookBody, signed, callback.ErrSignature},
		"no id":                {set("webhook-id", ""), hookBody, signed, callback.ErrSignature},
		"changed time":         {set("webhook-timestamp", "1614265331"), hookBody, signed, callback.ErrSignature},
		"no time":              {set("webhook-timestamp", ""), hookBody, signed, callback.ErrSignature},
		"no signature":         {set("webhook-signature", ""), hookBody, signed, callback.ErrSignature},
		"without version":      {set("webhook-signature", strings.TrimPrefix(hookSignature, "v1,")), hookBody, signed, callback.ErrSignature},
		"of another version":   {set("webhook-signature", "v2"+strings.TrimPrefix(hookSignature, "v1")), hookBody, signed, callback.ErrSignature},
		"among others":         {set("webhook-signature", "v1a,AAAA v1,AAAA "+hookSignature+" v1,BBBB"), hookBody, signed, nil},
		"among others, spaces": {set("webhook-signature", "  v1,AAAA   "+hookSignature+" "), hookBody, signed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := make(http.Header)
			header.Set("webhook-id", hookID)
			header.Set("webhook-timestamp", fmt.Sprint(hookTime))
			header.Set("webhook-signature", hookSignature)
			if test.change != nil {
				test.change(header)
			}
			err := callback.VerifyHeader(header, []byte(test.body), test.now, secret(t, hookSecret))
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestVerifyHeaderWithoutSecret(t *testing.T) {
	t.Parallel()
	now := time.Unix(hookTime, 0)
	header := make(http.Header)
	callback.SignHeader(header, hookID, []byte(hookBody), now, callback.Secret{})
	for name, secrets := range map[string][]callback.Secret{"none": nil, "zero": {{}}} {
		if err := callback.VerifyHeader(header, []byte(hookBody), now, secrets...); !errors.Is(err, callback.ErrSignature) {
			t.Errorf("%s: error %v, want %v", name, err, callback.ErrSignature)
		}
	}
}

func TestParseSecret(t *testing.T) {
	t.Parallel()
	ofSize := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, test := range map[string]struct {
		text string
		ok   bool
	}{
		"with prefix":    {hookSecret, true},
		"without prefix": {strings.TrimPrefix(hookSecret, "whsec_"), true},
		"new":            {callback.NewSecret(), true},
		"shortest":       {ofSize(24), true},
		"longest":        {ofSize(64), true},
		"too short":      {ofSize(23), false},
		"too long":       {ofSize(65), false},
		"empty":          {"", false},
		"not base64":     {"whsec_a secret of the usual kind", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := callback.ParseSecret(test.text)
			if (err == nil) != test.ok {
				t.Fatalf("error %v, want success %t", err, test.ok)
			}
			if err != nil && test.text != "" && strings.Contains(err.Error(), test.text) {
				t.Errorf("error %q tells the secret", err)
			}
		})
	}
}

func TestNewSecretIsNew(t *testing.T) {
	t.Parallel()
	if a, b := callback.NewSecret(), callback.NewSecret(); a == b {
		t.Errorf("%s twice", a)
	}
}

func TestSecretHidesItself(t *testing.T) {
	t.Parallel()
	s := secret(t, hookSecret)
	options := struct{ Secrets []callback.Secret }{[]callback.Secret{s}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, v := range []any{s, &s, options} {
			got := fmt.Sprintf(format, v)
			if strings.Contains(got, "49 242") || strings.Contains(got, "0x31") || strings.Contains(got, "31f290") || strings.Contains(got, "MfKQ") {
				t.Errorf("%s of %T: %s", format, v, got)
			}
		}
	}
}

func set(name, value string) func(http.Header) {
	return func(h http.Header) { h.Set(name, value) }
}

func secret(t *testing.T, text string) callback.Secret {
	t.Helper()
	s, err := callback.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkSignature(b *testing.B) {
	s, err := callback.ParseSecret(hookSecret)
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(strings.Repeat("a", 600))
	b.ReportAllocs()
	for b.Loop() {
		s.Signature(hookID, hookTime, body)
	}
}

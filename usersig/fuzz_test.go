package usersig_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/usersig"
)

// FuzzVerify feeds text as it stands and the same text as a document inside a
// well-formed wrapping, where most mutations of the former never arrive. The
// fuzzer knows signatures of two documents only, so whatever verifies must
// state what one of these states.
func FuzzVerify(f *testing.F) {
	f.Add("")
	f.Add(vectorPlain)
	f.Add(vectorBuf)
	f.Add(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":"1400000000","TLS.expire":630720000,"TLS.time":1700000000,"TLS.userbuf":"YWJj","TLS.sig":"YIrI8v2J+YZgftVX6w+EYi4VnYSLHpTnjOnYLSJIbr0="}`)
	f.Add(`{"TLS.ver":1,"TLS.version":"201512300000"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, sig := range []string{text, packed(text)} {
			token, err := usersig.Parse(sig)
			if err != nil {
				if reason, ok := errors.AsType[*usersig.Error](err); !ok || reason.Code() == 0 {
					t.Fatalf("error without code: %v", err)
				}
				continue
			}
			if token.CheckSignature("another", "") == nil {
				t.Fatal("verifies under another key")
			}
			if token.CheckSignature(vectorKey) != nil {
				continue
			}
			got := token.Claims()
			if !cmp.Equal(got, vectorClaims(nil)) && !cmp.Equal(got, vectorClaims([]byte("abc"))) {
				t.Fatalf("forged: %+v", got)
			}
		}
	})
}

// FuzzRoundTrip holds that every UserSig that Generate makes is one that
// Verify accepts, with the same claims.
func FuzzRoundTrip(f *testing.F) {
	f.Add("administrator", int64(vectorApp), int64(1700000000), int64(630720000), []byte("abc"))
	f.Add("a\nb\xff", int64(0), int64(-1), int64(0), []byte(nil))
	f.Fuzz(func(t *testing.T, userID string, app, issued, expire int64, userBuf []byte) {
		claims := usersig.Claims{
			SDKAppID: app,
			UserID:   userID,
			IssuedAt: time.Unix(issued, 0),
			Expire:   time.Duration(expire) * time.Second,
		}
		if len(userBuf) > 0 {
			claims.UserBuf = userBuf
		}
		sig, err := usersig.Generate(vectorKey, claims)
		if err != nil {
			return
		}
		got, err := usersig.Verify(sig, app, userID, claims.IssuedAt, vectorKey)
		if err != nil {
			t.Fatal(err)
		}
		claims.Expire = claims.Expire.Truncate(time.Second)
		if diff := cmp.Diff(claims, got); diff != "" {
			t.Fatalf("claims (-want +got):\n%s", diff)
		}
	})
}

package usersig_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/usersig"
)

// The vectors of rest-common section 2.5.
const (
	vectorKey   = "parley-spec-test-key-0001"
	vectorApp   = 1400000000
	vectorUser  = "administrator"
	vectorPlain = "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwokpuZl5mcUlRYkl*UVQBcUp2YkFBZkpSlaGJgZQAJFJrSjILEpVsjIzNjA3QgiXZOYCBQ3NURUXZ6YDLdD3yMyyLC0oME6MKig28QsurUrxMnQqjLDITUwzj0wucTTxy8j3d-HwCc62VaoFAHxcNSA_"
	vectorBuf   = "eJxVjUELgkAUhP-LuxqymmgIHYMUoYNibTdld*UZbstztSD675kZ0dzmm2HmAUWWu6MkiMF3Gaxmj0JqiwpnXIkONfaWKnulpdCLS2UMCoi9gC36JPJukCTE4ZpF-g9b7CboRf-loZdUD2o64ce0-W5j8wYJJZvRTx1*bpQtT*HN2XEMSs3zbG8K3R40z-I0qYlt4fkC-HY7OQ__"
)

var (
	vectorIssued = time.Unix(1700000000, 0)
	vectorExpire = 630720000 * time.Second
)

func vectorClaims(userBuf []byte) usersig.Claims {
	return usersig.Claims{
		SDKAppID: vectorApp,
		UserID:   vectorUser,
		IssuedAt: vectorIssued,
		Expire:   vectorExpire,
		UserBuf:  userBuf,
	}
}

func TestVerifyAcceptsVectors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sig  string
		keys []string
		want usersig.Claims
	}{
		"without userbuf": {vectorPlain, []string{vectorKey}, vectorClaims(nil)},
		"with userbuf":    {vectorBuf, []string{vectorKey}, vectorClaims([]byte("abc"))},
		"padding lost":    {strings.TrimRight(vectorPlain, "_"), []string{vectorKey}, vectorClaims(nil)},
		"two keys":        {vectorPlain, []string{"another", vectorKey}, vectorClaims(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := usersig.Verify(test.sig, vectorApp, vectorUser, vectorIssued, test.keys...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	now := vectorIssued
	for name, test := range map[string]struct {
		sig    string
		app    int64
		user   string
		now    time.Time
		keys   []string
		want   error
		code   int
		detail string
	}{
		"empty": {
			sig:  "",
			want: usersig.ErrMalformed, code: 70003,
		},
		"not base64": {
			sig:  "a+b/c=",
			want: usersig.ErrMalformed, code: 70003, detail: "decode",
		},
		"not zlib": {
			sig:  "AAAAAAAA",
			want: usersig.ErrMalformed, code: 70003, detail: "inflate",
		},
		"truncated": {
			sig:  vectorPlain[:len(vectorPlain)-8],
			want: usersig.ErrMalformed, code: 70003, detail: "inflate",
		},
		"too long": {
			sig:  strings.Repeat("A", usersig.MaxLen+1),
			want: usersig.ErrMalformed, code: 70003, detail: "4097 bytes",
		},
		"inflates to too much": {
			sig:  packed(strings.Repeat(" ", 1<<20)),
			want: usersig.ErrMalformed, code: 70003, detail: "more than 4096",
		},
		"not JSON": {
			sig:  packed("TLS"),
			want: usersig.ErrMalformed, code: 70003,
		},
		"null": {
			sig:  packed("null"),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.ver missing",
		},
		"no identifier": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.identifier missing",
		},
		"no app": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.expire":1,"TLS.time":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.sdkappid missing",
		},
		"negative app": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":-1,"TLS.expire":1,"TLS.time":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.sdkappid missing or negative",
		},
		"no validity": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.time":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.expire missing",
		},
		"no time": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.time missing",
		},
		"no signature": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.sig missing",
		},
		"fractional time": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1.5,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "not a whole number",
		},
		"number in an empty string": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":"","TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "not a whole number",
		},
		"time beyond all clocks": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":9223372036854775807,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "out of range",
		},
		"identifier with a line break": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator\nTLS.sdkappid:1","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1,"TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "line break",
		},
		"userbuf that is not base64": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1,"TLS.userbuf":"?","TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.userbuf",
		},
		"userbuf with a line break": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":1,"TLS.time":1,"TLS.userbuf":"YW\nJj","TLS.sig":""}`),
			want: usersig.ErrMalformed, code: 70003, detail: "TLS.userbuf",
		},
		"version 1": {
			sig:  packed(`{"TLS.account_type":"0","TLS.identifier":"administrator","TLS.sdk_appid":"1400000000","TLS.expire_after":"15552000","TLS.version":"201512300000","TLS.time":"1700000000","TLS.sig":"MEUC"}`),
			want: usersig.ErrVersion, code: 70009, detail: "version 1",
		},
		"version 1 by number": {
			sig:  packed(`{"TLS.ver":1,"TLS.identifier":"administrator"}`),
			want: usersig.ErrVersion, code: 70009, detail: "TLS.ver 1",
		},
		"another app": {
			sig: vectorPlain, app: vectorApp + 1,
			want: usersig.ErrSDKAppID, code: 70014,
		},
		"another user": {
			sig: vectorPlain, user: "alice",
			want: usersig.ErrUserID, code: 70013,
		},
		"user in other case": {
			sig: vectorPlain, user: "Administrator",
			want: usersig.ErrUserID, code: 70013,
		},
		"expired": {
			sig: vectorPlain, now: vectorIssued.Add(vectorExpire + time.Second),
			want: usersig.ErrExpired, code: 70001, detail: "1 seconds ago",
		},
		"never valid": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":-1,"TLS.time":1700000000,"TLS.sig":""}`),
			want: usersig.ErrExpired, code: 70001,
		},
		"another key": {
			sig: vectorPlain, keys: []string{"another"},
			want: usersig.ErrSignature, code: 70009,
		},
		"no key": {
			sig: vectorPlain, keys: []string{},
			want: usersig.ErrSignature, code: 70009,
		},
		"signed with the empty key": {
			// TLS.sig is what HMAC with an empty key yields.
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720000,"TLS.time":1700000000,"TLS.sig":"vPfVrm7EgELN175ooN64OorXuP6HXi9qU9rc8cXbiC4="}`),
			keys: []string{""},
			want: usersig.ErrSignature, code: 70009,
		},
		"changed validity": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720001,"TLS.time":1700000000,"TLS.sig":"/Hij9upp3aZps4NSuzdJ1BqX8maf7YctA4NhoODHLSk="}`),
			want: usersig.ErrSignature, code: 70009,
		},
		"added userbuf": {
			sig:  packed(`{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720000,"TLS.time":1700000000,"TLS.userbuf":"","TLS.sig":"/Hij9upp3aZps4NSuzdJ1BqX8maf7YctA4NhoODHLSk="}`),
			want: usersig.ErrSignature, code: 70009,
		},
		"all wrong, the app first": {
			sig: vectorPlain, app: 1, user: "alice", now: time.Unix(math.MaxInt32, 0).AddDate(100, 0, 0), keys: []string{"another"},
			want: usersig.ErrSDKAppID, code: 70014,
		},
		"then the user": {
			sig: vectorPlain, user: "alice", now: time.Unix(math.MaxInt32, 0).AddDate(100, 0, 0), keys: []string{"another"},
			want: usersig.ErrUserID, code: 70013,
		},
		"then the time": {
			sig: vectorPlain, now: time.Unix(math.MaxInt32, 0).AddDate(100, 0, 0), keys: []string{"another"},
			want: usersig.ErrExpired, code: 70001,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.app == 0 {
				test.app = vectorApp
			}
			if test.user == "" {
				test.user = vectorUser
			}
			if test.now.IsZero() {
				test.now = now
			}
			if test.keys == nil {
				test.keys = []string{vectorKey}
			}
			got, err := usersig.Verify(test.sig, test.app, test.user, test.now, test.keys...)
			if !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if reason, ok := errors.AsType[*usersig.Error](err); !ok || reason.Code() != test.code {
				t.Errorf("code of %v is not %d", err, test.code)
			}
			if !strings.Contains(err.Error(), test.detail) {
				t.Errorf("error %q does not say %q", err, test.detail)
			}
			if diff := cmp.Diff(usersig.Claims{}, got); diff != "" {
				t.Errorf("claims of a refused UserSig:\n%s", diff)
			}
		})
	}
}

func TestVerifyAtTheLastSecond(t *testing.T) {
	t.Parallel()
	last := vectorIssued.Add(vectorExpire + 999*time.Millisecond)
	c, err := usersig.Verify(vectorPlain, vectorApp, vectorUser, last, vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.ExpiresAt(), last.Truncate(time.Second); !got.Equal(want) {
		t.Errorf("ExpiresAt %s, want %s", got, want)
	}
}

func TestVerifyBeforeItWasIssued(t *testing.T) {
	t.Parallel()
	if _, err := usersig.Verify(vectorPlain, vectorApp, vectorUser, time.Time{}, vectorKey); err != nil {
		t.Fatal(err)
	}
}

func TestParseLeniency(t *testing.T) {
	t.Parallel()
	const sig = "/Hij9upp3aZps4NSuzdJ1BqX8maf7YctA4NhoODHLSk="
	for name, doc := range map[string]string{
		"numbers as strings": `{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":"1400000000","TLS.expire":"630720000","TLS.time":"1700000000","TLS.sig":"` + sig + `"}`,
		"space and order":    "{\n \"TLS.sig\": \"" + sig + "\",\n \"TLS.time\": 1700000000, \"TLS.expire\": 630720000,\r\n\"TLS.sdkappid\": 1400000000, \"TLS.identifier\": \"administrator\", \"TLS.ver\": \"2.0\" }",
		"unknown field":      `{"TLS.ver":"2.0","TLS.new":[1],"TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720000,"TLS.time":1700000000,"TLS.sig":"` + sig + `"}`,
		"null userbuf":       `{"TLS.ver":"2.0","TLS.userbuf":null,"TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720000,"TLS.time":1700000000,"TLS.sig":"` + sig + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := usersig.Verify(packed(doc), vectorApp, vectorUser, vectorIssued, vectorKey)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(vectorClaims(nil), got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExpireLongerThanDuration(t *testing.T) {
	t.Parallel()
	sig := packed(`{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.expire":99999999999,"TLS.time":0,"TLS.sig":""}`)
	token, err := usersig.Parse(sig)
	if err != nil {
		t.Fatal(err)
	}
	longest := time.Duration(math.MaxInt64).Truncate(time.Second)
	if got := token.Claims().Expire; got != longest {
		t.Errorf("Expire %s, want %s", got, longest)
	}
	if err := token.Check(1, "a", time.Unix(99999999999, 0)); err != nil {
		t.Errorf("at the last second: %v", err)
	}
	if err := token.Check(1, "a", time.Unix(100000000000, 0)); !errors.Is(err, usersig.ErrExpired) {
		t.Errorf("a second later: error %v, want %v", err, usersig.ErrExpired)
	}
}

func TestCheckUserBuf(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		sig  string
		want []byte
		err  error
	}{
		"none, as wanted":    {vectorPlain, nil, nil},
		"same, as wanted":    {vectorBuf, []byte("abc"), nil},
		"missing":            {vectorPlain, []byte("abc"), usersig.ErrUserBuf},
		"missing, not empty": {vectorPlain, []byte{}, usersig.ErrUserBuf},
		"unexpected":         {vectorBuf, nil, usersig.ErrUserBuf},
		"another":            {vectorBuf, []byte("abd"), usersig.ErrUserBuf},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token, err := usersig.Parse(test.sig)
			if err != nil {
				t.Fatal(err)
			}
			if err := token.CheckUserBuf(test.want); !errors.Is(err, test.err) {
				t.Errorf("error %v, want %v", err, test.err)
			}
		})
	}
}

func TestGenerateRoundTrip(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]usersig.Claims{
		"plain":           vectorClaims(nil),
		"userbuf":         vectorClaims([]byte{0, 1, 0xfe, 0xff}),
		"large userbuf":   vectorClaims(bytes.Repeat([]byte("parley"), 400)),
		"largest app":     {SDKAppID: 1 << 53, UserID: "a", IssuedAt: vectorIssued, Expire: time.Second},
		"name to escape":  {SDKAppID: 1, UserID: "<a&b>\"\\\u2028 李", IssuedAt: vectorIssued, Expire: time.Hour},
		"issued at epoch": {SDKAppID: 1, UserID: "a", IssuedAt: time.Unix(0, 0), Expire: time.Duration(math.MaxInt64).Truncate(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sig, err := usersig.Generate(vectorKey, claims)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(sig, "+/=") {
				t.Errorf("UserSig %s needs escaping in a URL", sig)
			}
			got, err := usersig.Verify(sig, claims.SDKAppID, claims.UserID, claims.IssuedAt, vectorKey)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(claims, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

// The compressed bytes may differ from the vectors', the document may not.
func TestGenerateMakesTheVectors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		userBuf []byte
		want    string
	}{
		"without userbuf": {nil, `"TLS.sig":"/Hij9upp3aZps4NSuzdJ1BqX8maf7YctA4NhoODHLSk="}`},
		"empty userbuf":   {[]byte{}, `"TLS.sig":"/Hij9upp3aZps4NSuzdJ1BqX8maf7YctA4NhoODHLSk="}`},
		"with userbuf":    {[]byte("abc"), `"TLS.userbuf":"YWJj","TLS.sig":"YIrI8v2J+YZgftVX6w+EYi4VnYSLHpTnjOnYLSJIbr0="}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sig, err := usersig.Generate(vectorKey, vectorClaims(test.userBuf))
			if err != nil {
				t.Fatal(err)
			}
			want := `{"TLS.ver":"2.0","TLS.identifier":"administrator","TLS.sdkappid":1400000000,"TLS.expire":630720000,"TLS.time":1700000000,` + test.want
			if diff := cmp.Diff(want, unpacked(t, sig)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key    string
		change func(*usersig.Claims)
		want   string
	}{
		"empty key":             {"", func(*usersig.Claims) {}, "empty key"},
		"no app":                {vectorKey, func(c *usersig.Claims) { c.SDKAppID = 0 }, "SDKAppID"},
		"app too large":         {vectorKey, func(c *usersig.Claims) { c.SDKAppID = 1<<53 + 1 }, "SDKAppID"},
		"no user":               {vectorKey, func(c *usersig.Claims) { c.UserID = "" }, "UserID"},
		"user not UTF-8":        {vectorKey, func(c *usersig.Claims) { c.UserID = "\xff" }, "UTF-8"},
		"user of two lines":     {vectorKey, func(c *usersig.Claims) { c.UserID = "a\nb" }, "line break"},
		"no issue time":         {vectorKey, func(c *usersig.Claims) { c.IssuedAt = time.Time{} }, "issue time"},
		"no validity":           {vectorKey, func(c *usersig.Claims) { c.Expire = 999 * time.Millisecond }, "999ms"},
		"document too large":    {vectorKey, func(c *usersig.Claims) { c.UserBuf = make([]byte, 4096) }, "more than 4096"},
		"incompressible result": {vectorKey, func(c *usersig.Claims) { c.UserBuf = noise(2900) }, "more than 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claims := vectorClaims(nil)
			test.change(&claims)
			sig, err := usersig.Generate(test.key, claims)
			if err == nil {
				t.Fatalf("made %s", sig)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q does not say %q", err, test.want)
			}
		})
	}
}

// packed makes a UserSig of any document, in one of the many ways in which
// zlib may be used.
func packed(doc string) string {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err != nil {
		panic(err)
	}
	if _, err := w.Write([]byte(doc)); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return strings.NewReplacer("+", "*", "/", "-", "=", "_").Replace(base64.StdEncoding.EncodeToString(b.Bytes()))
}

func unpacked(t *testing.T, sig string) string {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.NewReplacer("*", "+", "-", "/", "_", "=").Replace(sig))
	if err != nil {
		t.Fatal(err)
	}
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var doc bytes.Buffer
	if _, err := doc.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return doc.String()
}

// noise returns n bytes that do not compress, the same ones each time.
func noise(n int) []byte {
	b := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x)
	}
	return b
}

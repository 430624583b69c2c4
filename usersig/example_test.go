package usersig_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-im/parley/usersig"
)

// An app's backend signs in its users.
func Example() {
	const key = "the secret key of the app"
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

	sig, err := usersig.Generate(key, usersig.Claims{
		SDKAppID: 1400000000,
		UserID:   "alice",
		IssuedAt: now,
		Expire:   24 * time.Hour,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	claims, err := usersig.Verify(sig, 1400000000, "alice", now.Add(time.Hour), key)
	fmt.Println(claims.UserID, claims.ExpiresAt().UTC(), err)

	_, err = usersig.Verify(sig, 1400000000, "mallory", now.Add(time.Hour), key)
	if reason, ok := errors.AsType[*usersig.Error](err); ok {
		fmt.Println(reason.Code(), err)
	}
	// Output:
	// alice 2026-03-02 12:00:00 +0000 UTC <nil>
	// 70013 usersig: made for another user: "alice"
}

// A server that keeps what it has verified pays for the signature once.
func ExampleToken_Check() {
	const key = "the secret key of the app"
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	sig, err := usersig.Generate(key, usersig.Claims{SDKAppID: 1400000000, UserID: "alice", IssuedAt: now, Expire: time.Hour})
	if err != nil {
		fmt.Println(err)
		return
	}

	token, err := usersig.Parse(sig)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := token.CheckSignature("the next key", key); err != nil {
		fmt.Println(err)
		return
	}
	for _, passed := range []time.Duration{time.Minute, time.Hour, 2 * time.Hour} {
		fmt.Println(passed, token.Check(1400000000, "alice", now.Add(passed)))
	}
	// Output:
	// 1m0s <nil>
	// 1h0m0s <nil>
	// 2h0m0s usersig: expired: 3600 seconds ago
}

package chat

import (
	"strings"
	"time"
)

// Limits of an account. Spec: accounts#0, accounts#1.1
const (
	MaxUserIDBytes  = 32
	MaxProfileBytes = 500
	// MaxAccountBatch is how many accounts one REST call names.
	MaxAccountBatch = 100
)

// Account is a user that was imported.
type Account struct {
	UserID     string
	Nick       string
	FaceURL    string
	CreateTime time.Time
}

// AccountUpdate imports an account; a nil field keeps what is stored.
type AccountUpdate struct {
	UserID  string
	Nick    *string
	FaceURL *string
}

// reservedPrefixes name things that are no ordinary accounts.
var reservedPrefixes = []string{OfficialPrefix, GroupPrefix, "@RBT#", "@TIM#"}

// CheckUserID returns why id cannot be the name of an account, or "".
func CheckUserID(id string) string {
	switch {
	case id == "":
		return "UserID is empty"
	case len(id) > MaxUserIDBytes:
		return "UserID is longer than 32 bytes"
	case !printable(id):
		return "UserID has a character outside printable ASCII"
	}
	for _, p := range reservedPrefixes {
		if strings.HasPrefix(id, p) {
			return "UserID begins with the reserved prefix " + p
		}
	}
	return ""
}

// printable reports whether s is made of the characters 0x20 to 0x7e.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// Unique returns ids without repetitions, in their order.
func Unique[T comparable](ids []T) []T {
	seen := make(map[T]bool, len(ids))
	kept := make([]T, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	return kept
}

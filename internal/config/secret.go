package config

import (
	"fmt"
	"log/slog"
)

// Secret is a text that must not be seen. However it is printed, logged or
// encoded, it shows only whether it is set; Reveal is the one way to its text.
type Secret string

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns "hidden", or "" if there is no secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "hidden"
}

// Format prints String whatever the verb, so that no verb gets around it.
func (s Secret) Format(state fmt.State, _ rune) {
	fmt.Fprint(state, s.String())
}

// MarshalText encodes String.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue logs String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

package callback

import (
	"encoding/json"
	"fmt"
)

// Body is a body type of this package, or a pointer to one.
type Body interface {
	// Command returns the command of this type of body, whatever the field
	// CallbackCommand contains.
	Command() Command

	// wire returns a pointer to a copy that has CallbackCommand set and no
	// nil array.
	wire() any
}

// Encode returns the body as it is sent: compact JSON with CallbackCommand
// filled in, no array null, and < > & as they are. It fails only if a
// MsgContent is not JSON. The body is not changed.
func Encode(body Body) ([]byte, error) {
	return AppendBody(nil, body)
}

// AppendBody appends what [Encode] returns to dst. On failure it returns dst
// as it was.
func AppendBody(dst []byte, body Body) ([]byte, error) {
	b, err := appendJSON(dst, body.wire())
	if err != nil {
		return dst, fmt.Errorf("callback: encode %s: %w", body.Command(), err)
	}
	return b, nil
}

// appendJSON appends v as compact JSON without HTML escapes.
func appendJSON(dst []byte, v any) ([]byte, error) {
	w := appender(dst)
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return w[:len(w)-1], nil // without the line break that Encode adds
}

type appender []byte

func (a *appender) Write(p []byte) (int, error) {
	*a = append(*a, p...)
	return len(p), nil
}

// orEmpty keeps an array from being null on the wire.
func orEmpty[E any](s []E) []E {
	if s == nil {
		return []E{}
	}
	return s
}

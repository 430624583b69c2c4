package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits on what is kept of one webhook.
const (
	// MaxBody is how many bytes of a body are kept.
	MaxBody = 256 << 10
	// maxDrain is how far a longer body is read on to learn its size.
	maxDrain = 8 << 20
	// maxURL is how many bytes of the request target are kept.
	maxURL = 8 << 10
	// maxHeader is how many bytes of names and values of the header are kept.
	maxHeader = 32 << 10
	// maxHeaderValue is how many bytes of one value are kept.
	maxHeaderValue = 4 << 10
	// maxWord is how many bytes of a command, an app or an event id are kept.
	maxWord = 256
)

// Received is one webhook as it arrived. It does not change once it is stored.
type Received struct {
	// ID ascends over all inboxes of a server and begins anew with it.
	ID int64
	// Time is when the webhook arrived.
	Time time.Time
	// RemoteAddr is the host and port of the sender.
	RemoteAddr string
	// Host is the host that the sender asked for.
	Host string
	// URL is the request target, path and query, of at most 8 KiB.
	URL string
	// Header holds at most 32 KiB of the header.
	Header http.Header
	// Body is what was sent, of at most MaxBody bytes.
	Body []byte
	// Size is how many bytes were sent, as far as they were counted.
	Size int64
	// Truncated is true if Body is only the beginning.
	Truncated bool

	// Command is the CallbackCommand of the query, or else of the body.
	// Spec: webhooks#1.1
	Command string
	// SDKAppID is the SdkAppid of the query.
	SDKAppID string
	// EventID and Attempt are the headers X-Parley-Event-Id and
	// X-Parley-Attempt.
	EventID string
	Attempt string
	// Signature is what was found out about the signatures.
	Signature Signature
	// Reply is how the webhook is answered.
	Reply Reply
}

// Query returns the parameters of the URL.
func (r *Received) Query() url.Values {
	_, raw, _ := strings.Cut(r.URL, "?")
	query, _ := url.ParseQuery(raw) // what cannot be parsed is left out
	return query
}

// capture reads a webhook. The result has no id yet.
func (in *Inbox) capture(r *http.Request) (*Received, error) {
	body, size, err := readBody(r.Body)
	if err != nil {
		return nil, err
	}
	query := r.URL.Query()
	received := &Received{
		Time:       in.options.Now(),
		RemoteAddr: r.RemoteAddr,
		Host:       cut(r.Host, maxWord),
		URL:        cut(r.URL.RequestURI(), maxURL),
		Header:     keptHeader(r.Header),
		Body:       body,
		Size:       size,
		Truncated:  size > int64(len(body)),
		Command:    cut(query.Get("CallbackCommand"), maxWord),
		SDKAppID:   cut(query.Get("SdkAppid"), maxWord),
		EventID:    cut(r.Header.Get("X-Parley-Event-Id"), maxWord),
		Attempt:    cut(r.Header.Get("X-Parley-Attempt"), maxWord),
		Reply:      readReply(query),
	}
	if received.Command == "" {
		received.Command = commandOf(body)
	}
	received.Signature = judge(in.options.Verifier, received)
	return received, nil
}

// readBody returns the beginning of a body and how long it is altogether.
func readBody(body io.Reader) ([]byte, int64, error) {
	var kept bytes.Buffer
	size, err := io.Copy(&kept, io.LimitReader(body, MaxBody))
	if err != nil {
		return nil, 0, fmt.Errorf("read the body: %w", err)
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(body, maxDrain))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		err = nil // a limit of the server: what was counted will do
		rest = max(rest, 1)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the body: %w", err)
	}
	// The buffer may be twice as large as what is in it.
	return bytes.Clone(kept.Bytes()), size + rest, nil
}

// commandOf looks for the command in the body.
func commandOf(body []byte) string {
	var fields struct {
		CallbackCommand string `json:"CallbackCommand"`
	}
	if json.Unmarshal(body, &fields) != nil {
		return ""
	}
	return cut(fields.CallbackCommand, maxWord)
}

// keptHeader copies a header up to the limits.
func keptHeader(header http.Header) http.Header {
	kept, left := http.Header{}, maxHeader
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			value = cut(value, maxHeaderValue)
			if left -= len(name) + len(value); left < 0 {
				return kept
			}
			kept.Add(name, value)
		}
	}
	return kept
}

// cut returns the first bytes of text, without half a character at the end.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	// A copy, lest a few bytes keep a long text alive.
	return string([]byte(text[:most]))
}

// cost is about how much memory r takes, in bytes.
func (r *Received) cost() int {
	const fixed = 1 << 10
	bytes := fixed + len(r.Body) + len(r.URL) + len(r.Host) + len(r.Command) + len(r.SDKAppID) +
		len(r.EventID) + len(r.Attempt) + len(r.Signature.Explanation) + len(r.Reply.Info) + len(r.Reply.Problem)
	for name, values := range r.Header {
		for _, value := range values {
			bytes += len(name) + len(value) + 64
		}
	}
	return bytes
}

package inbox

import (
	"encoding/base64"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is a Received as programs see it.
type Entry struct {
	ID         int64     `json:"id"`
	Time       time.Time `json:"time"`
	Command    string    `json:"command"`
	SDKAppID   string    `json:"sdk_app_id"`
	EventID    string    `json:"event_id"`
	Attempt    string    `json:"attempt"`
	RemoteAddr string    `json:"remote_addr"`
	Host       string    `json:"host"`
	URL        string    `json:"url"`
	// Query and Header are in the order of the URL and of the alphabet.
	Query  []Pair `json:"query"`
	Header []Pair `json:"header"`
	// Body is the body if it is UTF-8, and otherwise BodyBase64.
	Body       string    `json:"body"`
	BodyBase64 string    `json:"body_base64,omitempty"`
	Size       int64     `json:"size"`
	Truncated  bool      `json:"truncated"`
	Signature  Signature `json:"signature"`
	Reply      Reply     `json:"reply"`
	// ReplyDelayMS is how long the answer was held back, in milliseconds.
	ReplyDelayMS int64 `json:"reply_delay_ms"`
}

// Pair is a parameter or a header line.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// entryOf returns r for programs.
func entryOf(r *Received) Entry {
	entry := Entry{
		ID: r.ID, Time: r.Time, Command: r.Command, SDKAppID: r.SDKAppID, EventID: r.EventID, Attempt: r.Attempt,
		RemoteAddr: r.RemoteAddr, Host: r.Host, URL: r.URL, Query: queryPairs(r.URL), Header: headerPairs(r.Header),
		Size: r.Size, Truncated: r.Truncated, Signature: r.Signature, Reply: r.Reply,
		ReplyDelayMS: r.Reply.Delay.Milliseconds(),
	}
	if body := withoutHalf(r.Body, r.Truncated); utf8.Valid(body) {
		entry.Body = string(body)
	} else {
		entry.BodyBase64 = base64.StdEncoding.EncodeToString(r.Body)
	}
	return entry
}

// withoutHalf drops the half of a character that truncation may have left at the
// end.
func withoutHalf(body []byte, truncated bool) []byte {
	if !truncated {
		return body
	}
	for i := len(body) - 1; i >= max(0, len(body)-utf8.UTFMax); i-- {
		if utf8.RuneStart(body[i]) && !utf8.FullRune(body[i:]) {
			return body[:i]
		}
	}
	return body
}

func headerPairs(header map[string][]string) []Pair {
	pairs := []Pair{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			pairs = append(pairs, Pair{name, value})
		}
	}
	return pairs
}

// queryPairs returns the parameters of a URL in their order, those with a broken
// escape as they are written.
func queryPairs(target string) []Pair {
	pairs := []Pair{}
	_, raw, _ := strings.Cut(target, "?")
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, Pair{unescape(name), unescape(value)})
	}
	return pairs
}

func unescape(text string) string {
	plain, err := url.QueryUnescape(text)
	if err != nil || !utf8.ValidString(plain) {
		return text
	}
	return plain
}

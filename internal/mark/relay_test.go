package mark_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
)

func TestRelays(t *testing.T) {
	t.Parallel()
	f := start(t)
	list := json.RawMessage(`[{"From_Account":"alice","MsgBody":[ {"unknown":"<&>"} ]}]`)
	key, err := f.marks.SaveRelay(f.Context(), f.client("alice"), list)
	f.must(err)
	got, err := f.marks.Relay(f.Context(), f.client("bob"), key)
	f.must(err)
	equal(f, "what comes back", string(got), string(list))
	_, err = f.marks.Relay(f.Context(), f.client("bob"), "none")
	f.refused("a key that nobody got", err, chat.ErrMarkedNotFound)
	second, err := f.marks.SaveRelay(f.Context(), f.client("alice"), list)
	f.must(err)
	if key == second {
		t.Error("two merged messages have the same key")
	}
}

func TestRelaysRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	for name, list := range map[string]string{
		"nothing":           ``,
		"no list":           `{}`,
		"an empty list":     `[]`,
		"null":              `null`,
		"broken":            `[{]`,
		"too many messages": "[0" + strings.Repeat(",0", chat.MaxRelayMessages) + "]",
	} {
		_, err := f.marks.SaveRelay(f.Context(), f.client("alice"), json.RawMessage(list))
		f.refused(name, err, chat.ErrParameter)
	}
	_, err := f.marks.SaveRelay(f.Context(), f.client("alice"), json.RawMessage(`["`+strings.Repeat("x", chat.MaxRelayBytes)+`"]`))
	f.refused("too long", err, chat.ErrMessageTooLong)
	for range chat.RelayRate {
		_, err := f.marks.SaveRelay(f.Context(), f.client("alice"), json.RawMessage(`[0]`))
		f.must(err)
	}
	_, err = f.marks.SaveRelay(f.Context(), f.client("alice"), json.RawMessage(`[0]`))
	f.refused("too many a minute", err, chat.ErrTooFrequent)
	_, err = f.marks.SaveRelay(f.Context(), f.client("bob"), json.RawMessage(`[0]`))
	f.must(err)
	f.clock.Advance(time.Minute)
	_, err = f.marks.SaveRelay(f.Context(), f.client("alice"), json.RawMessage(`[0]`))
	f.must(err)
}

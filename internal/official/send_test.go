package official_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
	"github.com/parley-im/parley/internal/official"
)

func TestSendParameters(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"damn"} })
	f.create("@TOA#_a")
	for _, tt := range []struct {
		name string
		send func(r *official.SendRequest)
		want *chat.Error
	}{
		{"least", func(*official.SendRequest) {}, nil},
		{"Random 0", func(r *official.SendRequest) { *r.Random = 0 }, nil},
		{"the largest Random", func(r *official.SendRequest) { *r.Random = 4294967295 }, nil},
		{"no account", func(r *official.SendRequest) { r.ID = "" }, chat.ErrOfficialParameter},
		{"unknown account", func(r *official.SendRequest) { r.ID = "@TOA#_b" }, chat.ErrOfficialNotFound},
		{"no account at all", func(r *official.SendRequest) { r.ID = "alice" }, chat.ErrOfficialNotFound},
		{"no Random", func(r *official.SendRequest) { r.Random = nil }, chat.ErrOfficialParameter},
		{"no body", func(r *official.SendRequest) { r.MsgBody = nil }, chat.ErrOfficialParameter},
		{"empty body", func(r *official.SendRequest) { r.MsgBody = []byte("[]") }, chat.ErrOfficialParameter},
		{"no body for an unknown account", func(r *official.SendRequest) { r.ID, r.MsgBody = "@TOA#_b", nil }, chat.ErrOfficialParameter},
		{"too long", func(r *official.SendRequest) { r.CloudCustomData = strings.Repeat("x", 12288) }, chat.ErrMessageTooLong},
		{"online", func(r *official.SendRequest) { r.OnlineOnly = true }, nil},
		{"online and NoLastMsg", func(r *official.SendRequest) { r.OnlineOnly, r.NoLastMsg = true, true }, chat.ErrOfficialParameter},
		{"NoLastMsg", func(r *official.SendRequest) { r.NoLastMsg = true }, nil},
		{"push information that is no object", func(r *official.SendRequest) { r.OfflinePush = []byte("1") }, chat.ErrOfficialParameter},
		{"blocked", func(r *official.SendRequest) { r.MsgBody = body("damn") }, chat.ErrBlockedContent},
	} {
		r := f.say("@TOA#_a", "hello")
		tt.send(r)
		f.hooks.Take()
		f.refused(tt.name, f.trySend(r), tt.want)
		heard, _ := f.hooks.Take()
		if want := tt.want == nil; (len(heard) == 1) != want {
			t.Errorf("%s: %d events", tt.name, len(heard))
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	f.hooks.Take()
	rewritten, why := chat.ParseBody(body("***"))
	if why != "" {
		t.Fatal(why)
	}
	f.hooks.Answer(event.Answer{Body: &rewritten, CloudCustomData: new("c")})
	first := f.send(f.repeat("@TOA#_a", "damn", 7))
	equal(f, "key", first.MsgKey, "1_1_1772366400")
	heard, asked := f.hooks.Take()
	equal(f, "questions", len(asked), 1)
	told := heard[0].(event.OfficialMessageSent)
	equal(f, "told", []string{told.OfficialID, string(told.Message.Body.JSON), told.Message.CloudCustomData, told.Message.Sender},
		[]string{"@TOA#_a", string(body("***")), "c", "@TOA#_a"})
	if !f.info("@TOA#_a").LastMsgTime.Equal(f.clock.Now()) {
		t.Errorf("last message at %v", f.info("@TOA#_a").LastMsgTime)
	}

	f.hooks.Answer(event.Answer{Refusal: &chat.Error{Code: 120001, Text: "no"}, ByApp: true})
	equal(f, "repeated although it would be refused", f.send(f.repeat("@TOA#_a", "damn", 7)), first)
	f.refused("refused", f.trySend(f.say("@TOA#_a", "hello")), &chat.Error{Code: 120001})
	silent := f.say("@TOA#_a", "silent")
	silent.SkipBefore, silent.SkipAfter = true, true
	f.hooks.Take()
	equal(f, "silent", f.send(silent).MsgKey, "2_1_1772366400")
	heard, asked = f.hooks.Take()
	equal(f, "events and questions of a silent broadcast", len(heard)+len(asked), 0)

	f.hooks.Answer(event.Answer{})
	online := f.say("@TOA#_a", "online")
	online.OnlineOnly = true
	equal(f, "online", f.send(online).MsgKey, "3_1_1772366400")
	equal(f, "after the online one", f.send(f.say("@TOA#_a", "stored")).MsgKey, "4_1_1772366400")
	stored := f.stored("@TOA#_a")
	equal(f, "stored", len(stored), 3)
	equal(f, "the fourth", string(stored[4].Body.JSON), string(body("stored")))
}

// TestDiscardedBroadcast: the sender of what the app's backend discards gets a
// key of his own, with which nothing can be recalled.
func TestDiscardedBroadcast(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	f.send(f.say("@TOA#_a", "before"))
	f.hooks.Answer(event.Answer{Discard: true})
	f.hooks.Take()
	first := f.send(f.repeat("@TOA#_a", "spam", 7))
	equal(f, "told", first, official.Sent{MsgKey: "2_1_1772366400", Time: first.Time})
	if !first.Time.Equal(f.clock.Now()) {
		t.Errorf("told the time %v", first.Time)
	}
	equal(f, "repeated", f.send(f.repeat("@TOA#_a", "spam", 7)), first)
	heard, asked := f.hooks.Take()
	equal(f, "events", len(heard), 0)
	equal(f, "questions", len(asked), 1)
	equal(f, "stored", len(f.stored("@TOA#_a")), 1)
	f.hooks.Answer(event.Answer{})
	equal(f, "next", f.send(f.say("@TOA#_a", "after")).MsgKey, "3_1_1772366400")
	results, err := f.officials.Recall(f.Context(), f.rest(), "@TOA#_a", []string{first.MsgKey}, "")
	f.must(err)
	equal(f, "recall", results[first.MsgKey].Code, 10030)
}

func TestBroadcastFrequency(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.change(func(a *chat.App) { a.Settings.OfficialRate, a.Settings.OfficialHourly = 1, 2 })
	f.create("@TOA#_a")
	f.create("@TOA#_b")
	first := f.send(f.repeat("@TOA#_a", "hello", 7))
	f.refused("another in the same second", f.trySend(f.say("@TOA#_a", "x")), chat.ErrTooFrequent)
	equal(f, "the same in the same second", f.send(f.repeat("@TOA#_a", "hello", 7)), first)
	f.send(f.say("@TOA#_b", "of another account"))
	f.clock.Advance(time.Second)
	f.send(f.say("@TOA#_a", "second"))
	f.clock.Advance(time.Second)
	f.refused("third in an hour", f.trySend(f.say("@TOA#_a", "third")), chat.ErrTooFrequent)
	f.clock.Advance(time.Hour)
	f.send(f.say("@TOA#_a", "fourth"))
	heard, _ := f.hooks.Take()
	equal(f, "events", len(heard), 4)
}

// TestRepeatedBroadcast: the window, and the account that is made anew.
func TestRepeatedBroadcast(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	first := f.send(f.repeat("@TOA#_a", "hello", 7))
	f.clock.Advance(chat.DuplicateWindow - time.Millisecond)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = []string{"hello"} })
	equal(f, "within the window", f.send(f.repeat("@TOA#_a", "hello", 7)), first)
	f.must(f.officials.Destroy(f.Context(), f.rest(), "@TOA#_a"))
	f.refused("of no account", f.trySend(f.repeat("@TOA#_a", "hello", 7)), chat.ErrOfficialNotFound)
	f.create("@TOA#_a")
	f.refused("blocked in the new account", f.trySend(f.repeat("@TOA#_a", "hello", 7)), chat.ErrBlockedContent)
	f.change(func(a *chat.App) { a.Settings.BlockedWords = nil })
	again := f.send(f.repeat("@TOA#_a", "hello", 7))
	if !strings.HasPrefix(again.MsgKey, "1_1_") {
		t.Errorf("the new account begins with %s", again.MsgKey)
	}
	equal(f, "repeated in the new account", f.send(f.repeat("@TOA#_a", "hello", 7)), again)
	f.clock.Advance(chat.DuplicateWindow)
	if late := f.send(f.repeat("@TOA#_a", "hello", 7)); !strings.HasPrefix(late.MsgKey, "2_1_") {
		t.Errorf("after the window: %s", late.MsgKey)
	}
}

func TestRecall(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	f.create("@TOA#_b")
	one, two := f.send(f.say("@TOA#_a", "1")).MsgKey, f.send(f.say("@TOA#_a", "2")).MsgKey
	f.clock.Advance(time.Hour)
	recall := func(name string, want map[string]int, told []string, keys ...string) {
		t.Helper()
		f.hooks.Take()
		results, err := f.officials.Recall(f.Context(), f.rest(), "@TOA#_a", keys, "why")
		f.must(err)
		got := make(map[string]int)
		for key, refusal := range results {
			if got[key] = 0; refusal != nil {
				got[key] = refusal.Code
			}
		}
		equal(f, name, got, want)
		heard, _ := f.hooks.Take()
		var fired []string
		for _, e := range heard {
			fired = append(fired, e.(event.OfficialMessagesRecalled).MsgKeys...)
		}
		equal(f, name+": told", fired, told)
	}
	recall("of all kinds", map[string]int{
		one: 0, "1_1_1772366401": 10030, "9_1_1772366400": 10030, "": 90054, "1": 90054, "1_2_1772366400": 90054, "0_1_5": 90054,
		"+1_1_1772366400": 90054, "01_1_1772366400": 90054,
	}, []string{one}, one, "1_1_1772366401", "9_1_1772366400", "", "1", "1_2_1772366400", "0_1_5", "+1_1_1772366400", "01_1_1772366400", one)
	recall("again", map[string]int{one: 0, two: 0}, []string{two}, one, two)
	recall("all again", map[string]int{one: 0, two: 0}, nil, one, two)
	equal(f, "place", f.stored("@TOA#_a")[1].Place, chat.PlaceRecalled)

	for name, tt := range map[string]struct {
		id     string
		keys   []string
		reason string
		want   *chat.Error
	}{
		"no account":          {"", []string{one}, "", chat.ErrOfficialParameter},
		"unknown account":     {"@TOA#_c", []string{one}, "", chat.ErrOfficialNotFound},
		"no keys":             {"@TOA#_c", nil, "", chat.ErrOfficialParameter},
		"11 keys":             {"@TOA#_a", make([]string, 11), "", chat.ErrOfficialParameter},
		"reason of 101 bytes": {"@TOA#_a", []string{one}, strings.Repeat("x", 101), chat.ErrOfficialParameter},
	} {
		_, err := f.officials.Recall(f.Context(), f.rest(), tt.id, tt.keys, tt.reason)
		f.refused(name, err, tt.want)
	}
	results, err := f.officials.Recall(f.Context(), f.rest(), "@TOA#_b", []string{one}, "")
	f.must(err)
	equal(f, "of another account", results[one].Code, 10030)
}

func TestConcurrentBroadcasts(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.create("@TOA#_a")
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if err := f.trySend(f.say("@TOA#_a", "hello")); err != nil {
				t.Errorf("send: %v", err)
			}
			if err := f.trySend(f.repeat("@TOA#_a", "all say this", 4294967295)); err != nil {
				t.Errorf("repeat: %v", err)
			}
		})
	}
	wg.Wait()
	stored := f.stored("@TOA#_a")
	equal(f, "stored", len(stored), 33)
	for seq := range int64(33) {
		if _, ok := stored[seq+1]; !ok {
			t.Errorf("no broadcast has the number %d", seq+1)
		}
	}
}

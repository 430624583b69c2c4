package client

import (
	"encoding/json"
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want time.Duration
		back string
	}{
		{"0", 0, "0s"},
		{"90s", 90 * time.Second, "1m30s"},
		{"10m", 10 * time.Minute, "10m"},
		{"2h", 2 * time.Hour, "2h"},
		{"1h0m5s", time.Hour + 5*time.Second, "1h0m5s"},
		{"7d", 168 * time.Hour, "168h"},
		{"-1h", -time.Hour, "-1h"},
		{"1.5ms", 1500 * time.Microsecond, "1.5ms"},
	}
	for _, test := range tests {
		got, err := ParseDuration(test.text)
		if got != test.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", test.text, got, err, test.want)
		}
		if back := Duration(got).String(); back != test.back {
			t.Errorf("%s: got %s back, want %s", test.text, back, test.back)
		}
		if again, err := time.ParseDuration(test.back); again != test.want || err != nil {
			t.Errorf("%s: Go reads %s, %v", test.back, again, err)
		}
	}
	for _, text := range []string{"", "d", "1", "1.5d", "106752d", "99999999999d", "1 h", "soon"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-02-01T00:00:00Z":      time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		"2026-02-01T01:00:00+01:00": time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
		"1h":                        now.Add(-time.Hour),
		"2d":                        now.Add(-48 * time.Hour),
		"0":                         now,
	} {
		if got, err := ParseTime(text, now); !got.Equal(want) || err != nil {
			t.Errorf("%s: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1h", "yesterday", "2026-02-01", "12:00"} {
		if got, err := ParseTime(text, now); err == nil {
			t.Errorf("%q: got %s, want an error", text, got)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		-time.Second:                      "0 ms",
		time.Microsecond:                  "0 ms",
		35 * time.Millisecond:             "35 ms",
		time.Second:                       "1 s",
		1590 * time.Millisecond:           "1.5 s",
		9990 * time.Millisecond:           "9.9 s",
		12*time.Second + time.Millisecond: "12 s",
		time.Minute:                       "1 min",
		time.Hour - time.Second:           "59 min 59 s",
		3*time.Hour + 20*time.Minute:      "3 h 20 min",
		24 * time.Hour:                    "1 d",
		50*time.Hour + 59*time.Minute:     "2 d 2 h",
	} {
		if got := Span(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestRESTRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]RESTRate{`"documented"`: RESTRateDocumented, `0`: 0, `200`: 200} {
		var got RESTRate
		if err := json.Unmarshal([]byte(text), &got); got != want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
		if back, err := json.Marshal(want); string(back) != text || err != nil {
			t.Errorf("%d: got %s, %v, want %s", want, back, err, text)
		}
	}
	for _, text := range []string{`"fast"`, `-1`, `1.5`, `true`, `"\x"`} {
		var got RESTRate
		if err := got.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%s: got %d, want an error", text, got)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"1h", "7d", "2026-03-01T12:00:00Z", "-1h", "9223372036s"} {
		f.Add(text)
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseDuration(text)
		if err != nil {
			return
		}
		at, err := ParseTime(text, now)
		if (d < 0) != (err != nil) {
			t.Errorf("%q is %s but no time: %v", text, d, err)
		}
		if err == nil && at.After(now) {
			t.Errorf("%q is %s, in the future", text, at)
		}
	})
}

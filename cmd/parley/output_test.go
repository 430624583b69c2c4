package main

import (
	"bytes"
	"testing"
	"time"
)

func TestTableIsHarmless(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	(&program{stdout: &b}).table([][]string{
		{"A", "LONGER", ""},
		{"two\nlines", "é\x1b[31mred", "\u009b2J\u202etxt"},
	})
	want := "A          LONGER\ntwo lines  é\ufffd[31mred  \ufffd2J\ufffdtxt\n"
	if got := b.String(); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
	if got, want := manyLines("a\n\tb\x07\r"), "a\n\tb\ufffd\ufffd"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local)
	p := &program{clock: func() time.Time { return now }}
	for at, want := range map[time.Time]string{
		{}:                        "never",
		now.Add(-5 * time.Second): "2026-03-01 11:59:55 (5 s ago)",
		now.Add(time.Hour):        "2026-03-01 13:00:00 (in 1 h)",
	} {
		if got := p.when(at); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

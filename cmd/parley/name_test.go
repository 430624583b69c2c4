package main

import (
	"strings"
	"testing"
)

func TestBuiltByGoRun(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/tmp/go-build2577069312/b001/exe/parley":                              true,
		"/home/a/.cache/go-build/e4/" + strings.Repeat("e4", 32) + "-d/parley": true,
		"/var/cache/own/e4/" + strings.Repeat("e4", 32) + "-d/parley":          true,
		"/usr/local/bin/parley":                                                false,
		"/home/a/go/bin/parley":                                                false,
		"/srv/parley-d/parley":                                                 false,
	} {
		if got := builtByGoRun(path); got != want {
			t.Errorf("%s: got %t, want %t", path, got, want)
		}
	}
}

func TestQuoted(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"./bin/parley":  "./bin/parley",
		"/a b":          "'/a b'",
		"it's":          `'it'\''s'`,
		"":              "''",
		"http://a/?b=c": "'http://a/?b=c'",
	} {
		if got := quoted(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

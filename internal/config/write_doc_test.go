package config

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func doc(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	if err := WriteDoc(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWriteDoc(t *testing.T) {
	t.Parallel()
	golden(t, "parley.toml", doc(t))
}

func TestWriteDocHoldsTheDefaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file string
	}{
		{"as written", doc(t)},
		{"with every setting switched on", regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(doc(t), "$1")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := Load(parsed(t, "--config="+written(t, test.file)), nil)
			if err != nil {
				t.Fatal(err)
			}
			got.File = ""
			if diff := cmp.Diff(got, Default(), cmp.Comparer(samePrefix), revealed); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	golden(t, "help.golden", parsed(t, "--admin-token=sesame-sesame-sesame").FlagUsages())
}

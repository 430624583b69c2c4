package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestDeployFiles: the container file, the compose file and the proxy's name what
// there is: the Go and NATS of go.mod, settings, and each other's nodes.
func TestDeployFiles(t *testing.T) {
	const deploy = "../deploy/"
	module, settings := "../go.mod", "../docs/reference/config.md"
	image, compose, proxy := deploy+"Containerfile", deploy+"compose.yaml", deploy+"nginx.conf"

	same := func(what, file1, pattern1, file2, pattern2 string) {
		t.Helper()
		if a, b := named(t, file1, pattern1), named(t, file2, pattern2); !slices.Equal(a, b) {
			t.Errorf("%s: %q in %s, %q in %s", what, a, file1, b, file2)
		}
	}
	same("Go", image, `(?m)^FROM golang:(\d+\.\d+)-`, module, `(?m)^go (\d+\.\d+)`)
	same("NATS", compose, `image: nats:(\d+\.\d+)-`, module, `nats-server/v2 v(\d+\.\d+)`)
	same("nodes", compose, `(?m)^  (parley-\d):$[^a-z]+<<: \*node`, proxy, `server (parley-\d):8080`)

	known := named(t, settings, `(?m)^# Also .*\b(PARLEY_[A-Z_]+)`)
	for _, file := range []string{image, compose} {
		for _, name := range named(t, file, ` (PARLEY_[A-Z_]+)[=:]`) {
			if !slices.Contains(known, name) {
				t.Errorf("%s sets %s, which is no setting", file, name)
			}
		}
	}
}

// named returns what the group of a pattern matches in a file, each once and
// sorted, and fails if that is nothing.
func named(t *testing.T, file, pattern string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(data), -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatalf("nothing in %s matches %s", file, pattern)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

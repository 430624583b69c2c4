package gateway_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// volatile is what differs from run to run: times, what is drawn by lot, and what is
// made of either.
var volatile = regexp.MustCompile(`"(CreateTime|LastInfoTime|LastMsgTime|JoinTime|MsgTimeStamp|MsgClientTime|MsgTime|MsgKey|Authentication|SessionData|MsgSeq|ClientSeq|NoticeSeq|MsgRandom)":("[^"]*"|\d{7,})`)

// golden compares lines with a file of testdata.
func golden(f *fixture, name string, lines []string) {
	f.Helper()
	got := volatile.ReplaceAllString(strings.Join(lines, "\n")+"\n", `"$1":"?"`)
	file := filepath.Join("testdata", name)
	if *update {
		f.must(os.MkdirAll("testdata", 0o750))
		f.must(os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(filepath.Clean(file))
	f.must(err)
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		f.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// names returns the words that call each command below cmd, and cmd itself.
func names(cmd *cobra.Command) [][]string {
	own := strings.Fields(cmd.CommandPath())[1:]
	list := [][]string{own}
	for _, child := range cmd.Commands() {
		list = append(list, names(child)...)
	}
	return list
}

func TestHelp(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, words := range names((&program{}).root()) {
		file := filepath.Join("testdata", "help", strings.Join(append([]string{"parley"}, words...), "_")+".txt")
		seen[file] = true
		got := run(t.Context(), nil, append(words, "--help")...)
		if got.code != 0 || got.stderr != "" {
			t.Errorf("%q: got code %d and %q on standard error", words, got.code, got.stderr)
		}
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(got.stdout), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v; run the test with -update", err)
			continue
		}
		if diff := cmp.Diff(got.stdout, string(want)); diff != "" {
			t.Errorf("%s (-got +want):\n%s", file, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "help", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !seen[file] {
			t.Errorf("%s is the help of no command", file)
		}
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	root := (&program{}).root()
	for _, words := range names(root) {
		cmd, _, err := root.Find(words)
		if err != nil {
			t.Fatal(err)
		}
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%q: the short help %q is missing or ends like a sentence", words, cmd.Short)
		}
		if !cmd.HasSubCommands() && cmd.Example == "" {
			t.Errorf("%q has no example", words)
		}
	}
}

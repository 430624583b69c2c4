package docgen

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
)

// What comments in the code name as their source can be looked up: a command of
// the list, or a section of a page in docs/spec.
func TestCoordinatesLeadSomewhere(t *testing.T) {
	t.Parallel()
	targets := sections(t)
	commands, err := readList(module, "commands.txt", 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range commands {
		for _, r := range s.Rows {
			targets[r.Name] = true
		}
	}
	seen := 0
	err = fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (base[0] == '.' || base == "testdata" || base == "docgen" || base == "node_modules"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, name)
		for _, c := range coordinates(string(text)) {
			if seen++; !targets[c] {
				t.Errorf("%s: Spec: %s leads nowhere", name, c)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no comment names its source")
	}
}

// sections are the pages of docs/spec and their numbered sections.
func sections(t *testing.T) map[string]bool {
	t.Helper()
	heading := regexp.MustCompile(`(?m)^(?:#+ ([\d.]+) |(\d+)\. )`)
	pages, err := fs.Glob(module, "docs/spec/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, name := range pages {
		text, err := fs.ReadFile(module, name)
		if err != nil {
			t.Fatal(err)
		}
		page := strings.TrimSuffix(path.Base(name), ".md")
		found[page] = true
		for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
			found[page+"#"+m[1]+m[2]] = true
		}
	}
	return found
}

var (
	marks   = regexp.MustCompile(`(?m)^\s*//.*\bSpec: (.+?)\.?$`)
	numbers = regexp.MustCompile(`\d+(?:\.\d+)*`)
)

// coordinates reads marks such as "a#1.2, b#3" and "a sections 1 and 1.2".
func coordinates(text string) []string {
	var found []string
	for _, m := range marks.FindAllStringSubmatch(text, -1) {
		page, rest, prose := strings.Cut(m[1], " section")
		if !prose {
			found = append(found, strings.Split(m[1], ", ")...)
			continue
		}
		for _, number := range numbers.FindAllString(rest, -1) {
			found = append(found, page+"#"+number)
		}
	}
	return found
}

func TestCoordinates(t *testing.T) {
	t.Parallel()
	text := "// A. Spec: a#1.2, b#3\n\t// Spec: a sections 1, 4.1 and 6.\n// Spec: svc/cmd\nx := \"Spec: no\"\n"
	got := strings.Join(coordinates(text), " ")
	if want := "a#1.2 b#3 a#1 a#4.1 a#6 svc/cmd"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

package docgen

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated files")

// root is the directory of the module.
var (
	root   = filepath.Join("..", "..")
	module = os.DirFS(root)
)

var generated = sync.OnceValues(func() (map[string][]byte, error) { return Files(module) })

// files are the generated files of this module.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	made, err := generated()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestFilesAreUpToDate(t *testing.T) {
	t.Parallel()
	const hint = "run go generate ./internal/docgen"
	made := files(t)
	for path, want := range made {
		file := filepath.Join(root, path)
		if *update {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s is not up to date, %s (-got +want):\n%s", path, hint, diff)
		}
	}
	present, err := filepath.Glob(filepath.Join(root, "docs", "reference", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range present {
		if path := "docs/reference/" + filepath.Base(file); made[path] == nil {
			if !*update {
				t.Errorf("%s is not made from anything any more, %s", path, hint)
			} else if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Links of generated pages lead to files that exist, and within generated pages
// to headings that exist.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`)
	made := files(t)
	for path, text := range made {
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || filepath.Ext(path) != ".md" {
				continue
			}
			target := path
			if m[1] != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(path), m[1]))
			}
			page, ok := made[target]
			if !ok {
				t.Errorf("%s: %s is no page of ours", path, m[0])
			} else if m[2] != "" && !hasAnchor(string(page), m[2]) {
				t.Errorf("%s: %s leads to no heading", path, m[0])
			}
		}
	}
}

func hasAnchor(page, name string) bool {
	if strings.Contains(page, `<a id="`+name+`">`) {
		return true
	}
	for line := range strings.Lines(page) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && line[0] == '#' && anchor(strings.TrimSpace(heading)) == name {
			return true
		}
	}
	return false
}

// The table of error codes is read as text; nothing of it may be missed.
func TestEveryErrorCodeIsRead(t *testing.T) {
	t.Parallel()
	source, err := fs.ReadFile(module, "internal/chat/code.go")
	if err != nil {
		t.Fatal(err)
	}
	sections, err := readCodes(module)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, s := range sections {
		for _, c := range s.Rows {
			got += len(c.Names)
		}
	}
	if want := strings.Count(string(source), "&Error{"); got != want {
		t.Errorf("read %d error codes, want %d", got, want)
	}
}

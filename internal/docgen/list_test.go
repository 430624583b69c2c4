package docgen

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestMark(t *testing.T) {
	t.Parallel()
	const text = "# head\n\n[A]\na/x\tdoes x\n\n[B]\nb/y\tdoes y\n"
	tests := []struct {
		name, text string
		ours       []string
		want       map[string]int
		fault      string
	}{
		{"one of two", text, []string{"b/y"}, map[string]int{"All": 2, "Yes": 1}, ""},
		{"a row of ours is missing", text, []string{"b/z"}, nil, "docs/spec/list.txt does not have b/z"},
		{"a row stands twice", text + "a/x\tagain\n", nil, nil, "docs/spec/list.txt has a/x twice"},
		{"no tab", "[A]\na/x does x\n", nil, nil, `docs/spec/list.txt: "a/x does x" has not 2 cells below a title`},
		{"no title", "a/x\tdoes x\n", nil, nil, `docs/spec/list.txt: "a/x\tdoes x" has not 2 cells below a title`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sections, err := readList(fstest.MapFS{"docs/spec/list.txt": {Data: []byte(tt.text)}}, "list.txt", 2)
			if err == nil {
				_, err = mark("list.txt", sections, tt.ours)
			}
			if tt.fault != "" {
				if err == nil || err.Error() != tt.fault {
					t.Errorf("got error %v, want %s", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(count(sections), tt.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}

// What the glossary calls a Go name is one, in one of the packages that speak of
// the protocol, and what it calls a name on the wire is written somewhere there.
func TestGlossaryIsSpoken(t *testing.T) {
	t.Parallel()
	identifiers := make(map[string]bool)
	var text strings.Builder
	for _, dir := range []string{"api", "callback", "usersig", "internal/chat", "internal/rest"} {
		names, err := fs.Glob(module, dir+"/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := fs.ReadFile(module, name)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(source)
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					identifiers[id.Name] = true
				}
				return true
			})
		}
	}
	nouns, err := readNouns(module)
	if err != nil {
		t.Fatal(err)
	}
	if len(nouns) == 0 {
		t.Error("the glossary is empty")
	}
	for _, n := range nouns {
		if n.Go != "" && !identifiers[n.Go] {
			t.Errorf("%s: %s is no name in Go", n.Word, n.Go)
		}
		for _, wire := range n.Wire {
			if !strings.Contains(text.String(), `"`+wire) {
				t.Errorf("%s: %s is not on the wire", n.Word, wire)
			}
		}
	}
}

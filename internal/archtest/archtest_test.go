// Package archtest holds the shape of the house: which room may import which,
// and that each says what it is.
package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lattice says who may import whom: a room may import what stands on the left of
// it, and what that may import. Lines build on the lines above them. Tests may
// import everything, and so only they reach what stands on the left of nothing.
const lattice = `
# Published. Whoever imports these gets nothing of the server with them.
usersig < api < callback

# Rules live in operations, never in a driver or at an edge. Operations do not
# call each other: what two of them need belongs in policy or chat.
internal/chat < internal/event < internal/store < internal/policy
internal/policy < internal/account internal/group internal/mark internal/official internal/status internal/c2c internal/profile internal/sns internal/recent

# Edges find out who calls in one way.
internal/policy callback < internal/credential

# An app's settings name webhooks; otherwise the wire stops at the edges.
internal/policy callback < internal/app

# Edges do not call edges; they hear of each other through event.
callback < internal/console/inbox internal/console/client < internal/console
internal/app internal/credential internal/account internal/group internal/mark internal/official internal/status internal/c2c internal/profile internal/sns internal/recent < internal/rest internal/gateway internal/webhook internal/console

# A driver knows the interfaces and is known where the server is put together.
internal/store < internal/store/storetest
internal/store < internal/store/sqlstore < internal/store/sqlite internal/store/postgres
internal/store/sqlite < internal/testkit/roomtest

# What nodes tell each other at once. The bus knows nobody.
internal/bus < internal/app internal/policy internal/gateway internal/webhook internal/server

# Who does what only one node may do.
internal/store internal/bus < internal/cluster < internal/webhook internal/server

# The configuration knows nobody; the server hands each room its part.
internal/config internal/rest internal/gateway internal/webhook internal/console internal/store/sqlite internal/store/postgres < internal/server
docs < internal/server < cmd/parley internal/testkit

# The reference is made from what the edges publish.
api callback internal/config internal/rest internal/gateway internal/webhook < internal/docgen

# Measurements see the server from outside, as an app does.
callback < internal/bench < cmd/parley
`

// module begins the import path of each of our packages.
const module = "github.com/parley-im/parley/"

func TestImports(t *testing.T) {
	t.Parallel()
	allowed := readLattice(lattice)
	found := readRooms(t)
	for name, r := range found {
		if _, listed := allowed[name]; !listed && len(r.files) > 0 {
			t.Errorf("%s is not in the lattice", name)
		}
		for _, file := range r.files {
			for _, spec := range file.Imports {
				other, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), module)
				if ours && !allowed[name][other] {
					t.Errorf("%s may not import %s", name, other)
				}
			}
		}
	}
	for name := range allowed {
		if len(found[name].files) == 0 {
			t.Errorf("%s is in the lattice and nowhere else", name)
		}
	}
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	for name, r := range readRooms(t) {
		files := r.files
		if len(files) == 0 {
			files = r.tests
		}
		comments := 0
		for _, file := range files {
			if file.Doc.Text() != "" {
				comments++
			}
		}
		if comments != 1 {
			t.Errorf("%s has %d package comments, want 1", name, comments)
		}
	}
}

// readLattice returns the rooms that each room may import.
func readLattice(text string) map[string]map[string]bool {
	allowed := make(map[string]map[string]bool)
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		var left []string
		for names := range strings.SplitSeq(line, "<") {
			right := strings.Fields(names)
			for _, r := range right {
				if allowed[r] == nil {
					allowed[r] = make(map[string]bool)
				}
				for _, l := range left {
					allowed[r][l] = true
					maps.Copy(allowed[r], allowed[l])
				}
			}
			left = right
		}
	}
	return allowed
}

// room is what stands in one directory.
type room struct{ files, tests []*ast.File }

// nested reports whether a module of its own begins in a directory.
func nested(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// readRooms reads the head of every Go file of the module, by directory.
func readRooms(t *testing.T) map[string]room {
	t.Helper()
	root := filepath.Join("..", "..")
	rooms := make(map[string]room)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch base := filepath.Base(path); {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || nested(path)):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		r := rooms[name]
		if strings.HasSuffix(path, "_test.go") {
			r.tests = append(r.tests, file)
		} else {
			r.files = append(r.files, file)
		}
		rooms[name] = r
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms
}

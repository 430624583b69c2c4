package api_test

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parley-im/parley/api"
)

// source is the package as reference pages are made from it.
type source struct {
	types map[string]*doc.Type
	file  map[string]string // where each type is declared
}

func parseSource(t *testing.T) source {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(set, files, "github.com/parley-im/parley/api", doc.PreserveAST)
	if err != nil {
		t.Fatal(err)
	}
	s := source{types: map[string]*doc.Type{}, file: map[string]string{}}
	for _, typ := range pkg.Types {
		s.types[typ.Name] = typ
		s.file[typ.Name] = set.Position(typ.Decl.Pos()).Filename
	}
	return s
}

// fields returns the named fields of a struct type; other types have none.
func (s source) fields(name string) []*ast.Field {
	typ, ok := s.types[name]
	if !ok {
		return nil
	}
	st, ok := typ.Decl.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType)
	if !ok {
		return nil
	}
	var named []*ast.Field
	for _, field := range st.Fields.List {
		if len(field.Names) > 0 {
			named = append(named, field)
		}
	}
	return named
}

// reach adds to seen the types that name is made of, and name itself.
func (s source) reach(name string, seen map[string]bool) {
	if seen[name] || s.types[name] == nil {
		return
	}
	seen[name] = true
	for _, field := range s.fields(name) {
		ast.Inspect(field.Type, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				s.reach(id.Name, seen)
			}
			return true
		})
	}
}

func text(group *ast.CommentGroup) string {
	return strings.Join(strings.Fields(group.Text()), " ")
}

func TestFieldsAreDocumented(t *testing.T) {
	t.Parallel()
	s := parseSource(t)
	for name, typ := range s.types {
		if !strings.HasPrefix(typ.Doc, name+" ") {
			t.Errorf("the comment of %s does not begin with its name", name)
		}
		for _, field := range s.fields(name) {
			for _, id := range field.Names {
				comment := text(field.Doc)
				if !strings.HasPrefix(comment, id.Name+" ") || !strings.HasSuffix(comment, ".") {
					t.Errorf("%s.%s: the comment %q is no sentence about it", name, id.Name, comment)
				}
			}
		}
	}
}

// A field of a request says either that it is optional, or ends with the mark
// for required ones.
func TestRequestFieldsSayWhetherRequired(t *testing.T) {
	t.Parallel()
	s := parseSource(t)
	inRequests := map[string]bool{}
	for name := range s.types {
		if strings.HasSuffix(name, "Request") {
			s.reach(name, inRequests)
		}
	}
	for name := range inRequests {
		for _, field := range s.fields(name) {
			comment := text(field.Doc)
			required := strings.HasSuffix(comment, " Required.")
			if optional := strings.Contains(comment, " Optional"); required == optional {
				t.Errorf("%s.%s: required %t, optional %t", name, field.Names[0].Name, required, optional)
			}
			if !required && strings.Contains(comment, "Required.") {
				t.Errorf("%s.%s: the mark for required fields is not at the end", name, field.Names[0].Name)
			}
		}
	}
}

// Each command has its request, response and path where the package comment
// says, and an example in this test; and there are no other requests.
func TestCommandsStandWhereTheirNameSays(t *testing.T) {
	t.Parallel()
	s := parseSource(t)
	examined := map[string]bool{}
	for _, e := range examples() {
		request := reflect.TypeOf(e.request).Elem().Name()
		response := reflect.TypeOf(e.response).Elem().Name()
		examined[request] = true
		want := camel(e.command)
		if request != want+"Request" || response != want+"Response" {
			t.Errorf("%s: the types are %s and %s", e.command, request, response)
		}
		if got, want := s.file[request], fileBase(e.service, e.command)+".go"; got != want {
			t.Errorf("%s is in %s, want %s", request, got, want)
		}
		if s.file[response] != s.file[request] {
			t.Errorf("%s is in %s, %s in %s", request, s.file[request], response, s.file[response])
		}
		spec := "\n\nSpec: " + e.service + "/" + e.command + "\n"
		if !strings.HasSuffix(s.types[request].Doc, spec) {
			t.Errorf("the comment of %s does not end with %q", request, strings.TrimSpace(spec))
		}
	}
	for name := range s.types {
		if strings.HasSuffix(name, "Request") && !examined[name] {
			t.Errorf("%s has no example", name)
		}
	}
}

// camel turns send_group_msg into SendGroupMsg.
func camel(command string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(command, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// Embedded without a tag, the fields of the envelope stand beside the others.
func TestResponsesEmbedTheirEnvelope(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		field, ok := reflect.TypeOf(e.response).Elem().FieldByName("Response")
		if !ok || !field.Anonymous || field.Type != reflect.TypeFor[api.Response]() || field.Tag != "" {
			t.Errorf("%T does not embed Response", e.response)
		}
	}
}

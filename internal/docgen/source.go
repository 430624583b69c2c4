package docgen

import (
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-im/parley/api"
)

// source is a package of wire structs together with its comments.
type source struct {
	dir fs.FS
	// prefix begins the names of its schemas.
	prefix string
	// comments has the comments of types by their names, of fields by names such
	// as "Type.Field", and of string constants by their values.
	comments map[string]string
	// files has the file of each type, without path and suffix.
	files   map[string]string
	nouns   []noun
	objects map[reflect.Type]*object
}

// object is a struct and what its comment says.
type object struct {
	Name string
	// Text has the paragraphs of the comment, Errors the codes that it lists.
	Text   []string
	Errors []errorNote
	// Fields are those with a name of their own; envelope says that it has those
	// of api.Response too.
	Fields   []*field
	envelope bool
	file     string
}

// field is a field of a struct under its name on the wire.
type field struct {
	Wire string
	Text string
	Type reflect.Type
	// Required and optional are what the comment says; responses and webhooks
	// say neither. absent fields are left out when they are empty.
	Required, optional, absent bool
}

// readSource reads the package in dir.
func readSource(dir fs.FS, prefix string, nouns []noun) (*source, error) {
	s := &source{
		dir: dir, prefix: prefix, nouns: nouns,
		comments: make(map[string]string), files: make(map[string]string), objects: make(map[reflect.Type]*object),
	}
	names, err := fs.Glob(dir, "*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read comments: %w", err)
		}
		base := strings.TrimSuffix(name, ".go")
		for _, decl := range file.Decls {
			if decl, ok := decl.(*ast.GenDecl); ok {
				s.read(decl, base)
			}
		}
	}
	return s, nil
}

func (s *source) read(decl *ast.GenDecl, file string) {
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			name := spec.Name.Name
			s.files[name], s.comments[name] = file, cmp.Or(spec.Doc, decl.Doc).Text()
			if structure, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range structure.Fields.List {
					for _, id := range f.Names {
						s.comments[name+"."+id.Name] = lead(id.Name, join(f.Doc.Text()))
					}
				}
			}
		case *ast.ValueSpec:
			if len(spec.Values) == 1 {
				if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					s.comments[strings.Trim(literal.Value, `"`)] = lead(spec.Names[0].Name, join(spec.Doc.Text()))
				}
			}
		}
	}
}

// object describes a struct.
func (s *source) object(t reflect.Type) *object {
	if o := s.objects[t]; o != nil {
		return o
	}
	o := &object{Name: t.Name(), file: s.files[t.Name()]}
	s.objects[t] = o
	for paragraph := range strings.SplitSeq(s.comments[o.Name], "\n\n") {
		paragraph = lead(o.Name, withoutSpec(join(paragraph)))
		if list, ok := strings.CutPrefix(paragraph, "Errors: "); ok {
			o.Errors = errorNotes(list)
		} else if paragraph != "" {
			o.Text = append(o.Text, paragraph)
		}
	}
	wire := make(map[string]string)
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous {
			o.envelope = true
			continue
		}
		wire[f.Name] = name
		n := &field{Wire: name, Type: f.Type, absent: options != ""}
		n.Text, n.Required, n.optional = whetherRequired(s.comments[o.Name+"."+f.Name])
		if name == "MsgBody" && f.Type == reflect.TypeFor[json.RawMessage]() {
			n.Type = reflect.TypeFor[[]api.MsgElement]()
		}
		o.Fields = append(o.Fields, n)
	}
	for _, f := range o.Fields {
		f.Text = onWire(cmp.Or(f.Text, s.fallback(f)), wire)
	}
	for i := range o.Text {
		o.Text[i] = onWire(o.Text[i], wire)
	}
	return o
}

// Asked reports whether it stands in requests, whose comments say what must be
// sent.
func (o *object) Asked() bool {
	return slices.ContainsFunc(o.Fields, func(f *field) bool { return f.Required || f.optional })
}

// fallback is the text of a field without a comment: what the glossary says of
// its name, or what the comment of its type says.
func (s *source) fallback(f *field) string {
	if i := slices.IndexFunc(s.nouns, func(n noun) bool { return slices.Contains(n.Wire, f.Wire) }); i >= 0 {
		return s.nouns[i].Meaning + "."
	}
	if e := s.inside(f); e != nil && len(e.Text) > 0 {
		return "Each entry is " + strings.ToLower(e.Text[0][:1]) + e.Text[0][1:]
	}
	return ""
}

// inside returns the struct that a field consists of or has an array of, and nil
// if it has none.
func (s *source) inside(f *field) *object {
	t := f.Type
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	return s.object(t)
}

// contents are the types that the content of a message element can have.
var contents = []api.ElemContent{
	api.TextElem{},
	api.LocationElem{},
	api.FaceElem{},
	api.CustomElem{},
	api.SoundElem{},
	api.ImageElem{},
	api.FileElem{},
	api.VideoFileElem{},
	api.RelayElem{},
}

// within are the structs that a struct is made of.
func (s *source) within(o *object) []*object {
	var list []*object
	if o.envelope {
		list = append(list, s.object(reflect.TypeFor[api.Response]()))
	}
	for _, f := range o.Fields {
		if e := s.inside(f); e != nil {
			list = append(list, e)
		}
	}
	if o == s.objects[reflect.TypeFor[api.MsgElement]()] {
		for _, c := range contents {
			list = append(list, s.object(reflect.TypeOf(c)))
		}
	}
	return list
}

// reach adds to found what it does not have of roots and of all they are made of.
func (s *source) reach(found []*object, roots ...*object) []*object {
	for _, o := range roots {
		if !slices.Contains(found, o) {
			found = s.reach(append(found, o), s.within(o)...)
		}
	}
	return found
}

// belongs reports whether e is described together with o, which has it: if they
// stand in one file, and in webhooks always, but for message elements.
func (s *source) belongs(e, o *object) bool {
	return e.file == o.file || s.prefix != "" && e.Name != "MsgElement"
}

// example returns a golden file of the test of this package.
func (s *source) example(name string) ([]byte, error) {
	return fs.ReadFile(s.dir, "testdata/"+name+".json")
}

// typeText names the type of a field of o for people.
func (s *source) typeText(o *object, f *field) string {
	array, described := "", s.schemaOf(f.Type)
	if described.Items != nil {
		array, described = "array of ", described.Items
	}
	switch e := s.inside(f); {
	case e == nil:
		if kinds, several := described.Type.([]string); several {
			return array + strings.Join(kinds, " or ")
		}
		return array + fmt.Sprint(described.Type)
	case s.belongs(e, o):
		return array + "object"
	default:
		return array + "[" + e.Name + "](types.md#" + anchor(e.Name) + ")"
	}
}

// errorNote is what a command means by an error code.
type errorNote struct {
	Code int
	Text string
}

// errorNotes reads a list such as "10004 a parameter is missing; 10010 ...".
func errorNotes(list string) []errorNote {
	var notes []errorNote
	for part := range strings.SplitSeq(strings.TrimSuffix(list, "."), "; ") {
		number, text, _ := strings.Cut(part, " ")
		code, err := strconv.Atoi(number)
		if err != nil && len(notes) > 0 { // goes on after a semicolon of its own
			notes[len(notes)-1].Text += "; " + part
			continue
		}
		notes = append(notes, errorNote{code, upper(text)})
	}
	return notes
}

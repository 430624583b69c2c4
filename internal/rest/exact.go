package rest

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// Field names are case-sensitive in the protocol, but not to package
// encoding/json, which would take "groupid" for GroupId. So when a request has
// been decoded its names are compared once more; those that only differ in case
// are changed into names of nothing, and then it is decoded again.
// Spec: rest-common#1.2

// shape is what a type of package api has by name; a nil shape has nothing that
// is looked into.
type shape struct{ fields map[string]*shape }

var unmarshalers = []reflect.Type{reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()}

// shapeOf reads a type's tags.
func shapeOf(t reflect.Type) *shape {
	for _, u := range unmarshalers {
		if t.Implements(u) || reflect.PointerTo(t).Implements(u) {
			return nil
		}
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return shapeOf(t.Elem())
	case reflect.Struct:
		s := &shape{fields: make(map[string]*shape, t.NumField())}
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			s.fields[name] = shapeOf(f.Type)
		}
		return s
	}
	return nil
}

// resembles reports whether a name that s does not have would be taken for one.
func (s *shape) resembles(name string) bool {
	for field := range s.fields {
		if strings.EqualFold(field, name) {
			return true
		}
	}
	return false
}

// disarm changes the names in text, which must be valid JSON, that s has in
// another case only. It reports whether there were any.
func disarm(text []byte, s *shape) bool {
	w := walker{text: text}
	w.value(s)
	return w.changed
}

// walker goes over valid JSON from front to back.
type walker struct {
	text    []byte
	at      int
	changed bool
}

// next skips white space and returns the byte behind it.
func (w *walker) next() byte {
	for {
		switch b := w.text[w.at]; b {
		case ' ', '\t', '\r', '\n':
			w.at++
		default:
			return b
		}
	}
}

// value passes one value of shape s.
func (w *walker) value(s *shape) {
	switch b := w.next(); {
	case s == nil:
		w.skip()
	case b == '{':
		w.list('}', func() { w.member(s) })
	case b == '[':
		w.list(']', func() { w.value(s) })
	default:
		w.skip()
	}
}

// list passes the items of an object or an array.
func (w *walker) list(end byte, item func()) {
	w.at++
	for w.next() != end {
		if w.text[w.at] == ',' {
			w.at++
			continue
		}
		item()
	}
	w.at++
}

// member passes a name and its value.
func (w *walker) member(s *shape) {
	start := w.at
	w.skip()
	quoted := w.text[start:w.at]
	name := quoted[1 : len(quoted)-1]
	field, known := s.fields[string(name)]
	if !known {
		field, known = w.odd(s, quoted)
	}
	if w.next(); !known {
		field = nil
	}
	w.at++ // the colon
	w.value(field)
}

// odd looks at a name that is not spelled like any of s.
func (w *walker) odd(s *shape, quoted []byte) (field *shape, known bool) {
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return nil, false
	}
	if field, known = s.fields[name]; known { // spelled with escapes
		return field, true
	}
	if s.resembles(name) {
		quoted[1] = '?'
		w.changed = true
	}
	return nil, false
}

// skip passes one value, whatever it holds.
func (w *walker) skip() {
	depth := 0
	for w.at < len(w.text) {
		switch w.text[w.at] {
		case '"':
			w.skipString()
			if depth == 0 {
				return
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return // behind a number or a word
			}
			if depth--; depth == 0 {
				w.at++
				return
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return
			}
		}
		w.at++
	}
}

func (w *walker) skipString() {
	for w.at++; w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
	w.at++
}

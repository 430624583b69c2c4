package docgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/parley-im/parley/api"
)

// member is a member of a JSON object.
type member struct {
	name  string
	value any
}

// members is a JSON object whose order means something to readers.
type members []member

// MarshalJSON writes the members in their order.
func (m members) MarshalJSON() ([]byte, error) {
	var list [][]byte
	for _, member := range m {
		value, err := encode(member.value, "")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", member.name, err)
		}
		list = append(list, append([]byte(strconv.Quote(member.name)+":"), value...))
	}
	return append(append([]byte("{"), bytes.Join(list, []byte(","))...), '}'), nil
}

// encode is json.MarshalIndent without the escapes for HTML.
func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// schema is a JSON Schema as far as we need it.
type schema struct {
	Ref         string    `json:"$ref,omitempty"`
	Description string    `json:"description,omitempty"`
	Type        any       `json:"type,omitempty"`
	Format      string    `json:"format,omitempty"`
	Minimum     *int      `json:"minimum,omitempty"`
	Maximum     *int      `json:"maximum,omitempty"`
	Items       *schema   `json:"items,omitempty"`
	Properties  members   `json:"properties,omitempty"`
	Required    []string  `json:"required,omitempty"`
	AllOf       []*schema `json:"allOf,omitempty"`
	AnyOf       []*schema `json:"anyOf,omitempty"`
}

func (s *source) ref(name string) *schema {
	return &schema{Ref: "#/components/schemas/" + s.prefix + name}
}

// schemaOf describes a type as encoding/json writes it.
func (s *source) schemaOf(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[json.RawMessage]():
		return &schema{Type: "object"}
	case reflect.TypeFor[api.StringList](): // takes a single string too
		return &schema{Type: []string{"array", "string"}, Items: &schema{Type: "string"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.schemaOf(t.Elem())
	case reflect.Slice:
		return &schema{Type: "array", Items: s.schemaOf(t.Elem())}
	case reflect.Struct:
		return s.ref(t.Name())
	case reflect.Int:
		return &schema{Type: "integer"}
	case reflect.Int64:
		return &schema{Type: "integer", Format: "int64"}
	case reflect.Uint32:
		return &schema{Type: "integer", Minimum: new(0), Maximum: new(math.MaxUint32)}
	case reflect.Uint64:
		return &schema{Type: "integer", Minimum: new(0)}
	case reflect.Float64:
		return &schema{Type: "number", Format: "double"}
	case reflect.Interface: // a value of a profile, whose tag says which it is
		return &schema{Type: []string{"string", "integer"}}
	default:
		return &schema{Type: t.Kind().String()}
	}
}

// component describes a struct.
func (m *model) component(s *source, o *object) *schema {
	own := &schema{Type: "object"}
	for _, f := range o.Fields {
		property := s.schemaOf(f.Type)
		property.Description = m.prose(f.Text)
		if s == m.api && f.Wire == "MsgContent" {
			for _, c := range contents {
				property.AnyOf = append(property.AnyOf, s.ref(reflect.TypeOf(c).Name()))
			}
		}
		own.Properties = append(own.Properties, member{f.Wire, property})
		if f.Required || !f.optional && !f.absent {
			own.Required = append(own.Required, f.Wire)
		}
	}
	if o.envelope {
		all := &schema{AllOf: []*schema{s.ref("Response")}}
		if len(own.Properties) > 0 {
			all.AllOf = append(all.AllOf, own)
		}
		own = all
	}
	own.Description = m.describe(o)
	return own
}

// describe is the comment of a type as Markdown.
func (m *model) describe(o *object) string {
	text := m.prose(strings.Join(o.Text, "\n\n"))
	for i, e := range o.Errors {
		if i == 0 {
			text += "\n\nErrors:\n"
		}
		text += fmt.Sprintf("\n- %d: %s.", e.Code, m.prose(e.Text))
	}
	return text
}

// Schemas are all structs by their names in the description for machines.
func (m *model) Schemas() members {
	var list members
	for _, o := range m.structs {
		list = append(list, member{m.api.prefix + o.Name, m.component(m.api, o)})
	}
	for _, o := range m.bodies {
		list = append(list, member{m.callback.prefix + o.Name, m.component(m.callback, o)})
	}
	return list
}

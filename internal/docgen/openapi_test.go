package docgen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/rest"
)

type node = map[string]any

// description is openapi.json, read again.
func description(t *testing.T) node {
	t.Helper()
	var d node
	if err := json.Unmarshal(files(t)["docs/openapi.json"], &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows names from object to object; the result is nil if there is nothing.
func at(n any, names ...string) any {
	for _, name := range names {
		object, _ := n.(node)
		n = object[name]
	}
	return n
}

func resolve(d node, ref string) any {
	return at(d, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

// walk calls visit for every object with its path.
func walk(n any, path string, visit func(path string, n node)) {
	switch n := n.(type) {
	case node:
		visit(path, n)
		for name, value := range n {
			walk(value, path+"/"+name, visit)
		}
	case []any:
		for i, value := range n {
			walk(value, fmt.Sprint(path, "/", i), visit)
		}
	}
}

func TestOpenAPIHasEveryCommandAndWebhook(t *testing.T) {
	t.Parallel()
	d := description(t)
	var paths, hooks []string
	for _, c := range rest.Table(nil, nil, nil) {
		paths = append(paths, "/v4/"+c.Path())
	}
	for _, c := range callback.Commands() {
		hooks = append(hooks, string(c))
	}
	for name, want := range map[string][]string{"paths": paths, "webhooks": hooks} {
		operations, _ := d[name].(node)
		got := slices.Sorted(maps.Keys(operations))
		slices.Sort(want)
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%s (-got +want):\n%s", name, diff)
		}
	}
}

func TestOpenAPIReferencesResolve(t *testing.T) {
	t.Parallel()
	d := description(t)
	used := make(map[string]bool)
	walk(d, "", func(path string, n node) {
		ref, ok := n["$ref"].(string)
		if !ok {
			return
		}
		used[ref] = true
		if resolve(d, ref) == nil {
			t.Errorf("%s refers to %s, which is not there", path, ref)
		}
	})
	for _, kind := range []string{"schemas", "parameters", "examples"} {
		parts, _ := at(d, "components", kind).(node)
		for name := range parts {
			if ref := "#/components/" + kind + "/" + name; !used[ref] {
				t.Errorf("nothing refers to %s", ref)
			}
		}
	}
}

func TestOpenAPIDescribesEverything(t *testing.T) {
	t.Parallel()
	d := description(t)
	described := func(path string, n any) {
		if text, _ := at(n, "description").(string); strings.TrimSpace(text) == "" {
			t.Errorf("%s has no description", path)
		}
	}
	schemas, _ := at(d, "components", "schemas").(node)
	for name, schema := range schemas {
		described(name, schema)
	}
	operations := make(map[string]bool)
	walk(d, "", func(path string, n node) {
		if properties, ok := n["properties"].(node); ok {
			for name, property := range properties {
				described(path+"/"+name, property)
			}
			required, _ := n["required"].([]any)
			for _, name := range required {
				if at(properties, name.(string)) == nil {
					t.Errorf("%s requires %s, which it does not have", path, name)
				}
			}
		}
		if n["in"] != nil {
			described(path, n)
		}
		if id, ok := n["operationId"].(string); ok {
			described(path, n)
			if operations[id] {
				t.Errorf("two operations are called %s", id)
			}
			operations[id] = true
		}
	})
}

// Golden files are what the server understands and says, so they show whether a
// schema is right.
func TestOpenAPIExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	d := description(t)
	checked := 0
	walk(d, "", func(path string, n node) {
		examples, ok := n["examples"].(node)
		if !ok || n["schema"] == nil {
			return
		}
		for name, example := range examples {
			if ref, ok := at(example, "$ref").(string); ok {
				example = resolve(d, ref)
			}
			if fault := misfit(d, n["schema"], at(example, "value")); fault != "" {
				t.Errorf("%s, example %s: %s", path, name, fault)
			}
			checked++
		}
	})
	if want := 3*len(rest.Table(nil, nil, nil)) + len(callback.Commands()); checked != want {
		t.Errorf("checked %d examples, want %d", checked, want)
	}
}

func TestMisfit(t *testing.T) {
	t.Parallel()
	d := node{"components": node{"schemas": node{"Base": node{"type": "object", "required": []any{"Code"}}}}}
	schema := node{"allOf": []any{
		node{"$ref": "#/components/schemas/Base"},
		node{"type": "object", "properties": node{"List": node{"type": "array", "items": node{"type": "integer", "maximum": 9.0}}}},
	}}
	tests := []struct {
		name  string
		value any
		want  bool
	}{
		{"fits", node{"Code": 0.0, "List": []any{1.0, 9.0}}, false},
		{"no object", "text", true},
		{"required one missing", node{"List": []any{}}, true},
		{"wrong type inside", node{"Code": 0.0, "List": []any{"1"}}, true},
		{"null for an array", node{"Code": 0.0, "List": nil}, true},
		{"number too large", node{"Code": 0.0, "List": []any{10.0}}, true},
		{"no whole number", node{"Code": 0.0, "List": []any{1.5}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := misfit(d, schema, tt.value); (got != "") != tt.want {
				t.Errorf("got %q, want a fault: %t", got, tt.want)
			}
		})
	}
}

// misfit says why a value does not fit a schema, as far as our schemas go; it is
// empty if it does.
func misfit(d node, schema, value any) string {
	s, _ := schema.(node)
	if ref, ok := s["$ref"].(string); ok {
		return misfit(d, resolve(d, ref), value)
	}
	for _, part := range list(s["allOf"]) {
		if fault := misfit(d, part, value); fault != "" {
			return fault
		}
	}
	if parts := list(s["anyOf"]); len(parts) > 0 {
		var faults []string
		for _, part := range parts {
			faults = append(faults, misfit(d, part, value))
		}
		if !slices.Contains(faults, "") {
			return strings.Join(faults, ", and ")
		}
	}
	if fault := wrongType(s, value); fault != "" {
		return fault
	}
	for _, name := range list(s["required"]) {
		if object, _ := value.(node); object[name.(string)] == nil {
			return fmt.Sprint(name, " is missing")
		}
	}
	for name, property := range orNone(s["properties"]) {
		if given, ok := orNone(value)[name]; ok {
			if fault := misfit(d, property, given); fault != "" {
				return name + ": " + fault
			}
		}
	}
	for _, entry := range list(value) {
		if s["items"] != nil {
			if fault := misfit(d, s["items"], entry); fault != "" {
				return fault
			}
		}
	}
	return ""
}

func wrongType(s node, value any) string {
	kinds := list(s["type"])
	if kind, ok := s["type"].(string); ok {
		kinds = []any{kind}
	}
	kind := "null"
	switch v := value.(type) {
	case string:
		kind = "string"
	case node:
		kind = "object"
	case []any:
		kind = "array"
	case float64:
		kind = "number"
		if v == float64(int64(v)) && !slices.Contains(kinds, "number") {
			kind = "integer"
		}
		if most, ok := s["maximum"].(float64); ok && v > most {
			return fmt.Sprint(v, " is larger than ", most)
		}
	}
	if len(kinds) > 0 && !slices.Contains(kinds, any(kind)) {
		return fmt.Sprintf("%v is of type %s, not %v", value, kind, s["type"])
	}
	return ""
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func orNone(v any) node {
	n, _ := v.(node)
	return n
}

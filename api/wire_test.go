package api_test

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names and types of all fields on the wire stand in one file, so that a
// change of the published API shows in review, fields without an example among
// them.
func TestWireNames(t *testing.T) {
	t.Parallel()
	const file = "testdata/wire.txt"
	var b strings.Builder
	for _, e := range examples() {
		fmt.Fprintf(&b, "%s/%s request\n", e.service, e.command)
		listFields(&b, reflect.TypeOf(e.request).Elem(), 1)
		fmt.Fprintf(&b, "%s/%s response\n", e.service, e.command)
		listFields(&b, reflect.TypeOf(e.response).Elem(), 1)
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(want)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", file, diff)
	}
}

// listFields writes a line for each field of a struct, and of those inside it.
func listFields(b *strings.Builder, typ reflect.Type, depth int) {
	for field := range typ.Fields() {
		if field.Anonymous {
			listFields(b, field.Type, depth)
			continue
		}
		inner := field.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice && inner.Name() == "" {
			inner = inner.Elem()
		}
		kind := field.Type.String()
		if inner.Kind() == reflect.Struct {
			kind = strings.TrimSuffix(kind, inner.String()) + "struct"
		}
		fmt.Fprintf(b, "%s%s %s\n", strings.Repeat("\t", depth), field.Tag.Get("json"), kind)
		if inner.Kind() == reflect.Struct {
			listFields(b, inner, depth+1)
		}
	}
}

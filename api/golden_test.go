package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// example is a request of one command with a response to it.
type example struct {
	service, command  string
	request, response any
}

// examples has one for each command.
func examples() []example {
	return slices.Concat(accountExamples(), groupExamples(), groupMessageExamples(), officialExamples())
}

// ok is the common part of a response to a call that succeeded.
func ok() api.Response { return api.Response{ActionStatus: api.ActionOK} }

// fileBase is the name of the file of a command, without suffix.
func fileBase(service, command string) string {
	room := map[string]string{
		api.AccountService:  "account",
		api.GroupService:    "group",
		api.OfficialService: "official",
	}[service]
	if strings.HasPrefix(command, room+"_") {
		return command
	}
	return room + "_" + command
}

func (e example) golden(kind string) string {
	return filepath.Join("testdata", fileBase(e.service, e.command)+"."+kind+".json")
}

// testGolden holds that file is the encoding of value and is decoded into the
// same value again.
func testGolden(t *testing.T, file string, value any) {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var encoded bytes.Buffer
	if err := json.Indent(&encoded, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	encoded.WriteByte('\n')
	if *update {
		if err := os.WriteFile(file, encoded.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(encoded.String(), string(golden)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", file, diff)
	}

	var compact bytes.Buffer // raw messages keep white space
	if err := json.Compact(&compact, golden); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(&compact)
	decoder.DisallowUnknownFields()
	decoded := reflect.New(reflect.TypeOf(value).Elem()).Interface()
	if err := decoder.Decode(decoded); err != nil {
		t.Fatalf("decode %s: %v", file, err)
	}
	if diff := cmp.Diff(decoded, value); diff != "" {
		t.Errorf("decoded %s (-got +want):\n%s", file, diff)
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		t.Run(e.service+"/"+e.command, func(t *testing.T) {
			t.Parallel()
			testGolden(t, e.golden("request"), e.request)
			testGolden(t, e.golden("response"), e.response)
		})
	}
}

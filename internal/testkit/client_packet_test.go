package testkit

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestOpenPacket(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		message, servcmd string
		seq              int64
		body             string
	}{
		"an answer":        {`{"head":{"servcmd":"a.b","seq":7},"body":{"ErrorCode":0}}`, "a.b", 7, `{"ErrorCode":0}`},
		"white space":      {" {\n\"body\" : { } ,\t\"head\" : { \"seq\" : 7 , \"servcmd\" : \"a.b\" } }", "a.b", 7, `{ }`},
		"quotes and more":  {`{"body":{"Text":"\\\"}{\\"},"head":{"x":[{"servcmd":"no"}],"servcmd":"a.b"}}`, "a.b", 0, `{"Text":"\\\"}{\\"}`},
		"no body":          {`{"head":{"servcmd":"a.b","seq":7}}`, "a.b", 7, ""},
		"cut off":          {`{"head":{"servcmd":"a.b","seq":7},"body":{"Text":"`, "a.b", 7, ""},
		"no JSON":          {`<html>`, "", 0, ""},
		"nothing":          {``, "", 0, ""},
		"a list":           {`[{"head":{}}]`, "", 0, ""},
		"seq is no number": {`{"head":{"servcmd":"a.b","seq":"7"},"body":0}`, "a.b", 0, `0`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPacket([]byte(test.message))
			if p.servcmd != test.servcmd || p.seq != test.seq || string(p.body) != test.body {
				t.Errorf("got %q, %d, %q", p.servcmd, p.seq, p.body)
			}
		})
	}
}

// FuzzMembers compares members with encoding/json on what is a JSON object, and
// looks for panics on what is none.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":"\\\"","b":[{"c":1}],"d":-1.5e3,"e":true}`, `{"a":`, `{"a" : {"b":"}"} , "c":null}`, `{"a"1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		got := make(map[string]string)
		for name, value := range members(object) {
			got[string(name)] = string(value)
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(object, &want) != nil || !utf8.Valid(object) || bytes.ContainsRune(object, '\\') {
			return // members does not decode names
		}
		for name, value := range want {
			if got[name] != string(value) {
				t.Errorf("%s is %q, want %q", name, got[name], value)
			}
		}
	})
}

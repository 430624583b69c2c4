package chat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/internal/chat"
)

func TestParseBody(t *testing.T) {
	t.Parallel()
	const (
		image = `{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageFormat":1,"ImageInfoArray":[{"Type":1,"Size":9,"Width":1,"Height":2,"URL":"http://x"}]}}`
		video = `{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoUrl":"v","VideoUUID":"u","VideoDownloadFlag":2,"ThumbUrl":"t","ThumbUUID":"w","ThumbDownloadFlag":2}}`
	)
	for _, tt := range []struct {
		name, body string
		// want is a part of the reason, empty if the body is right.
		want string
	}{
		{"text", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]`, ""},
		{"empty text", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":""}}]`, ""},
		{"content before type", `[{"MsgContent":{"Text":"hello"},"MsgType":"TIMTextElem"}]`, ""},
		{"fields that nobody knows", `[{"MsgType":"TIMTextElem","New":[{}],"MsgContent":{"Text":"hello","New":{"Text":1}}}]`, ""},
		{"location", `[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"d","Latitude":29.3,"Longitude":-1e2}}]`, ""},
		{"face", `[{"MsgType":"TIMFaceElem","MsgContent":{"Index":-1}}]`, ""},
		{"custom", `[{"MsgType":"TIMCustomElem","MsgContent":{}}]`, ""},
		{"sound", `[{"MsgType":"TIMSoundElem","MsgContent":{"Url":"u","UUID":"u","Size":1,"Second":2,"Download_Flag":2}}]`, ""},
		{"image", `[` + image + `]`, ""},
		{"file", `[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","UUID":"u","FileSize":1,"FileName":"f","Download_Flag":2}}]`, ""},
		{"video", `[` + video + `]`, ""},
		{"merged messages", `[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":1,"CompatibleText":"c","AbstractList":["a"],"MsgList":[{}]}}]`, ""},
		{"two texts and a custom", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"d"}},{"MsgType":"TIMTextElem","MsgContent":{"Text":"b"}}]`, ""},
		{"optional field that is null", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":null}}]`, ""},
		{"white space", " [ { \"MsgType\" :\t\"TIMTextElem\" ,\n\"MsgContent\" : { \"Text\" : \" a \" } } ] ", ""},
		{"escapes", `[{"MsgTyp\u0065":"TIMText\u0045lem","MsgContent":{"\u0054ext":"\"\\\/\b\u0000\ud83d\ude00"}}]`, ""},

		{"nothing", ``, "is required"},
		{"null", `null`, "is required"},
		{"no JSON", `[{]`, "no JSON"},
		{"two values", `[][]`, "no JSON"},
		{"not UTF-8", "[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\xff\"}}]", "UTF-8"},
		{"object", `{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}`, "must be an array"},
		{"string", `"hello"`, "must be an array"},
		{"no element", `[ ]`, "no element"},
		{"element that is a string", `["hello"]`, "must be an array"},
		{"element that is null", `[null]`, "must be an array"},
		{"element that is an array", `[[]]`, "must be an array"},
		{"no type", `[{"MsgContent":{"Text":"hello"}}]`, "MsgType must be a string"},
		{"type that is null", `[{"MsgType":null,"MsgContent":{}}]`, "MsgType must be a string"},
		{"type that is a number", `[{"MsgType":1,"MsgContent":{}}]`, "MsgType must be a string"},
		{"unknown type", `[{"MsgType":"TIMGroupTipElem","MsgContent":{}}]`, `"TIMGroupTipElem" cannot be sent`},
		{"very long type", `[{"MsgType":"` + strings.Repeat("ä", 1000) + `","MsgContent":{}}]`, `..." cannot be sent`},
		{"type in lower case", `[{"MsgType":"timtextelem","MsgContent":{"Text":"hello"}}]`, "cannot be sent"},
		{"names in lower case", `[{"msgtype":"TIMTextElem","MsgContent":{"Text":"hello"}}]`, "MsgType must be a string"},
		{"type twice", `[{"MsgType":"TIMTextElem","MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]`, "MsgType is given twice"},
		{"content twice", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"},"MsgContent":{"Text":"b"}}]`, "MsgContent is given twice"},
		{"no content", `[{"MsgType":"TIMTextElem"}]`, "must be an object"},
		{"content that is null", `[{"MsgType":"TIMCustomElem","MsgContent":null}]`, "must be an object"},
		{"content that is a string", `[{"MsgType":"TIMTextElem","MsgContent":"{\"Text\":\"hello\"}"}]`, "must be an object"},
		{"no text", `[{"MsgType":"TIMTextElem","MsgContent":{}}]`, "Text of TIMTextElem is required"},
		{"text that is null", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":null}}]`, "is required"},
		{"text that is a number", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":1}}]`, "must be a string"},
		{"text in lower case", `[{"MsgType":"TIMTextElem","MsgContent":{"text":"hello"}}]`, "is required"},
		{"text twice", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a","T\u0065xt":"b"}}]`, "Text of TIMTextElem is given twice"},
		{"latitude that is a string", `[{"MsgType":"TIMLocationElem","MsgContent":{"Latitude":"1","Longitude":1}}]`, "must be a number"},
		{"index with a fraction", `[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1.0}}]`, "must be an integer"},
		{"index with an exponent", `[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1e0}}]`, "must be an integer"},
		{"custom data that is an object", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":{}}}]`, "must be a string"},
		{"two customs", `[{"MsgType":"TIMCustomElem","MsgContent":{}},{"MsgType":"TIMCustomElem","MsgContent":{}}]`, "at most one"},
		{"image without pictures", strings.Replace(`[`+image+`]`, `"ImageInfoArray"`, `"X"`, 1), "ImageInfoArray of TIMImageElem is required"},
		{"image with a picture that is no object", strings.Replace(`[`+image+`]`, `[{"Type"`, `[1,{"Type"`, 1), "array of objects"},
		{"image with a picture without address", strings.Replace(`[`+image+`]`, `"URL"`, `"Url"`, 1), "URL of ImageInfoArray is required"},
		{"video with a flag that is a string", strings.Replace(`[`+video+`]`, `"ThumbDownloadFlag":2`, `"ThumbDownloadFlag":"2"`, 1), "must be an integer"},
		{"the second is wrong", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}},{"MsgType":"TIMTextElem","MsgContent":{}}]`, "is required"},
		{"deeper than anybody reads", `[{"MsgType":"TIMCustomElem","MsgContent":{"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}]`, "no JSON"},
	} {
		body, why := chat.ParseBody(json.RawMessage(tt.body))
		if tt.want == "" && why != "" {
			t.Errorf("%s: refused because %s", tt.name, why)
		}
		if tt.want != "" && (!strings.Contains(why, tt.want) || len(why) > 200) {
			t.Errorf("%s: the reason is %q, want %q", tt.name, why, tt.want)
		}
		if why == "" {
			checkBody(t, []byte(tt.body), body)
		} else if len(body.Elements) != 0 || body.JSON != nil {
			t.Errorf("%s: something is left of a refused body", tt.name)
		}
	}
}

// checkBody holds a body against what encoding/json reads.
func checkBody(t *testing.T, raw []byte, body chat.Body) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		t.Fatalf("%q was accepted: %v", raw, err)
	}
	if diff := cmp.Diff(compact.String(), string(body.JSON)); diff != "" || !utf8.Valid(body.JSON) {
		t.Fatalf("compact form of %q (-want +got):\n%s", raw, diff)
	}
	var want []map[string]json.RawMessage
	if err := json.Unmarshal(body.JSON, &want); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i, e := range want {
		var name string
		if err := json.Unmarshal(e["MsgType"], &name); err != nil || i >= len(body.Elements) {
			t.Fatalf("element %d of %q: %v", i, raw, err)
		}
		got := body.Elements[i]
		if got.MsgType != name || !bytes.Equal(got.MsgContent, e["MsgContent"]) {
			t.Fatalf("element %d of %q is %s %s", i, raw, got.MsgType, got.MsgContent)
		}
		if name == "TIMTextElem" {
			var content map[string]json.RawMessage // other than a struct, it knows upper from lower case
			var text string
			if err := json.Unmarshal(e["MsgContent"], &content); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(content["Text"], &text); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, text)
		}
	}
	if len(want) != len(body.Elements) {
		t.Fatalf("%q has %d elements, got %d", raw, len(want), len(body.Elements))
	}
	if diff := cmp.Diff(texts, body.Texts); diff != "" {
		t.Fatalf("texts of %q (-want +got):\n%s", raw, diff)
	}
}

// TestElementsOfPublishedAPI: what package api makes is what is accepted.
func TestElementsOfPublishedAPI(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "api", "testdata", "group_send_group_msg.request.json"))
	if err != nil {
		t.Fatal(err)
	}
	var request struct {
		MsgBody json.RawMessage `json:"MsgBody"`
	}
	if err := json.Unmarshal(raw, &request); err != nil {
		t.Fatal(err)
	}
	if _, why := chat.ParseBody(request.MsgBody); why != "" {
		t.Error(why)
	}
}

func TestRemains(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		want       []chat.Element
	}{
		{"nothing", ``, nil},
		{"no JSON", `[{`, nil},
		{"no array", `{"MsgType":"TIMTextElem"}`, nil},
		{"no elements", `[]`, nil},
		{"no objects", `[1,"a",null,[{}],true]`, nil},
		{"objects", `[{}, {"MsgType": "New", "MsgContent": {"a": 1}}, {"MsgType":{},"MsgContent":5}]`, []chat.Element{
			{}, {MsgType: "New", MsgContent: []byte(`{"a":1}`)}, {MsgContent: []byte(`5`)},
		}},
		{"not UTF-8", "[{\"MsgType\":\"a\xff\"}]", []chat.Element{{MsgType: "a\ufffd"}}},
	} {
		if diff := cmp.Diff(tt.want, chat.Remains(json.RawMessage(tt.body)).Elements); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		s    string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"", 0, ""}, {"aä", 2, "a"}, {"ä", 1, ""}, {"😀x", 4, "😀"}} {
		if got := chat.Cut(tt.s, tt.n); got != tt.want {
			t.Errorf("Cut(%q, %d) is %q, want %q", tt.s, tt.n, got, tt.want)
		}
	}
}

// FuzzParseBody: whatever is sent, what is accepted is what encoding/json reads,
// and is accepted in its compact form too.
func FuzzParseBody(f *testing.F) {
	f.Add([]byte(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hello"}}]`))
	f.Add([]byte(`[ {"MsgContent":{"T\u0065xt":"\ud83d\ude00","x":[{"y":"]}"}]}, "MsgType":"TIMTextElem"}, {"MsgType":"TIMCustomElem","MsgContent":{"Data":null}}]`))
	f.Add([]byte(`[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageFormat":1,"ImageInfoArray":[{"Width":1,"Height":2,"URL":"u"}]}}]`))
	f.Add([]byte(`[{"MsgType":"TIMLocationElem","MsgContent":{"Latitude":-1.5e3,"Longitude":0}},{"MsgType":"TIMFaceElem","MsgContent":{"Index":7}}]`))
	f.Add([]byte(`[[{"MsgType":1}],{"MsgType":"a","MsgContent":"\\\""},null,"\u0000"]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, e := range chat.Remains(raw).Elements {
			if len(e.MsgContent) > 0 && !json.Valid(e.MsgContent) {
				t.Fatalf("%q leaves %q", raw, e.MsgContent)
			}
		}
		body, why := chat.ParseBody(raw)
		if why != "" {
			if len(why) > 200 || !utf8.ValidString(why) {
				t.Fatalf("the reason is %q", why)
			}
			return
		}
		checkBody(t, raw, body)
		again, why := chat.ParseBody(body.JSON)
		if diff := cmp.Diff(body, again); diff != "" || why != "" {
			t.Fatalf("parsed again: %s (-first +second):\n%s", why, diff)
		}
	})
}

func BenchmarkParseBody(b *testing.B) {
	raw := json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("hello, world ", 30) + `"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"d","Desc":"e"}}]`)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, why := chat.ParseBody(raw); why != "" {
			b.Fatal(why)
		}
	}
}

package chat

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// Body is a message's elements in the order they are shown.
type Body struct {
	Elements []Element
	// JSON is the array of elements as on the wire, compact.
	JSON json.RawMessage
	// Texts are the texts that content filtering reads.
	Texts []string
}

// MarshalJSON returns the array of elements as on the wire.
func (b Body) MarshalJSON() ([]byte, error) { return b.JSON.MarshalJSON() }

// UnmarshalJSON takes over what MarshalJSON made. What was made of it to be checked
// is left out.
func (b *Body) UnmarshalJSON(data []byte) error {
	*b = Body{}
	if string(data) != "null" {
		b.JSON = bytes.Clone(data)
	}
	return nil
}

// Element is one part of a message. Spec: rest-common#4.1
type Element struct {
	MsgType    string          `json:"MsgType"`
	MsgContent json.RawMessage `json:"MsgContent"`
}

// kind is the JSON type that a field of an element must have.
type kind byte

const (
	isString kind = iota
	isInteger
	isNumber
	isArray
)

type field struct {
	name     string
	kind     kind
	required bool
}

// elementFields are the fields of each element that are checked; others pass
// through unchanged. Spec: rest-common#4.1
var elementFields = map[string][]field{
	"TIMTextElem":     {{"Text", isString, true}},
	"TIMLocationElem": {{"Desc", isString, false}, {"Latitude", isNumber, true}, {"Longitude", isNumber, true}},
	"TIMFaceElem":     {{"Index", isInteger, true}, {"Data", isString, false}},
	"TIMCustomElem": {
		{"Data", isString, false}, {"Desc", isString, false}, {"Ext", isString, false}, {"Sound", isString, false},
	},
	"TIMSoundElem": {
		{"Url", isString, true},
		{"UUID", isString, true},
		{"Size", isInteger, false},
		{"Second", isInteger, false},
		{"Download_Flag", isInteger, true},
	},
	"TIMImageElem": {
		{"ImageInfoArray", isArray, true}, {"UUID", isString, true}, {"ImageFormat", isInteger, true},
	},
	"TIMFileElem": {
		{"Url", isString, true},
		{"UUID", isString, true},
		{"FileSize", isInteger, false},
		{"FileName", isString, false},
		{"Download_Flag", isInteger, true},
	},
	"TIMVideoFileElem": {
		{"VideoUrl", isString, true},
		{"VideoUUID", isString, true},
		{"VideoSize", isInteger, false},
		{"VideoSecond", isInteger, false},
		{"VideoFormat", isString, false},
		{"VideoDownloadFlag", isInteger, true},
		{"ThumbUrl", isString, true},
		{"ThumbUUID", isString, true},
		{"ThumbSize", isInteger, false},
		{"ThumbWidth", isInteger, false},
		{"ThumbHeight", isInteger, false},
		{"ThumbFormat", isString, false},
		{"ThumbDownloadFlag", isInteger, true},
	},
	"TIMRelayElem": {
		{"Title", isString, false},
		{"MsgNum", isInteger, false},
		{"CompatibleText", isString, false},
		{"AbstractList", isArray, false},
		{"MsgList", isArray, false},
		{"JsonMsgKey", isString, false},
	},
}

// imageFields are those of each entry of ImageInfoArray.
var imageFields = []field{
	{"Type", isInteger, false},
	{"Size", isInteger, false},
	{"Width", isInteger, true},
	{"Height", isInteger, true},
	{"URL", isString, true},
}

// maxFields is the most fields that one object has in the tables above.
const maxFields = 13

// ParseBody checks MsgBody as a sender gave it: at least one element, known
// types, the fields that each type demands, none of them twice, at most one
// TIMCustomElem. It returns an empty text or the reason for which the body is
// refused.
func ParseBody(raw json.RawMessage) (Body, string) {
	if isNull(raw) {
		return Body{}, "MsgBody is required"
	}
	if !utf8.Valid(raw) {
		return Body{}, "MsgBody is not UTF-8"
	}
	var compact bytes.Buffer
	compact.Grow(len(raw))
	if err := json.Compact(&compact, raw); err != nil {
		return Body{}, "MsgBody is no JSON"
	}
	body := Body{JSON: compact.Bytes()}
	if body.JSON[0] != '[' {
		return Body{}, notElements
	}
	custom := 0
	for item := range items(body.JSON) {
		element, why := parseElement(item, &body.Texts)
		if why != "" {
			return Body{}, why
		}
		body.Elements = append(body.Elements, element)
		if element.MsgType == "TIMCustomElem" {
			custom++
		}
	}
	switch {
	case len(body.Elements) == 0:
		return Body{}, "MsgBody has no element"
	case custom > 1:
		return Body{}, "a message has at most one TIMCustomElem"
	}
	return body, ""
}

const notElements = "MsgBody must be an array of {MsgType, MsgContent}"

// parseElement checks one element and collects its text.
func parseElement(raw json.RawMessage, texts *[]string) (Element, string) {
	if raw[0] != '{' {
		return Element{}, notElements
	}
	var name, content json.RawMessage
	for key, value := range members(raw) {
		part := &name
		switch string(key) {
		case "MsgType":
		case "MsgContent":
			part = &content
		default:
			continue
		}
		if *part != nil {
			return Element{}, string(key) + " is given twice"
		}
		*part = value
	}
	if isNull(name) || name[0] != '"' {
		return Element{}, "MsgType must be a string"
	}
	e := Element{MsgType: unquote(name), MsgContent: content}
	fields, ok := elementFields[e.MsgType]
	if !ok {
		return Element{}, "MsgType " + quote(e.MsgType) + " cannot be sent"
	}
	if isNull(content) || content[0] != '{' {
		return Element{}, "MsgContent of " + e.MsgType + " must be an object"
	}
	first, why := checkFields(e.MsgType, fields, content)
	if why != "" {
		return Element{}, why
	}
	switch e.MsgType {
	case "TIMTextElem":
		*texts = append(*texts, unquote(first))
	case "TIMImageElem":
		why = checkImages(first)
	}
	return e, why
}

func checkImages(array json.RawMessage) string {
	for image := range items(array) {
		if image[0] != '{' {
			return "ImageInfoArray must be an array of objects"
		}
		if _, why := checkFields("ImageInfoArray", imageFields, image); why != "" {
			return why
		}
	}
	return ""
}

// checkFields holds an object against its table and returns the value of the
// table's first field. A field that is given twice is refused, since receivers
// do not agree which of both counts, and the filter might read the other.
func checkFields(where string, fields []field, object json.RawMessage) (first json.RawMessage, why string) {
	var values [maxFields]json.RawMessage
	for name, value := range members(object) {
		for i := range fields {
			if fields[i].name != string(name) {
				continue
			}
			if values[i] != nil {
				return nil, fields[i].name + " of " + where + " is given twice"
			}
			values[i] = value
		}
	}
	for i, f := range fields {
		switch {
		case isNull(values[i]):
			if f.required {
				return nil, f.name + " of " + where + " is required"
			}
		case !f.kind.matches(values[i]):
			return nil, f.name + " of " + where + " must be " + f.kind.String()
		}
	}
	return values[0], ""
}

func isNull(v json.RawMessage) bool { return len(v) == 0 || string(v) == "null" }

func (k kind) matches(v json.RawMessage) bool {
	number := v[0] == '-' || (v[0] >= '0' && v[0] <= '9')
	switch k {
	case isString:
		return v[0] == '"'
	case isInteger:
		return number && !bytes.ContainsAny(v, ".eE")
	case isNumber:
		return number
	case isArray:
		return v[0] == '['
	}
	return false
}

// String names the kind in a refusal.
func (k kind) String() string {
	switch k {
	case isString:
		return "a string"
	case isInteger:
		return "an integer"
	case isNumber:
		return "a number"
	case isArray:
		return "an array"
	}
	return "something else"
}

// quote shows a sender's word in a refusal, cut to a readable length.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		s = Cut(s, most) + "..."
	}
	b, err := json.Marshal(s)
	if err != nil {
		return "?"
	}
	return string(b)
}

// Cut returns the beginning of s that has at most n bytes and no broken
// character at its end.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Remains returns the elements of a refused MsgBody that are JSON objects: what
// the exception webhook can still show. Spec: webhooks#5.3
func Remains(raw json.RawMessage) Body {
	var compact bytes.Buffer
	if json.Compact(&compact, bytes.ToValidUTF8(raw, []byte("\ufffd"))) != nil || compact.Bytes()[0] != '[' {
		return Body{}
	}
	var body Body
	for item := range items(compact.Bytes()) {
		if item[0] != '{' {
			continue
		}
		var e Element
		for name, value := range members(item) {
			switch {
			case string(name) == "MsgType" && value[0] == '"':
				e.MsgType = unquote(value)
			case string(name) == "MsgContent":
				e.MsgContent = value
			}
		}
		body.Elements = append(body.Elements, e)
	}
	return body
}

package chat

import (
	"bytes"
	"encoding/json"
)

// Body is a message's elements in the order they are shown.
type Body struct {
	Elements []Element
	// JSON is the array of elements as on the wire, compact.
	JSON json.RawMessage
	// Texts are the texts that content filtering reads.
	Texts []string
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
		{"UUID", isString, true}, {"ImageFormat", isInteger, true}, {"ImageInfoArray", isArray, true},
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

// ParseBody checks MsgBody as a sender gave it: at least one element, known
// types, the fields that each type demands, at most one TIMCustomElem. It
// returns an empty text or the reason for which the body is refused.
func ParseBody(raw json.RawMessage) (Body, string) {
	var elements []Element
	if isNull(raw) {
		return Body{}, "MsgBody is required"
	}
	if err := json.Unmarshal(raw, &elements); err != nil {
		return Body{}, "MsgBody must be an array of {MsgType, MsgContent}"
	}
	if len(elements) == 0 {
		return Body{}, "MsgBody has no element"
	}
	body := Body{Elements: elements}
	custom := 0
	for _, e := range elements {
		if why := checkElement(e, &body.Texts); why != "" {
			return Body{}, why
		}
		if e.MsgType == "TIMCustomElem" {
			custom++
		}
	}
	if custom > 1 {
		return Body{}, "a message has at most one TIMCustomElem"
	}
	var compact bytes.Buffer
	compact.Grow(len(raw))
	if err := json.Compact(&compact, raw); err != nil {
		return Body{}, "MsgBody is no JSON"
	}
	body.JSON = compact.Bytes()
	return body, ""
}

func checkElement(e Element, texts *[]string) string {
	fields, ok := elementFields[e.MsgType]
	if !ok {
		return "MsgType " + quote(e.MsgType) + " cannot be sent"
	}
	var content map[string]json.RawMessage
	if err := json.Unmarshal(e.MsgContent, &content); err != nil || content == nil {
		return "MsgContent of " + e.MsgType + " must be an object"
	}
	if why := checkFields(e.MsgType, fields, content); why != "" {
		return why
	}
	switch e.MsgType {
	case "TIMTextElem":
		var text string
		if err := json.Unmarshal(content["Text"], &text); err != nil {
			return "Text of TIMTextElem must be a string"
		}
		*texts = append(*texts, text)
	case "TIMImageElem":
		var images []map[string]json.RawMessage
		if err := json.Unmarshal(content["ImageInfoArray"], &images); err != nil {
			return "ImageInfoArray must be an array of objects"
		}
		for _, image := range images {
			if why := checkFields("ImageInfoArray", imageFields, image); why != "" {
				return why
			}
		}
	}
	return ""
}

func checkFields(where string, fields []field, content map[string]json.RawMessage) string {
	for _, f := range fields {
		v := content[f.name]
		if isNull(v) {
			if f.required {
				return f.name + " of " + where + " is required"
			}
			continue
		}
		if !f.kind.matches(v) {
			return f.name + " of " + where + " must be " + f.kind.String()
		}
	}
	return ""
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
		s = s[:most] + "..."
	}
	b, err := json.Marshal(s)
	if err != nil {
		return "?"
	}
	return string(b)
}

// Remains returns the elements of a refused MsgBody that are JSON objects: what
// the exception webhook can still show. Spec: webhooks#5.3
func Remains(raw json.RawMessage) Body {
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return Body{}
	}
	body := Body{Elements: make([]Element, 0, len(parts))}
	for _, p := range parts {
		if len(p) == 0 || p[0] != '{' {
			continue
		}
		var e struct {
			MsgType    json.RawMessage `json:"MsgType"`
			MsgContent json.RawMessage `json:"MsgContent"`
		}
		if json.Unmarshal(p, &e) != nil {
			continue
		}
		var element Element
		_ = json.Unmarshal(e.MsgType, &element.MsgType) // a name that is no string stays empty
		element.MsgContent = e.MsgContent
		body.Elements = append(body.Elements, element)
	}
	return body
}

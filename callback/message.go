package callback

import "encoding/json"

// MsgTypeText is the MsgType of text.
const MsgTypeText = "TIMTextElem"

// MsgElement is one element of a message, in the format of the REST API. It
// converts to and from the MsgElement of package api, which can make all kinds
// of elements.
type MsgElement struct {
	// MsgType names the kind of element, such as [MsgTypeText].
	MsgType string `json:"MsgType"`

	// MsgContent is a JSON object whose fields depend on MsgType.
	MsgContent json.RawMessage `json:"MsgContent,omitempty"`
}

type textContent struct {
	Text string `json:"Text"`
}

// TextElement returns an element of text. Bytes that are not UTF-8 are replaced.
func TextElement(text string) MsgElement {
	content, _ := appendJSON(nil, textContent{Text: text}) // strings always have JSON
	return MsgElement{MsgType: MsgTypeText, MsgContent: content}
}

// Text returns the text of an element of text. The result is false for other
// elements.
func (e MsgElement) Text() (string, bool) {
	if e.MsgType != MsgTypeText {
		return "", false
	}
	var content textContent
	if err := json.Unmarshal(e.MsgContent, &content); err != nil {
		return "", false
	}
	return content.Text, true
}

// GroupAt is one mention in a group message: of everybody, or of one member.
type GroupAt struct {
	// GroupAtAllFlag is 1 if everybody is mentioned, else 0.
	GroupAtAllFlag int `json:"GroupAtAllFlag"`

	// UserID is the member that is mentioned; left out if GroupAtAllFlag is 1.
	UserID string `json:"GroupAt_Account,omitempty"`
}

package api

import (
	"encoding/json"
	"fmt"
)

// MsgElement is one element of a message. The elements of a message are shown in
// their order; at most one of them may be a TIMCustomElem.
type MsgElement struct {
	// MsgType names the kind of the element: TIMTextElem, TIMLocationElem,
	// TIMFaceElem, TIMCustomElem, TIMSoundElem, TIMImageElem, TIMFileElem,
	// TIMVideoFileElem or TIMRelayElem. In responses there is also
	// TIMGroupTipElem, which only the server makes. Required.
	MsgType string `json:"MsgType"`
	// MsgContent is an object whose fields depend on MsgType: those of TextElem,
	// LocationElem and so on. Required.
	MsgContent json.RawMessage `json:"MsgContent"`
}

// ElemContent is the content of a message element; TextElem, CustomElem and the
// other structs whose names end with Elem are such.
type ElemContent interface {
	// MsgType names the kind of the element.
	MsgType() string
}

// NewMsgElement returns the element that has the given content. It fails only
// for contents that JSON cannot express, such as a latitude that is no number.
func NewMsgElement(content ElemContent) (MsgElement, error) {
	raw, err := encode(content)
	if err != nil {
		return MsgElement{}, fmt.Errorf("encode %s: %w", content.MsgType(), err)
	}
	return MsgElement{MsgType: content.MsgType(), MsgContent: raw}, nil
}

// NewMsgBody returns a message body for a send request with one element for
// each content. It fails as NewMsgElement does.
func NewMsgBody(contents ...ElemContent) (json.RawMessage, error) {
	elements := make([]MsgElement, 0, len(contents))
	for _, content := range contents {
		element, err := NewMsgElement(content)
		if err != nil {
			return nil, err
		}
		elements = append(elements, element)
	}
	return encode(elements)
}

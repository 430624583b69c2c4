package api

import (
	"bytes"
	"encoding/json"
)

// StringList is a list of strings for which a single string may be sent too. It
// is always encoded as an array.
type StringList []string

// UnmarshalJSON accepts an array of strings, one string, or null, which leaves
// the list nil.
func (l *StringList) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte(`"`)) {
		return json.Unmarshal(data, (*[]string)(l))
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	*l = StringList{s}
	return nil
}

package usersig

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
)

// version is the value of TLS.ver that this package makes and understands.
const version = "2.0"

// maxInteger bounds the numbers of a document. All JSON libraries agree about
// integers up to here, and sums of two cannot overflow.
const maxInteger = 1 << 53

// document is the JSON inside a UserSig. Pointers tell what is missing.
type document struct {
	Version  json.RawMessage `json:"TLS.ver,omitempty"`
	UserID   *string         `json:"TLS.identifier,omitempty"`
	SDKAppID *integer        `json:"TLS.sdkappid,omitempty"`
	Expire   *integer        `json:"TLS.expire,omitempty"` // seconds
	Time     *integer        `json:"TLS.time,omitempty"`   // Unix seconds
	UserBuf  *string         `json:"TLS.userbuf,omitempty"`
	Sig      *string         `json:"TLS.sig,omitempty"`

	// Only documents of version 1 have this one.
	OldVersion json.RawMessage `json:"TLS.version,omitempty"`
}

// signature computes TLS.sig from the other fields, all of which except
// UserBuf must be there.
func (d *document) signature(key string) string {
	b := make([]byte, 0, 256)
	b = append(append(append(b, "TLS.identifier:"...), *d.UserID...), '\n')
	b = append(d.SDKAppID.appendTo(append(b, "TLS.sdkappid:"...)), '\n')
	b = append(d.Time.appendTo(append(b, "TLS.time:"...)), '\n')
	b = append(d.Expire.appendTo(append(b, "TLS.expire:"...)), '\n')
	if d.UserBuf != nil {
		b = append(append(append(b, "TLS.userbuf:"...), *d.UserBuf...), '\n')
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(b)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// integer is a whole number. Some generators write it as a JSON string.
type integer int64

func (n *integer) UnmarshalJSON(text []byte) error {
	if len(text) > 2 && text[0] == '"' {
		text = text[1 : len(text)-1]
	}
	v, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("not a whole number: %.32q", text)
	}
	if v < -maxInteger || v > maxInteger {
		return fmt.Errorf("number out of range: %d", v)
	}
	*n = integer(v)
	return nil
}

func (n *integer) appendTo(b []byte) []byte {
	return strconv.AppendInt(b, int64(*n), 10)
}

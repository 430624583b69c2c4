package callback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// What the ErrorCode of a reply to a before-webhook means. Codes for which
// [Command.PassesOn] holds refuse as well.
const (
	CodeAllow   = 0 // go on, with the replacement if there is one
	CodeRefuse  = 1 // refuse; the sender gets the protocol's own code
	CodeDiscard = 2 // drop; the sender is told that all went well
)

// MaxReplyBytes is as much of a reply as the server reads.
const MaxReplyBytes = 256 << 10

// Reply is an app's answer to a webhook. ErrorCode alone decides, and for
// after-webhooks not even that.
//
// Spec: webhooks#1.5
type Reply struct {
	// ActionStatus is OK or FAIL and means nothing. A Handler sends OK if it
	// is empty.
	ActionStatus string `json:"ActionStatus"`

	ErrorCode int `json:"ErrorCode"`

	// ErrorInfo reaches the sender if the command passes ErrorCode on.
	ErrorInfo string `json:"ErrorInfo"`

	// MsgBody, if not nil, replaces the whole message. It counts only with
	// CodeAllow, as does CloudCustomData.
	MsgBody *[]MsgElement `json:"MsgBody,omitempty"`

	// CloudCustomData, if not nil, replaces that of the message.
	CloudCustomData *string `json:"CloudCustomData,omitempty"`

	// RefusedMembersAccount are those of the DestinationMembers of a
	// [GroupBeforeInviteJoinGroup] who are not to be added. It counts only with
	// CodeAllow.
	RefusedMembersAccount []string `json:"RefusedMembers_Account,omitempty"`

	// ResultItem decides on the single users of a [SNSPrevFriendAdd] or a
	// [SNSPrevFriendResponse], whatever ErrorCode says.
	ResultItem []AccountResult `json:"ResultItem,omitempty"`
}

// AccountResult is the decision on one user.
type AccountResult struct {
	ToAccount string `json:"To_Account"`

	// ResultCode is 0 to allow. Codes from 38000 to 39000 reach the user who made
	// the request as they are, with ResultInfo; any other refuses.
	ResultCode int `json:"ResultCode"`
	// ResultInfo is the reason, in words.
	ResultInfo string `json:"ResultInfo"`
}

// Allow returns the reply that lets a message pass as it is. It also
// acknowledges an after-webhook.
func Allow() *Reply { return &Reply{ActionStatus: "OK", ErrorCode: CodeAllow} }

// Replace returns the reply that lets a message pass with other contents, all
// of which must be given. Its CloudCustomData stays as it is.
func Replace(msgBody ...MsgElement) *Reply {
	return &Reply{ActionStatus: "OK", ErrorCode: CodeAllow, MsgBody: &msgBody}
}

// Refuse returns the reply that refuses a message with the protocol's own
// code.
func Refuse() *Reply { return &Reply{ActionStatus: "OK", ErrorCode: CodeRefuse} }

// RefuseWith returns the reply that refuses a message with a code and a text
// of the app's own. Which codes are free for that depends on the command, see
// [Command.PassesOn]; any other refuses like [Refuse].
func RefuseWith(code int, info string) *Reply {
	return &Reply{ActionStatus: "OK", ErrorCode: code, ErrorInfo: info}
}

// AllowExcept returns the reply that lets users be added to a group, but not those
// named.
func AllowExcept(accounts ...string) *Reply {
	return &Reply{ActionStatus: "OK", ErrorCode: CodeAllow, RefusedMembersAccount: accounts}
}

// DecideEach returns the reply that decides on single users. Those whom it does not
// name may pass.
func DecideEach(results ...AccountResult) *Reply {
	return &Reply{ActionStatus: "OK", ErrorCode: CodeAllow, ResultItem: results}
}

// Discard returns the reply that drops a message while its sender believes it
// sent.
func Discard() *Reply { return &Reply{ActionStatus: "OK", ErrorCode: CodeDiscard} }

// wire returns a copy fit for encoding.
func (r Reply) wire() Reply {
	if r.ActionStatus == "" {
		r.ActionStatus = "OK"
	}
	if r.MsgBody != nil {
		r.MsgBody = new(orEmpty(*r.MsgBody))
	}
	return r
}

// ParseReply reads the answer to a before-webhook that came with HTTP 200. An
// error means that the webhook has failed and the app's failure policy decides.
//
// It is lenient where receivers differ: ErrorCode may be a number or a numeric
// string, texts that are no strings count as empty, unknown fields are skipped,
// and so is a byte order mark. Without ErrorCode the webhook has failed.
//
// A replacement is read only with CodeAllow. Then it must be well-formed (valid
// UTF-8, each element with a MsgType and an object as MsgContent) or the
// webhook has failed, so that a masking receiver's fault does not let through
// what it meant to mask. Whether the message is acceptable as such, which an
// empty MsgBody is not, is for the caller to say.
func ParseReply(text []byte) (Reply, error) {
	var raw struct {
		ActionStatus    json.RawMessage `json:"ActionStatus"`
		ErrorCode       json.RawMessage `json:"ErrorCode"`
		ErrorInfo       json.RawMessage `json:"ErrorInfo"`
		MsgBody         json.RawMessage `json:"MsgBody"`
		CloudCustomData json.RawMessage `json:"CloudCustomData"`
		RefusedMembers  json.RawMessage `json:"RefusedMembers_Account"`
		ResultItem      json.RawMessage `json:"ResultItem"`
	}
	if err := json.Unmarshal(withoutMark(text), &raw); err != nil {
		return Reply{}, fmt.Errorf("callback: reply: %w", err)
	}
	code, err := parseCode(raw.ErrorCode)
	if err != nil {
		return Reply{}, fmt.Errorf("callback: reply: %w", err)
	}
	reply := Reply{
		ActionStatus: stringOrNone(raw.ActionStatus),
		ErrorCode:    code,
		ErrorInfo:    stringOrNone(raw.ErrorInfo),
	}
	if reply.ResultItem, err = parseResults(raw.ResultItem); err != nil {
		return Reply{}, fmt.Errorf("callback: reply: ResultItem: %w", err)
	}
	if code != CodeAllow {
		return reply, nil
	}
	if reply.MsgBody, err = parseMsgBody(raw.MsgBody); err != nil {
		return Reply{}, fmt.Errorf("callback: reply: MsgBody: %w", err)
	}
	if reply.CloudCustomData, err = parseCloudCustomData(raw.CloudCustomData); err != nil {
		return Reply{}, fmt.Errorf("callback: reply: CloudCustomData: %w", err)
	}
	if reply.RefusedMembersAccount, err = parseAccounts(raw.RefusedMembers); err != nil {
		return Reply{}, fmt.Errorf("callback: reply: RefusedMembers_Account: %w", err)
	}
	return reply, nil
}

// Acknowledged reports whether text, which came with HTTP 200, acknowledges an
// after-webhook: any JSON object does, whatever its ErrorCode.
func Acknowledged(text []byte) bool {
	return isObject(withoutMark(text))
}

func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")) && json.Valid(text)
}

// withoutMark drops the byte order mark that some editors leave at the start
// of source files, and thereby of what PHP receivers answer.
func withoutMark(text []byte) []byte {
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

func parseCode(raw json.RawMessage) (int, error) {
	if isAbsent(raw) {
		return 0, errors.New("ErrorCode missing")
	}
	text := string(bytes.TrimSpace(bytes.Trim(raw, `"`)))
	if code, err := strconv.Atoi(text); err == nil {
		return code, nil
	}
	// Dynamic languages may write 0.0 or 1e0.
	code, err := strconv.ParseFloat(text, 64)
	if err != nil || code != float64(int32(code)) {
		return 0, fmt.Errorf("ErrorCode is %.32q", text)
	}
	return int(code), nil
}

func parseMsgBody(raw json.RawMessage) (*[]MsgElement, error) {
	if isAbsent(raw) {
		return nil, nil
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	var elements []MsgElement
	if err := json.Unmarshal(raw, &elements); err != nil {
		return nil, err
	}
	for i, e := range elements {
		if e.MsgType == "" {
			return nil, fmt.Errorf("element %d without MsgType", i)
		}
		if len(e.MsgContent) == 0 || e.MsgContent[0] != '{' {
			return nil, fmt.Errorf("element %d without an object as MsgContent", i)
		}
	}
	return &elements, nil
}

func parseCloudCustomData(raw json.RawMessage) (*string, error) {
	if isAbsent(raw) {
		return nil, nil
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	var data string
	if err := json.Unmarshal(raw, &data); err != nil {
		return nil, err
	}
	return &data, nil
}

func parseResults(raw json.RawMessage) ([]AccountResult, error) {
	if isAbsent(raw) {
		return nil, nil
	}
	var items []struct {
		ToAccount  string          `json:"To_Account"`
		ResultCode json.RawMessage `json:"ResultCode"`
		ResultInfo json.RawMessage `json:"ResultInfo"`
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	results := make([]AccountResult, 0, len(items))
	for _, item := range items {
		code, err := parseCode(item.ResultCode)
		if err != nil {
			return nil, err
		}
		results = append(results, AccountResult{item.ToAccount, code, stringOrNone(item.ResultInfo)})
	}
	return results, nil
}

func parseAccounts(raw json.RawMessage) ([]string, error) {
	if isAbsent(raw) {
		return nil, nil
	}
	var accounts []string
	err := json.Unmarshal(raw, &accounts)
	return accounts, err
}

// isAbsent takes null for absent: typed receivers write it for what they did
// not set.
func isAbsent(raw json.RawMessage) bool {
	return len(raw) == 0 || string(raw) == "null"
}

func stringOrNone(raw json.RawMessage) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return s
}

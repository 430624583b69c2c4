package e2e_test

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/testkit"
)

// groupMessage is a text that a client says in a group.
type groupMessage struct {
	GroupID string
	Random  uint32
	Text    string
}

// groupAnswer is what its sender is told.
type groupAnswer struct {
	MsgSeq  int64 `json:"MsgSeq"`
	MsgTime int64 `json:"MsgTime"`
}

// sendToGroup sends a message as the SDK does.
func sendToGroup(ctx context.Context, c *testkit.Client, m groupMessage) (answer groupAnswer, err error) {
	body, err := api.NewMsgBody(api.TextElem{Text: m.Text})
	if err != nil {
		return answer, err
	}
	err = c.Call(ctx, "group_open_http_svc.send_group_msg", struct {
		GroupID         string          `json:"GroupId"`
		Random          uint32          `json:"Random"`
		ClientSeq       int64           `json:"ClientSeq"`
		MsgPriority     string          `json:"MsgPriority"`
		MsgBody         json.RawMessage `json:"MsgBody"`
		CloudCustomData string          `json:"CloudCustomData"`
		MsgClientTime   int64           `json:"MsgClientTime"`
	}{GroupID: m.GroupID, Random: m.Random, ClientSeq: int64(m.Random), MsgPriority: "Normal", MsgBody: body, MsgClientTime: time.Now().Unix()}, &answer)
	return answer, err
}

// pairMessage is a text that a client says to a user.
type pairMessage struct {
	To     string
	Seq    int64
	Random uint32
	Text   string
}

// pairAnswer is what its sender is told.
type pairAnswer struct {
	MsgTime int64  `json:"MsgTime"`
	MsgKey  string `json:"MsgKey"`
}

// sendToUser sends a message as the SDK does.
func sendToUser(ctx context.Context, c *testkit.Client, m pairMessage) (answer pairAnswer, err error) {
	body, err := api.NewMsgBody(api.TextElem{Text: m.Text})
	if err != nil {
		return answer, err
	}
	err = c.Call(ctx, "openim.sendmsg", struct {
		ToAccount       string          `json:"To_Account"`
		MsgSeq          int64           `json:"MsgSeq"`
		MsgRandom       uint32          `json:"MsgRandom"`
		MsgBody         json.RawMessage `json:"MsgBody"`
		CloudCustomData string          `json:"CloudCustomData"`
		MsgClientTime   int64           `json:"MsgClientTime"`
	}{ToAccount: m.To, MsgSeq: m.Seq, MsgRandom: m.Random, MsgBody: body, MsgClientTime: time.Now().Unix()}, &answer)
	return answer, err
}

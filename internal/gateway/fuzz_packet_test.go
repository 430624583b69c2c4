package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/parley-im/parley/internal/gateway"
	"github.com/parley-im/parley/internal/testkit"
)

// FuzzPackets: every command answers whatever its body is, and the server goes on.
func FuzzPackets(f *testing.F) {
	x := start(f, nil)
	x.group("g", "bob")
	c := x.login("bob")
	table := gateway.Table()
	for i := range table {
		f.Add(uint16(i), []byte(`{}`))
	}
	f.Add(uint16(0), []byte(`{"GroupId":"g","GroupIdList":["g"],"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"x"}}],"Random":1,"To_Account":"alice"}`))
	f.Add(uint16(1), []byte(`{"GroupId":7,"MsgBody":{},"To_Account":[null],"MsgSeqList":[{"MsgSeq":-1}],"Limit":-1,"Offset":1e99}`))
	f.Fuzz(func(t *testing.T, command uint16, body []byte) {
		row := &table[int(command)%len(table)]
		if row.Command == "wslogout" || row.Command == "ws_msg_push_ack" || !json.Valid(body) {
			return // the one ends the session, the other is not answered
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err := c.Call(ctx, row.ServCmd(), json.RawMessage(body), nil)
		if _, refused := errors.AsType[*testkit.AnswerError](err); err != nil && !refused {
			t.Fatalf("%s %s: %v", row.ServCmd(), body, err)
		}
	})
}

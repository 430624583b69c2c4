package api_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"

	"github.com/parley-im/parley/api"
)

func ExampleClient() {
	server := httptest.NewServer(answer(`{"ActionStatus":"FAIL","ErrorCode":10017,"ErrorInfo":"the sender is muted"}`))
	defer server.Close()

	client := &api.Client{
		BaseURL:    server.URL,
		SDKAppID:   1400000001,
		Identifier: "administrator",
		UserSig:    api.FixedUserSig("the administrator's UserSig"),
	}
	body, err := api.NewMsgBody(api.TextElem{Text: "Hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.SendGroupMsg(context.Background(), &api.SendGroupMsgRequest{
		GroupID:     "walkers",
		Random:      new(rand.Uint32()),
		FromAccount: "bob",
		MsgBody:     body,
	})
	if refusal, ok := errors.AsType[*api.Error](err); ok {
		fmt.Println(refusal.Code, refusal.Info)
	}
	// Output: 10017 the sender is muted
}

package callback_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/parley-im/parley/callback"
)

// An app's backend masks a word before messages are sent and keeps an archive
// of what was sent.
func ExampleHandler() {
	h, err := callback.NewHandler(callback.Options{
		SDKAppID: 1400000000,
		Tokens:   []string{"the app's webhook token"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	h.OnGroupBeforeSendMsg(func(_ context.Context, _ callback.Request, msg *callback.GroupBeforeSendMsg) (*callback.Reply, error) {
		for i, element := range msg.MsgBody {
			if text, ok := element.Text(); ok {
				msg.MsgBody[i] = callback.TextElement(strings.ReplaceAll(text, "darn", "****"))
			}
		}
		return callback.Replace(msg.MsgBody...), nil
	})
	h.OnGroupAfterSendMsg(func(_ context.Context, r callback.Request, msg *callback.GroupAfterSendMsg) error {
		// The event id is the key under which a repeated report is recognized.
		fmt.Println("archive", r.EventID, msg.GroupID, msg.MsgSeq, msg.FromAccount)
		return nil
	})

	server := httptest.NewServer(h) // in earnest: http.Handle("/callback", h)
	defer server.Close()
	deliver(server, "event-1", callback.GroupBeforeSendMsg{
		GroupID: "@TGS#2J4SZEAEL", FromAccount: "jared",
		MsgBody: []callback.MsgElement{callback.TextElement("darn it")},
	})
	deliver(server, "event-2", callback.GroupAfterSendMsg{
		GroupID: "@TGS#2J4SZEAEL", FromAccount: "jared", MsgSeq: 7,
		MsgBody: []callback.MsgElement{callback.TextElement("**** it")},
	})
	// Output:
	// answer 0 [{TIMTextElem {"Text":"**** it"}}]
	// archive event-2 @TGS#2J4SZEAEL 7 jared
	// answer 0 []
}

// deliver sends a webhook as the server does, which is also how to test a
// receiver.
func deliver(server *httptest.Server, eventID string, body callback.Body) {
	text, err := callback.Encode(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	endpoint, err := url.Parse(server.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	delivery := callback.Delivery{
		Query: callback.Query{
			SDKAppID:    1400000000,
			Command:     body.Command(),
			ClientIP:    "192.0.2.1",
			OptPlatform: callback.PlatformWeb,
			Token:       "the app's webhook token",
		},
		Body:    text,
		EventID: eventID,
		Attempt: 1,
	}
	request, err := delivery.NewRequest(context.Background(), endpoint, time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	response, err := server.Client().Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	printReply(response)
}

func printReply(response *http.Response) {
	text, err := io.ReadAll(io.LimitReader(response.Body, callback.MaxReplyBytes))
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := callback.ParseReply(text)
	if err != nil {
		fmt.Println(response.Status, err)
		return
	}
	var msgBody []callback.MsgElement
	if reply.MsgBody != nil {
		msgBody = *reply.MsgBody
	}
	fmt.Printf("answer %d %s\n", reply.ErrorCode, msgBody)
}

package api

import "context"

// GetSubscriberInfoRequest reads the subscribers of an official account page by
// page.
//
// Errors: 6017 a parameter is missing or invalid; 130004 the official account
// does not exist.
//
// Spec: official_account_open_http_svc/get_subscriber_info
type GetSubscriberInfoRequest struct {
	// OfficialAccount is the ID; an unknown one gives 130004. Required.
	OfficialAccount string `json:"Official_Account"`
	// Limit is how many subscribers to return. At most 200, otherwise 6017.
	// Optional; without it, or with 0, it is 200.
	Limit int `json:"Limit,omitempty"`
	// Next is "" for the first page and then the value of the previous answer;
	// anything else gives 6017. Required.
	Next string `json:"Next"`
}

// GetSubscriberInfoResponse answers get_subscriber_info.
type GetSubscriberInfoResponse struct {
	Response
	// Next is what the next request has to say, and "" after the last page.
	Next string `json:"Next"`
	// SubscriberNum is how many subscribers there are, whatever the page.
	SubscriberNum int `json:"SubscriberNum"`
	// SubscriberList has the subscribers of this page.
	SubscriberList []Subscriber `json:"SubscriberList"`
}

// Subscriber is a user who is subscribed to an official account.
type Subscriber struct {
	// SubscriberAccount is the UserID.
	SubscriberAccount string `json:"Subscriber_Account"`
	// SubscribeTime is when the user subscribed.
	SubscribeTime int64 `json:"SubscribeTime"`
	// MsgFlag says how the user gets messages: "AcceptAndNotify" with offline
	// push, "AcceptNotNotify" without, "Discard" not at all.
	MsgFlag string `json:"MsgFlag"`
	// CustomString is data of the app.
	CustomString string `json:"CustomString"`
	// LastSendMsgTime is when the user last sent a message to the official
	// account, and 0 if never.
	LastSendMsgTime int64 `json:"LastSendMsgTime"`
}

// GetSubscriberInfo reads the subscribers of an official account page by page.
func (c *Client) GetSubscriberInfo(ctx context.Context, request *GetSubscriberInfoRequest) (*GetSubscriberInfoResponse, error) {
	return call[GetSubscriberInfoResponse](ctx, c, OfficialService, "get_subscriber_info", request)
}

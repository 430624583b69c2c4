package api

import "context"

// Values of SubscriberResult.Result.
const (
	// SubscriberFailed says that nothing was changed for the user.
	SubscriberFailed = 0
	// SubscriberChanged says that the user was subscribed, or unsubscribed.
	SubscriberChanged = 1
	// SubscriberUnchanged says that the user already was so.
	SubscriberUnchanged = 2
)

// AddSubscriberRequest subscribes up to 100 users to an official account.
//
// It fires OfficialAccount.CallbackBeforeAddSubscriber, which may refuse all
// users or some, who then get Result 0; then
// OfficialAccount.CallbackAfterAddSubscriber and, when the official account has
// become full, OfficialAccount.CallbackAfterOfficialAccountFull.
//
// Errors: 6017 a parameter is missing or invalid; 20006 refused by the app's
// webhook; 130004 the official account does not exist; 130006 the official
// account is full.
//
// Spec: official_account_open_http_svc/add_subscriber
type AddSubscriberRequest struct {
	// OfficialAccount is the ID; an unknown one gives 130004. Required.
	OfficialAccount string `json:"Official_Account"`
	// SubscriberList has the users. At most 100, otherwise 6017. Required.
	SubscriberList []SubscriberItem `json:"SubscriberList"`
}

// SubscriberItem names one user.
type SubscriberItem struct {
	// SubscriberAccount is the UserID. Required.
	SubscriberAccount string `json:"Subscriber_Account"`
}

// AddSubscriberResponse answers add_subscriber. ErrorCode stays 0 when only some
// users were not subscribed.
type AddSubscriberResponse struct {
	Response
	// SubscriberList has an entry for each user of the request, in its order.
	SubscriberList []SubscriberResult `json:"SubscriberList"`
}

// SubscriberResult says whether one user was subscribed, or unsubscribed.
type SubscriberResult struct {
	// SubscriberAccount is the UserID.
	SubscriberAccount string `json:"Subscriber_Account"`
	// Result is 0 when it failed, as for a user who does not exist; 1 when the
	// user was subscribed (add_subscriber) or unsubscribed (delete_subscriber);
	// 2 when the user already was so.
	Result int `json:"Result"`
}

// AddSubscriber subscribes up to 100 users to an official account.
func (c *Client) AddSubscriber(ctx context.Context, request *AddSubscriberRequest) (*AddSubscriberResponse, error) {
	return call[AddSubscriberResponse](ctx, c, OfficialService, "add_subscriber", request)
}

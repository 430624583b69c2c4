package api

import "context"

// DeleteSubscriberRequest unsubscribes up to 100 users from an official account.
//
// It fires OfficialAccount.CallbackAfterDeleteSubscriber.
//
// Errors: 6017 a parameter is invalid; 20001 no users are given; 130004 the
// official account does not exist.
//
// Spec: official_account_open_http_svc/delete_subscriber
type DeleteSubscriberRequest struct {
	// OfficialAccount is the ID; an unknown one gives 130004. Required.
	OfficialAccount string `json:"Official_Account"`
	// SubscriberToDelAccount has the UserIDs. At most 100, otherwise 6017. The
	// form SubscriberList will do as well; with neither, the answer is 20001.
	// Required.
	SubscriberToDelAccount []string `json:"SubscriberToDel_Account,omitempty"`
	// SubscriberList is another form of SubscriberToDelAccount and counts only
	// without it. Optional.
	SubscriberList []SubscriberItem `json:"SubscriberList,omitempty"`
}

// Subscribers returns the UserIDs, in whichever form they were sent; it is empty
// if in neither.
func (r *DeleteSubscriberRequest) Subscribers() []string {
	if len(r.SubscriberToDelAccount) > 0 {
		return r.SubscriberToDelAccount
	}
	ids := make([]string, 0, len(r.SubscriberList))
	for _, item := range r.SubscriberList {
		ids = append(ids, item.SubscriberAccount)
	}
	return ids
}

// DeleteSubscriberResponse answers delete_subscriber. ErrorCode stays 0 when
// only some users were not unsubscribed.
type DeleteSubscriberResponse struct {
	Response
	// SubscriberList has an entry for each user of the request, in its order.
	SubscriberList []SubscriberResult `json:"SubscriberList"`
}

// DeleteSubscriber unsubscribes up to 100 users from an official account.
func (c *Client) DeleteSubscriber(ctx context.Context, request *DeleteSubscriberRequest) (*DeleteSubscriberResponse, error) {
	return call[DeleteSubscriberResponse](ctx, c, OfficialService, "delete_subscriber", request)
}

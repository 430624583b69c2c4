package api

import "context"

// DestroyOfficialAccountRequest destroys an official account and ends all its
// subscriptions. This cannot be undone.
//
// It fires OfficialAccount.CallbackAfterOfficialAccountDestroyed.
//
// Errors: 6017 a parameter is missing or invalid; 130004 the official account
// does not exist, or not any more.
//
// Spec: official_account_open_http_svc/destroy_official_account
type DestroyOfficialAccountRequest struct {
	// OfficialAccount is the ID; an unknown one gives 130004. Required.
	OfficialAccount string `json:"Official_Account"`
}

// DestroyOfficialAccountResponse answers destroy_official_account.
type DestroyOfficialAccountResponse struct {
	Response
}

// DestroyOfficialAccount destroys an official account.
func (c *Client) DestroyOfficialAccount(ctx context.Context, request *DestroyOfficialAccountRequest) (*DestroyOfficialAccountResponse, error) {
	return call[DestroyOfficialAccountResponse](ctx, c, OfficialService, "destroy_official_account", request)
}

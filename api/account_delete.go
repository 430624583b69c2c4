package api

import "context"

// AccountDeleteRequest deletes up to 100 accounts with all that belongs to them.
// This cannot be undone.
//
// Errors: 70206 the number of accounts is invalid; 70402 a parameter is missing
// or invalid.
//
// Spec: im_open_login_svc/account_delete
type AccountDeleteRequest struct {
	// DeleteItem has the accounts to delete. At most 100, otherwise 70206.
	// Required.
	DeleteItem []AccountDeleteItem `json:"DeleteItem"`
}

// AccountDeleteItem is one account to delete.
type AccountDeleteItem struct {
	// UserID names the account. Required.
	UserID string `json:"UserID"`
}

// AccountDeleteResponse answers account_delete. ErrorCode stays 0 when only some
// accounts failed.
type AccountDeleteResponse struct {
	Response
	// ResultItem has an entry for each account of the request, in its order.
	ResultItem []AccountDeleteResult `json:"ResultItem"`
}

// AccountDeleteResult says whether one account was deleted.
type AccountDeleteResult struct {
	// UserID names the account.
	UserID string `json:"UserID"`
	// ResultCode is 0 when the account was deleted, 70107 when it does not exist
	// and 70402 when it may not be deleted, as an administrator.
	ResultCode int `json:"ResultCode"`
	// ResultInfo is the reason of a failure and empty otherwise.
	ResultInfo string `json:"ResultInfo"`
}

// AccountDelete deletes up to 100 accounts.
func (c *Client) AccountDelete(ctx context.Context, request *AccountDeleteRequest) (*AccountDeleteResponse, error) {
	return call[AccountDeleteResponse](ctx, c, AccountService, "account_delete", request)
}

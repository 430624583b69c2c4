package api

import "context"

// Values of AccountCheckResult.AccountStatus.
const (
	// AccountImported says that the account exists.
	AccountImported = "Imported"
	// AccountNotImported says that it does not.
	AccountNotImported = "NotImported"
)

// AccountCheckRequest asks which of up to 100 accounts exist.
//
// Errors: 70206 the number of accounts is invalid; 70402 a parameter is missing
// or invalid.
//
// Spec: im_open_login_svc/account_check
type AccountCheckRequest struct {
	// CheckItem has the accounts to look for. At most 100, otherwise 70206.
	// Required.
	CheckItem []AccountCheckItem `json:"CheckItem"`
}

// AccountCheckItem is one account to look for.
type AccountCheckItem struct {
	// UserID names the account. Required.
	UserID string `json:"UserID"`
}

// AccountCheckResponse answers account_check.
type AccountCheckResponse struct {
	Response
	// ResultItem has an entry for each account of the request, in its order.
	ResultItem []AccountCheckResult `json:"ResultItem"`
}

// AccountCheckResult says whether one account exists.
type AccountCheckResult struct {
	// UserID names the account.
	UserID string `json:"UserID"`
	// ResultCode is 0, also for an account that does not exist.
	ResultCode int `json:"ResultCode"`
	// ResultInfo is the reason of a failure and empty otherwise.
	ResultInfo string `json:"ResultInfo"`
	// AccountStatus is "Imported" or "NotImported".
	AccountStatus string `json:"AccountStatus"`
}

// AccountCheck asks which of up to 100 accounts exist.
func (c *Client) AccountCheck(ctx context.Context, request *AccountCheckRequest) (*AccountCheckResponse, error) {
	return call[AccountCheckResponse](ctx, c, AccountService, "account_check", request)
}

package api

import "context"

// MultiaccountImportRequest imports up to 100 accounts, in one of two forms:
// Accounts, with names only, or AccountList, with profiles. Importing an account
// that exists succeeds; AccountList also updates its profile.
//
// Errors: 70206 the number of accounts is invalid; 70402 a parameter is missing
// or invalid.
//
// Spec: im_open_login_svc/multiaccount_import
type MultiaccountImportRequest struct {
	// Accounts has the UserIDs, under the rules of account_import. At most 100,
	// otherwise 70206. Optional; without it AccountList must be sent.
	Accounts []string `json:"Accounts,omitempty"`
	// AccountList has the accounts with their profiles. At most 100, otherwise
	// 70206. It wins when Accounts is sent too. Optional; without it Accounts
	// must be sent.
	AccountList []MultiaccountImportItem `json:"AccountList,omitempty"`
}

// MultiaccountImportItem is one account to import.
type MultiaccountImportItem struct {
	// UserID names the account, under the rules of account_import; one that
	// breaks them is returned in FailAccounts. Required.
	UserID string `json:"UserID"`
	// Nick is the nickname. At most 500 bytes, otherwise the account is returned
	// in FailAccounts. Absent, the stored one stays; empty, it is cleared.
	// Optional.
	Nick *string `json:"Nick,omitempty"`
	// FaceURL is the address of the avatar. At most 500 bytes, otherwise the
	// account is returned in FailAccounts. Absent, the stored one stays; empty,
	// it is cleared. Optional.
	FaceURL *string `json:"FaceUrl,omitempty"`
}

// Items returns the accounts to import, in whichever form they were sent.
func (r *MultiaccountImportRequest) Items() []MultiaccountImportItem {
	if len(r.AccountList) > 0 {
		return r.AccountList
	}
	items := make([]MultiaccountImportItem, 0, len(r.Accounts))
	for _, id := range r.Accounts {
		items = append(items, MultiaccountImportItem{UserID: id})
	}
	return items
}

// MultiaccountImportResponse answers multiaccount_import. ErrorCode stays 0
// when only some accounts failed.
type MultiaccountImportResponse struct {
	Response
	// FailAccounts has the UserIDs that were not imported, including a UserID
	// that the request names a second time. It is empty when all were imported.
	FailAccounts []string `json:"FailAccounts"`
}

// MultiaccountImport imports up to 100 accounts.
func (c *Client) MultiaccountImport(ctx context.Context, request *MultiaccountImportRequest) (*MultiaccountImportResponse, error) {
	return call[MultiaccountImportResponse](ctx, c, AccountService, "multiaccount_import", request)
}

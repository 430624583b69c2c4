package api

import (
	"cmp"
	"context"
)

// AccountImportRequest imports one account. Importing an account that exists
// succeeds and updates what is given.
//
// Errors: 40601 a profile value is too long; 70402 a parameter is missing or
// invalid.
//
// Spec: im_open_login_svc/account_import
type AccountImportRequest struct {
	// UserID names the account. At most 32 bytes of printable ASCII, and not
	// beginning with a reserved prefix (@TGS#, @TOA#_, @RBT#, @TIM#), otherwise
	// 70402. Its older name Identifier will do as well. Required.
	UserID string `json:"UserID,omitempty"`
	// Identifier is the older name of UserID and counts only without it.
	// Optional.
	Identifier string `json:"Identifier,omitempty"`
	// Nick is the nickname. At most 500 bytes, otherwise 40601. Absent, the
	// stored one stays; empty, it is cleared. Optional.
	Nick *string `json:"Nick,omitempty"`
	// FaceURL is the address of the avatar. At most 500 bytes, otherwise 40601.
	// Absent, the stored one stays; empty, it is cleared. Optional.
	FaceURL *string `json:"FaceUrl,omitempty"`
}

// Account returns the UserID under whichever name it was sent; "" means under
// neither.
func (r *AccountImportRequest) Account() string { return cmp.Or(r.UserID, r.Identifier) }

// AccountImportResponse answers account_import.
type AccountImportResponse struct {
	Response
}

// AccountImport imports one account.
func (c *Client) AccountImport(ctx context.Context, request *AccountImportRequest) (*AccountImportResponse, error) {
	return call[AccountImportResponse](ctx, c, AccountService, "account_import", request)
}

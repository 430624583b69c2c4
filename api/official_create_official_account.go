package api

import "context"

// CreateOfficialAccountRequest creates an official account. Its owner does not
// become a subscriber by that.
//
// It fires OfficialAccount.CallbackBeforeCreateOfficialAccount, which may refuse,
// and OfficialAccount.CallbackAfterCreateOfficialAccount.
//
// Errors: 6017 a parameter is missing or invalid; 20003 the owner does not exist;
// 20006 refused by the app's webhook, or a code from 120001 to 130000 of its own;
// 80001 a text is refused by content filtering; 130007 the ID is malformed;
// 130008 the ID is taken.
//
// Spec: official_account_open_http_svc/create_official_account
type CreateOfficialAccountRequest struct {
	// OwnerAccount is the owner, an account that exists, otherwise 20003.
	// Required.
	OwnerAccount string `json:"Owner_Account"`
	// OfficialAccountUserID is the ID that the official account shall have. At
	// most 48 bytes of printable ASCII, beginning with @TOA#_ and not with
	// @TOA#_@TOA#, otherwise 130007. Optional; without it the server makes one.
	OfficialAccountUserID string `json:"OfficialAccountUserID,omitempty"`
	// Name is the name. At most 150 bytes, otherwise 6017. Required.
	Name string `json:"Name"`
	// Introduction is the introduction. At most 400 bytes, otherwise 6017.
	// Optional.
	Introduction string `json:"Introduction,omitempty"`
	// FaceURL is the address of the avatar. At most 500 bytes, otherwise 6017.
	// Optional.
	FaceURL string `json:"FaceUrl,omitempty"`
	// MaxSubscriberNum is how many subscribers there may be. Less than 1 gives
	// 6017. Optional, default 100000.
	MaxSubscriberNum *int `json:"MaxSubscriberNum,omitempty"`
	// Organization is who stands behind the official account. At most 500 bytes,
	// otherwise 6017. Optional.
	Organization string `json:"Organization,omitempty"`
	// CustomString is data of the app. At most 3000 bytes, otherwise 6017.
	// Optional.
	CustomString string `json:"CustomString,omitempty"`
}

// CreateOfficialAccountResponse answers create_official_account.
type CreateOfficialAccountResponse struct {
	Response
	// OfficialAccountUserID is the ID of the new official account.
	OfficialAccountUserID string `json:"OfficialAccountUserID"`
}

// CreateOfficialAccount creates an official account.
func (c *Client) CreateOfficialAccount(ctx context.Context, request *CreateOfficialAccountRequest) (*CreateOfficialAccountResponse, error) {
	return call[CreateOfficialAccountResponse](ctx, c, OfficialService, "create_official_account", request)
}

package api

import "context"

// GetOfficialAccountInfoRequest reads the profiles of up to 50 official
// accounts.
//
// Errors: 6017 a parameter is missing or invalid.
//
// Spec: official_account_open_http_svc/get_official_account_info
type GetOfficialAccountInfoRequest struct {
	// OfficialAccountIDList has the official accounts. At most 50, otherwise
	// 6017. Required.
	OfficialAccountIDList []OfficialAccountItem `json:"OfficialAccountIdList"`
	// ResponseFilter says what to return. Optional; without it everything is
	// returned.
	ResponseFilter *OfficialAccountFilter `json:"ResponseFilter,omitempty"`
}

// OfficialAccountItem names one official account.
type OfficialAccountItem struct {
	// OfficialAccount is the ID. Required.
	OfficialAccount string `json:"Official_Account"`
}

// OfficialAccountFilter says which fields of an official account to return.
type OfficialAccountFilter struct {
	// OfficialAccountBaseInfoFilter has the names of fields of
	// OfficialAccountInfo, as on the wire. Names that do not exist are ignored.
	// Optional; without it all are returned.
	OfficialAccountBaseInfoFilter []string `json:"OfficialAccountBaseInfoFilter,omitzero"`
}

// GetOfficialAccountInfoResponse answers get_official_account_info. ErrorCode
// stays 0 when only some official accounts failed.
type GetOfficialAccountInfoResponse struct {
	Response
	// OfficialAccountInfoList has an entry for each official account of the
	// request, in its order.
	OfficialAccountInfoList []OfficialAccountInfo `json:"OfficialAccountInfoList"`
}

// OfficialAccountInfo is the profile of an official account. Beside the first
// three fields it has those that the request's filter asked for; an official
// account that could not be read has only the first three.
type OfficialAccountInfo struct {
	// OfficialAccount is the ID.
	OfficialAccount string `json:"Official_Account"`
	// ErrorCode is 0 when the official account was read and 130004 when it does
	// not exist.
	ErrorCode int `json:"ErrorCode"`
	// ErrorInfo is the reason of a failure and empty otherwise.
	ErrorInfo string `json:"ErrorInfo"`
	// OwnerAccount is the owner.
	OwnerAccount *string `json:"Owner_Account,omitempty"`
	// Name is the name.
	Name *string `json:"Name,omitempty"`
	// Introduction is the introduction.
	Introduction *string `json:"Introduction,omitempty"`
	// FaceURL is the address of the avatar.
	FaceURL *string `json:"FaceUrl,omitempty"`
	// Organization is who stands behind the official account.
	Organization *string `json:"Organization,omitempty"`
	// CustomString is data of the app.
	CustomString *string `json:"CustomString,omitempty"`
	// MaxSubscriberNum is how many subscribers there may be.
	MaxSubscriberNum *int `json:"MaxSubscriberNum,omitempty"`
	// SubscriberNum is how many subscribers there are.
	SubscriberNum *int `json:"SubscriberNum,omitempty"`
	// CreateTime is when the official account was created.
	CreateTime *int64 `json:"CreateTime,omitempty"`
	// LastMsgTime is when the last message was sent, and 0 if there is none.
	LastMsgTime *int64 `json:"LastMsgTime,omitempty"`
}

// GetOfficialAccountInfo reads the profiles of up to 50 official accounts.
func (c *Client) GetOfficialAccountInfo(ctx context.Context, request *GetOfficialAccountInfoRequest) (*GetOfficialAccountInfoResponse, error) {
	return call[GetOfficialAccountInfoResponse](ctx, c, OfficialService, "get_official_account_info", request)
}

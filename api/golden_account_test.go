package api_test

import "github.com/parley-im/parley/api"

func accountExamples() []example {
	return []example{
		{
			api.AccountService, "account_import",
			&api.AccountImportRequest{
				UserID:  "ann",
				Nick:    new("Ann"),
				FaceURL: new("https://app.example.com/ann.png"),
			},
			&api.AccountImportResponse{Response: ok()},
		},
		{
			api.AccountService, "multiaccount_import",
			&api.MultiaccountImportRequest{AccountList: []api.MultiaccountImportItem{
				{UserID: "ann", Nick: new("Ann"), FaceURL: new("https://app.example.com/ann.png")},
				{UserID: "bob"},
				{UserID: "bob"},
			}},
			&api.MultiaccountImportResponse{Response: ok(), FailAccounts: []string{"bob"}},
		},
		{
			api.AccountService, "account_check",
			&api.AccountCheckRequest{CheckItem: []api.AccountCheckItem{{UserID: "ann"}, {UserID: "zoe"}}},
			&api.AccountCheckResponse{Response: ok(), ResultItem: []api.AccountCheckResult{
				{UserID: "ann", AccountStatus: api.AccountImported},
				{UserID: "zoe", AccountStatus: api.AccountNotImported},
			}},
		},
		{
			api.AccountService, "account_delete",
			&api.AccountDeleteRequest{DeleteItem: []api.AccountDeleteItem{{UserID: "ann"}, {UserID: "zoe"}}},
			&api.AccountDeleteResponse{Response: ok(), ResultItem: []api.AccountDeleteResult{
				{UserID: "ann"},
				{UserID: "zoe", ResultCode: 70107, ResultInfo: "Err_TLS_PT_Open_Login_Account_Not_Exist"},
			}},
		},
	}
}

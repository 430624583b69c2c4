package rest

import (
	"context"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
)

// accountRate is the protocol's limit for commands on many accounts.
const accountRate = 100

func accountCommands(s *account.Service) []Command {
	e := accountEdge{s}
	invalid := chat.ErrAccountParameter
	return []Command{
		command(api.AccountService, "account_import", documentedRate, invalid, e.accountImport),
		command(api.AccountService, "multiaccount_import", accountRate, invalid, e.multiaccountImport),
		command(api.AccountService, "account_check", accountRate, invalid, e.accountCheck),
		command(api.AccountService, "account_delete", accountRate, invalid, e.accountDelete),
	}
}

// success is the envelope of what went well.
var success = api.Response{ActionStatus: api.ActionOK}

// accountEdge translates between package api and the operations.
type accountEdge struct{ accounts *account.Service }

func (e accountEdge) accountImport(ctx context.Context, c chat.Caller, q *api.AccountImportRequest) (*api.AccountImportResponse, error) {
	err := e.accounts.Import(ctx, c, chat.AccountUpdate{UserID: q.Account(), Nick: q.Nick, FaceURL: q.FaceURL})
	return &api.AccountImportResponse{Response: success}, err
}

func (e accountEdge) multiaccountImport(ctx context.Context, c chat.Caller, q *api.MultiaccountImportRequest) (*api.MultiaccountImportResponse, error) {
	items := q.Items()
	accounts := make([]chat.AccountUpdate, 0, len(items))
	for _, i := range items {
		accounts = append(accounts, chat.AccountUpdate(i))
	}
	failed, err := e.accounts.ImportMany(ctx, c, accounts)
	return &api.MultiaccountImportResponse{Response: success, FailAccounts: failed}, err
}

func (e accountEdge) accountCheck(ctx context.Context, c chat.Caller, q *api.AccountCheckRequest) (*api.AccountCheckResponse, error) {
	ids := make([]string, 0, len(q.CheckItem))
	for _, i := range q.CheckItem {
		ids = append(ids, i.UserID)
	}
	exists, err := e.accounts.Check(ctx, c, ids)
	r := &api.AccountCheckResponse{Response: success, ResultItem: make([]api.AccountCheckResult, 0, len(ids))}
	for _, id := range distinct(ids) {
		status := api.AccountNotImported
		if exists[id] {
			status = api.AccountImported
		}
		r.ResultItem = append(r.ResultItem, api.AccountCheckResult{UserID: id, AccountStatus: status})
	}
	return r, err
}

func (e accountEdge) accountDelete(ctx context.Context, c chat.Caller, q *api.AccountDeleteRequest) (*api.AccountDeleteResponse, error) {
	ids := make([]string, 0, len(q.DeleteItem))
	for _, i := range q.DeleteItem {
		ids = append(ids, i.UserID)
	}
	results, err := e.accounts.Delete(ctx, c, ids)
	r := &api.AccountDeleteResponse{Response: success, ResultItem: make([]api.AccountDeleteResult, 0, len(ids))}
	for _, id := range distinct(ids) {
		item := api.AccountDeleteResult{UserID: id}
		if refusal := results[id]; refusal != nil {
			item.ResultCode, item.ResultInfo = refusal.Code, refusal.Text
		}
		r.ResultItem = append(r.ResultItem, item)
	}
	return r, err
}

// distinct returns ids without repetitions, in their order: an account that is
// named twice is answered for once.
func distinct(ids []string) []string {
	seen := make(map[string]bool, len(ids))
	kept := make([]string, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			kept = append(kept, id)
		}
	}
	return kept
}

package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/official"
)

func officialCommands(s *official.Service) []Command {
	e := officialEdge{s}
	invalid := chat.ErrOfficialParameter
	return []Command{
		command(api.OfficialService, "create_official_account", documentedRate, invalid, e.create),
		command(api.OfficialService, "destroy_official_account", documentedRate, invalid, e.destroy),
		command(api.OfficialService, "get_official_account_info", documentedRate, invalid, e.info),
		command(api.OfficialService, "add_subscriber", documentedRate, invalid, e.addSubscriber),
		command(api.OfficialService, "delete_subscriber", documentedRate, invalid, e.deleteSubscriber),
		command(api.OfficialService, "get_subscriber_info", documentedRate, invalid, e.subscriberInfo),
		command(api.OfficialService, "send_official_account_msg", documentedRate, invalid, e.send),
		command(api.OfficialService, "official_account_msg_recall", documentedRate, invalid, e.recall),
	}
}

// officialEdge translates between package api and the operations.
type officialEdge struct{ officials *official.Service }

func (e officialEdge) create(ctx context.Context, c chat.Caller, q *api.CreateOfficialAccountRequest) (*api.CreateOfficialAccountResponse, error) {
	o, err := e.officials.Create(ctx, c, official.CreateRequest{
		ID: q.OfficialAccountUserID, Owner: q.OwnerAccount, Name: q.Name, Introduction: q.Introduction, FaceURL: q.FaceURL,
		Organization: q.Organization, CustomString: q.CustomString, MaxSubscriber: q.MaxSubscriberNum,
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateOfficialAccountResponse{Response: success, OfficialAccountUserID: o.ID}, nil
}

func (e officialEdge) destroy(ctx context.Context, c chat.Caller, q *api.DestroyOfficialAccountRequest) (*api.DestroyOfficialAccountResponse, error) {
	return &api.DestroyOfficialAccountResponse{Response: success}, e.officials.Destroy(ctx, c, q.OfficialAccount)
}

func (e officialEdge) info(ctx context.Context, c chat.Caller, q *api.GetOfficialAccountInfoRequest) (*api.GetOfficialAccountInfoResponse, error) {
	ids := make([]string, 0, len(q.OfficialAccountIDList))
	for _, i := range q.OfficialAccountIDList {
		ids = append(ids, i.OfficialAccount)
	}
	infos, err := e.officials.Get(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	want := filter(nil)
	if q.ResponseFilter != nil {
		want = q.ResponseFilter.OfficialAccountBaseInfoFilter
	}
	r := &api.GetOfficialAccountInfoResponse{Response: success, OfficialAccountInfoList: make([]api.OfficialAccountInfo, 0, len(infos))}
	for _, i := range infos {
		r.OfficialAccountInfoList = append(r.OfficialAccountInfoList, officialInfo(i, want))
	}
	return r, nil
}

func officialInfo(i official.Info, want filter) api.OfficialAccountInfo {
	if i.Err != nil {
		return api.OfficialAccountInfo{OfficialAccount: i.ID, ErrorCode: i.Err.Code, ErrorInfo: i.Err.Text}
	}
	o := i.Account
	return api.OfficialAccountInfo{
		OfficialAccount:  i.ID,
		OwnerAccount:     pick(want, o.Owner, "Owner_Account"),
		Name:             pick(want, o.Name, "Name"),
		Introduction:     pick(want, o.Introduction, "Introduction"),
		FaceURL:          pick(want, o.FaceURL, "FaceUrl"),
		Organization:     pick(want, o.Organization, "Organization"),
		CustomString:     pick(want, o.CustomString, "CustomString"),
		MaxSubscriberNum: pick(want, o.MaxSubscriber, "MaxSubscriberNum"),
		SubscriberNum:    pick(want, o.SubscriberNum, "SubscriberNum"),
		CreateTime:       pick(want, o.CreateTime.Unix(), "CreateTime"),
		LastMsgTime:      pick(want, seconds(o.LastMsgTime), "LastMsgTime"),
	}
}

func (e officialEdge) addSubscriber(ctx context.Context, c chat.Caller, q *api.AddSubscriberRequest) (*api.AddSubscriberResponse, error) {
	ids := make([]string, 0, len(q.SubscriberList))
	for _, i := range q.SubscriberList {
		ids = append(ids, i.SubscriberAccount)
	}
	results, err := e.officials.Subscribe(ctx, c, q.OfficialAccount, ids)
	return &api.AddSubscriberResponse{Response: success, SubscriberList: subscriberResults(ids, results)}, err
}

func (e officialEdge) deleteSubscriber(ctx context.Context, c chat.Caller, q *api.DeleteSubscriberRequest) (*api.DeleteSubscriberResponse, error) {
	ids := q.Subscribers()
	results, err := e.officials.Unsubscribe(ctx, c, q.OfficialAccount, ids)
	return &api.DeleteSubscriberResponse{Response: success, SubscriberList: subscriberResults(ids, results)}, err
}

// subscriberResults lists each user once, in the order asked.
func subscriberResults(ids []string, results map[string]official.Result) []api.SubscriberResult {
	list := make([]api.SubscriberResult, 0, len(results))
	for _, id := range ids {
		if result, ok := results[id]; ok {
			list = append(list, api.SubscriberResult{SubscriberAccount: id, Result: int(result)})
			delete(results, id)
		}
	}
	return list
}

func (e officialEdge) subscriberInfo(ctx context.Context, c chat.Caller, q *api.GetSubscriberInfoRequest) (*api.GetSubscriberInfoResponse, error) {
	after, ok := parseCursor(q.Next)
	if !ok {
		return nil, chat.ErrOfficialParameter.Because("Next is none that was returned")
	}
	page, err := e.officials.Subscribers(ctx, c, q.OfficialAccount, after, q.Limit)
	if err != nil {
		return nil, err
	}
	r := &api.GetSubscriberInfoResponse{
		Response: success, Next: formatCursor(page.Next), SubscriberNum: page.Total, SubscriberList: make([]api.Subscriber, 0, len(page.Subscribers)),
	}
	for _, s := range page.Subscribers {
		r.SubscriberList = append(r.SubscriberList, api.Subscriber{
			SubscriberAccount: s.UserID, SubscribeTime: s.SubscribeTime.Unix(), MsgFlag: s.MsgFlag, CustomString: s.CustomString,
		})
	}
	return r, nil
}

// formatCursor makes an opaque text of a place in a list, empty at its end.
func formatCursor(place int64) string {
	if place == 0 {
		return ""
	}
	return base64.StdEncoding.EncodeToString(strconv.AppendInt(nil, place, 10))
}

// parseCursor reads what formatCursor wrote, and nothing else.
func parseCursor(text string) (place int64, ok bool) {
	if text == "" {
		return 0, true
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return 0, false
	}
	place, err = strconv.ParseInt(string(raw), 10, 64)
	return place, err == nil && place > 0 && formatCursor(place) == text
}

func (e officialEdge) send(ctx context.Context, c chat.Caller, q *api.SendOfficialAccountMsgRequest) (*api.SendOfficialAccountMsgResponse, error) {
	sent, err := e.officials.Send(ctx, c, &official.SendRequest{
		ID: q.OfficialAccount, Random: q.Random, MsgBody: q.MsgBody, CloudCustomData: q.CloudCustomData, OnlineOnly: q.OnlineOnlyFlag > 0,
		NoLastMsg: slices.Contains(q.SendMsgControl, "NoLastMsg"), OfflinePush: pushInfo(q.OfflinePushInfo),
		SkipBefore: slices.Contains(q.ForbidCallbackControl, forbidBefore), SkipAfter: slices.Contains(q.ForbidCallbackControl, forbidAfter),
	})
	if err != nil {
		return nil, err
	}
	return &api.SendOfficialAccountMsgResponse{Response: success, MsgTime: sent.Time.Unix(), MsgKey: sent.MsgKey}, nil
}

// Words of ForbidCallbackControl.
const (
	forbidBefore = "ForbidBeforeSendMsgCallback"
	forbidAfter  = "ForbidAfterSendMsgCallback"
)

// pushInfo is OfflinePushInfo in its stored form.
func pushInfo(info *api.OfflinePushInfo) json.RawMessage {
	if info == nil {
		return nil
	}
	raw, err := json.Marshal(info)
	if err != nil {
		return nil // strings and numbers always encode
	}
	return raw
}

func (e officialEdge) recall(ctx context.Context, c chat.Caller, q *api.OfficialAccountMsgRecallRequest) (*api.OfficialAccountMsgRecallResponse, error) {
	results, err := e.officials.Recall(ctx, c, q.OfficialAccount, q.MsgKeyList, q.Reason)
	if err != nil {
		return nil, err
	}
	r := &api.OfficialAccountMsgRecallResponse{Response: success, RecallRetList: make([]api.OfficialAccountMsgRecallResult, 0, len(results))}
	for _, key := range q.MsgKeyList {
		r.RecallRetList = append(r.RecallRetList, api.OfficialAccountMsgRecallResult{MsgKey: key, RetCode: retCode(results[key])})
	}
	return r, nil
}

func retCode(refusal *chat.Error) int {
	if refusal == nil {
		return 0
	}
	return refusal.Code
}

// seconds is a time as the protocol writes it, 0 for none.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

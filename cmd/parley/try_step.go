package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/callback"
)

// step is one call that a try makes.
type step struct {
	title            string
	service, command string
	request          any
	// codes are those that are right; none stands for success only.
	codes []int
	fires callback.Command
}

// Codes that a try knows: something exists already, or not, or it is too early.
const (
	codeGroupNotFound   = 10010
	codeTooFrequent     = 10023
	codeGroupTaken      = 10021
	codeGroupTakenByOwn = 10025
	codeOfficialTaken   = 130008
)

// trySteps are the calls of a try, in their order.
func trySteps() ([]step, error) {
	var texts []message
	for _, text := range []string{"Hello from parley try", "Is anybody there?", "News from parley try"} {
		m, err := newMessage(text)
		if err != nil {
			return nil, err
		}
		texts = append(texts, m)
	}
	hello, lost, news := texts[0], texts[1], texts[2]
	return []step{
		{
			title: "Import two accounts", service: api.AccountService, command: "multiaccount_import",
			request: &api.MultiaccountImportRequest{Accounts: []string{tryOwner, tryMember}},
		},
		{
			title: "Create a group of the two", service: api.GroupService, command: "create_group",
			request: &api.CreateGroupRequest{
				OwnerAccount: tryOwner, Type: "Public", GroupID: tryGroup, Name: "A try",
				MemberList: []api.CreateGroupMember{{MemberAccount: tryMember}},
			},
			codes: []int{0, codeGroupTaken, codeGroupTakenByOwn},
		},
		{
			title: "Create an official account", service: api.OfficialService, command: "create_official_account",
			request: &api.CreateOfficialAccountRequest{OwnerAccount: tryOwner, OfficialAccountUserID: tryOfficial, Name: "Try news"},
			codes:   []int{0, codeOfficialTaken},
		},
		{
			title: "Subscribe to it", service: api.OfficialService, command: "add_subscriber",
			request: &api.AddSubscriberRequest{OfficialAccount: tryOfficial, SubscriberList: []api.SubscriberItem{{SubscriberAccount: tryMember}}},
		},
		{
			title: "Send a message to the group", service: api.GroupService, command: "send_group_msg",
			request: &api.SendGroupMsgRequest{GroupID: tryGroup, FromAccount: tryOwner, Random: hello.random, MsgBody: hello.body},
			fires:   callback.CommandGroupAfterSendMsg,
		},
		{
			title: "Send one to a group that does not exist, which is refused", service: api.GroupService, command: "send_group_msg",
			request: &api.SendGroupMsgRequest{GroupID: tryNoGroup, FromAccount: tryOwner, Random: lost.random, MsgBody: lost.body},
			codes:   []int{codeGroupNotFound},
			fires:   callback.CommandGroupSendMsgException,
		},
		{
			title: "Broadcast to the subscribers", service: api.OfficialService, command: "send_official_account_msg",
			request: &api.SendOfficialAccountMsgRequest{OfficialAccount: tryOfficial, Random: news.random, MsgBody: news.body},
			fires:   callback.CommandOfficialAccountAfterSendMsg,
		},
	}, nil
}

// do makes the call. If it comes too early after an earlier try, it waits for a
// second and makes it again, as a backend should.
func (s *step) do(ctx context.Context, rest *api.Client) call {
	made := call{Command: s.service + "/" + s.command, Request: s.request, Fires: s.fires}
	err := rest.Call(ctx, s.service, s.command, s.request, &made.Response)
	refused, _ := errors.AsType[*api.Error](err)
	if refused != nil && refused.Code == codeTooFrequent {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
		err = rest.Call(ctx, s.service, s.command, s.request, &made.Response)
		refused, _ = errors.AsType[*api.Error](err)
	}
	code := 0
	switch {
	case refused != nil:
		code, made.Error = refused.Code, refused.Error()
	case err != nil:
		made.Error, made.err = err.Error(), err
		return made
	}
	right := s.codes
	if len(right) == 0 {
		right = []int{0}
	}
	switch {
	case slices.Contains(right, code):
	case refused != nil:
		made.err = err
	default:
		made.err = fmt.Errorf("%s succeeded although it should be refused with %d", made.Command, right[0])
	}
	return made
}

package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func stateChange(e event.StateChanged) callback.Body {
	b := callback.StateChange{
		EventTime: e.At.UnixMilli(),
		Info:      callback.StateInfo{Action: string(e.Action), ToAccount: e.Caller.UserID, Reason: e.Reason},
	}
	for _, p := range e.Kicked {
		b.KickedDevice = append(b.KickedDevice, callback.KickedDevice{Platform: callback.Platform(p)})
	}
	return b
}

func profilePortraitSet(e event.ProfileChanged) callback.Body {
	b := callback.ProfilePortraitSet{OperatorAccount: e.Caller.UserID, FromAccount: e.UserID, EventTime: e.At.UnixMilli()}
	for _, f := range e.Fields {
		b.ProfileItem = append(b.ProfileItem, callback.ProfileItem{Tag: f.Tag, Value: f.Value})
	}
	return b
}

func snsPrevFriendAdd(e event.BeforeFriendAdd) callback.Body {
	b := callback.SNSPrevFriendAdd{
		RequesterAccount: e.Caller.UserID, FromAccount: e.UserID, AddType: "Add_Type_Single", EventTime: e.At.UnixMilli(),
	}
	if e.Both {
		b.AddType = "Add_Type_Both"
	}
	for _, f := range e.Friends {
		b.FriendItem = append(b.FriendItem, callback.FriendItem{
			ToAccount: f.UserID, Remark: f.Remark, GroupName: f.Group, AddSource: f.AddSource, AddWording: f.AddWording,
		})
	}
	return b
}

func snsPrevFriendResponse(e event.BeforeFriendResponse) callback.Body {
	b := callback.SNSPrevFriendResponse{RequesterAccount: e.Caller.UserID, FromAccount: e.UserID, EventTime: e.At.UnixMilli()}
	for _, r := range e.Responses {
		b.ResponseFriendItem = append(b.ResponseFriendItem, callback.ResponseFriendItem{
			ToAccount: r.UserID, Remark: r.Remark, TagName: r.Group, ResponseAction: string(r.Action),
		})
	}
	return b
}

func snsFriendAdd(e event.FriendsAdded) callback.Body {
	b := callback.SNSFriendAdd{ClientCmd: "friend_add"}
	if e.Response {
		b.ClientCmd = "friend_response"
	}
	if e.Caller.Admin {
		b.AdminAccount = e.Caller.UserID
	}
	for _, p := range e.Pairs {
		b.PairList = append(b.PairList, callback.AddedFriendPair{FromAccount: p.Owner, ToAccount: p.Friend, InitiatorAccount: e.Initiator})
	}
	return b
}

func snsFriendDelete(e event.FriendsDeleted) callback.Body {
	var b callback.SNSFriendDelete
	for _, p := range e.Pairs {
		b.PairList = append(b.PairList, callback.AccountPair{FromAccount: p.Owner, ToAccount: p.Friend})
	}
	return b
}

func snsBlackListAdd(e event.UsersBlocked) callback.Body {
	return callback.SNSBlackListAdd{PairList: accountPairs(e.UserID, e.Blocked)}
}

func snsBlackListDelete(e event.UsersUnblocked) callback.Body {
	return callback.SNSBlackListDelete{PairList: accountPairs(e.UserID, e.Unblocked)}
}

func accountPairs(owner string, ids []string) []callback.AccountPair {
	pairs := make([]callback.AccountPair, 0, len(ids))
	for _, id := range ids {
		pairs = append(pairs, callback.AccountPair{FromAccount: owner, ToAccount: id})
	}
	return pairs
}

func followAfterFollowAdd(e event.UsersFollowed) callback.Body {
	return callback.FollowAfterFollowAdd{FromAccount: e.UserID, FollowList: followedAccounts(e.Follows), EventTime: e.At.UnixMilli()}
}

func followAfterFollowDelete(e event.UsersUnfollowed) callback.Body {
	return callback.FollowAfterFollowDelete{FromAccount: e.UserID, FollowList: followedAccounts(e.Follows), EventTime: e.At.UnixMilli()}
}

func followedAccounts(follows []event.Follow) []callback.FollowedAccount {
	list := make([]callback.FollowedAccount, 0, len(follows))
	for _, f := range follows {
		list = append(list, callback.FollowedAccount{ToAccount: f.UserID})
	}
	return list
}

// decidesEach says whether the app's reply decides on single users.
func decidesEach(command callback.Command) bool {
	return command == callback.CommandSNSPrevFriendAdd || command == callback.CommandSNSPrevFriendResponse
}

// decisions reads a reply that decides on single users. Spec: webhooks#4.12
func decisions(command callback.Command, reply callback.Reply) event.Answer {
	var answer event.Answer
	for _, r := range reply.ResultItem {
		if r.ResultCode == callback.CodeAllow {
			continue
		}
		if answer.Refusals == nil {
			answer.Refusals = make(map[string]*chat.Error, len(reply.ResultItem))
		}
		answer.Refusals[r.ToAccount] = refusalOf(command)
		if command.PassesOn(r.ResultCode) {
			answer.Refusals[r.ToAccount] = &chat.Error{Code: r.ResultCode, Text: r.ResultInfo}
		}
	}
	answer.ByApp = len(answer.Refusals) > 0
	return answer
}

package gateway

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/mark"
)

func (g *Gateway) markPackets() []Packet {
	const marks, long = "openim_msg_ext_http_svc", "im_long_msg"
	return []Packet{
		packet(marks, "reaction_add", g.reactionAdd),
		packet(marks, "group_reaction_add", g.reactionAdd),
		packet(marks, "reaction_del", g.reactionDel),
		packet(marks, "group_reaction_del", g.reactionDel),
		packet(marks, "reaction_multi_stat", g.reactionMultiStat),
		packet(marks, "group_reaction_multi_stat", g.reactionMultiStat),
		packet(marks, "reaction_iterate", g.reactionIterate),
		packet(marks, "group_reaction_iterate", g.reactionIterate),
		packet(marks, "set_key_values", g.setKeyValues),
		packet(marks, "group_set_key_values", g.setKeyValues),
		packet(marks, "get_key_values", g.getKeyValues),
		packet(marks, "group_get_key_values", g.getKeyValues),
		packet(long, "save_relay_json_msg", g.saveRelay),
		packet(long, "get_relay_json_msg", g.getRelay),
		before(packet("im_cos_msg", "pre_sig", g.preSig)),
	}
}

// markTarget names a message in requests: one of a group if there is a GroupId.
type markTarget struct {
	GroupID     string `json:"GroupId"`
	TopicID     string `json:"TopicId"`
	MsgSeq      int64  `json:"MsgSeq"`
	FromAccount string `json:"From_Account"`
	ToAccount   string `json:"To_Account"`
	MsgKey      string `json:"MsgKey"`
}

func (t *markTarget) target() (mark.Target, error) {
	target := mark.Target{GroupID: t.GroupID, TopicID: t.TopicID, Seq: t.MsgSeq, From: t.FromAccount, To: t.ToAccount}
	if t.GroupID != "" {
		return target, nil
	}
	var err error
	target.Key, err = chat.ParsePairKey(t.MsgKey)
	return target, err
}

type reactionRequest struct {
	markTarget

	Reaction string `json:"Reaction"`
}

func (g *Gateway) reactionAdd(ctx context.Context, r *request, q *reactionRequest) (*done, error) {
	target, err := q.target()
	if err != nil {
		return nil, err
	}
	return nil, g.Marks.AddReaction(ctx, r.caller, target, q.Reaction)
}

func (g *Gateway) reactionDel(ctx context.Context, r *request, q *reactionRequest) (*done, error) {
	target, err := q.target()
	if err != nil {
		return nil, err
	}
	return nil, g.Marks.RemoveReaction(ctx, r.caller, target, q.Reaction)
}

type reactionStatRequest struct {
	GroupID     string   `json:"GroupId"`
	TopicID     string   `json:"TopicId"`
	MsgSeqList  []int64  `json:"MsgSeqList"`
	FromAccount string   `json:"From_Account"`
	ToAccount   string   `json:"To_Account"`
	MsgKeyList  []string `json:"MsgKeyList"`
	// Count is how many users to name of each reaction.
	Count int `json:"Count"`
}

// targets are the messages that a request names.
func (q *reactionStatRequest) targets() []markTarget {
	targets := make([]markTarget, 0, len(q.MsgSeqList)+len(q.MsgKeyList))
	if q.GroupID != "" {
		for _, seq := range q.MsgSeqList {
			targets = append(targets, markTarget{GroupID: q.GroupID, TopicID: q.TopicID, MsgSeq: seq})
		}
		return targets
	}
	for _, key := range q.MsgKeyList {
		targets = append(targets, markTarget{FromAccount: q.FromAccount, ToAccount: q.ToAccount, MsgKey: key})
	}
	return targets
}

type reactionStatAnswer struct {
	Status

	Results []reactionStat `json:"Results"`
}

type reactionStat struct {
	MsgSeq             int64      `json:"MsgSeq,omitempty"`
	MsgKey             string     `json:"MsgKey,omitempty"`
	MsgReactionSummary []reaction `json:"MsgReactionSummary"`
}

func (g *Gateway) reactionMultiStat(ctx context.Context, r *request, q *reactionStatRequest) (*reactionStatAnswer, error) {
	named := q.targets()
	targets := make([]mark.Target, 0, len(named))
	for i := range named {
		target, err := named[i].target()
		if err != nil {
			return nil, err
		}
		targets = append(targets, target)
	}
	all, err := g.Marks.Reactions(ctx, r.caller, targets)
	if err != nil {
		return nil, err
	}
	answer := &reactionStatAnswer{Results: make([]reactionStat, 0, len(all))}
	for i, reactions := range all {
		stat := reactionStat{MsgSeq: named[i].MsgSeq, MsgKey: named[i].MsgKey, MsgReactionSummary: make([]reaction, 0, len(reactions))}
		for _, one := range reactions {
			wire := newReaction(one, q.Count)
			wire.ReactedByMe = new(bit(slices.Contains(one.Users, r.caller.UserID)))
			stat.MsgReactionSummary = append(stat.MsgReactionSummary, wire)
		}
		answer.Results = append(answer.Results, stat)
	}
	return answer, nil
}

type reactionUsersAnswer struct {
	Status

	ReactionAccount []string `json:"Reaction_Account"`
	// NextSeq is 0 because all fit into one answer.
	NextSeq int `json:"NextSeq"`
}

func (g *Gateway) reactionIterate(ctx context.Context, r *request, q *reactionRequest) (*reactionUsersAnswer, error) {
	target, err := q.target()
	if err != nil {
		return nil, err
	}
	users, err := g.Marks.ReactionUsers(ctx, r.caller, target, q.Reaction)
	return &reactionUsersAnswer{ReactionAccount: append([]string{}, users...)}, err
}

type setKeyValuesRequest struct {
	markTarget

	// OperateType is 1 to set, 2 to delete, 3 to delete all.
	OperateType   int         `json:"OperateType"`
	ExtensionList []extension `json:"ExtensionList"`
}

type setKeyValuesAnswer struct {
	Status

	ExtensionList []extensionResult `json:"ExtensionList"`
	Seq           int64             `json:"Seq"`
}

type extensionResult struct {
	ErrorCode int       `json:"ErrorCode"`
	Extension extension `json:"Extension"`
}

func (g *Gateway) setKeyValues(ctx context.Context, r *request, q *setKeyValuesRequest) (*setKeyValuesAnswer, error) {
	target, err := q.target()
	if err != nil {
		return nil, err
	}
	change := mark.ExtensionRequest{Target: target, Operation: chat.ExtensionOperation(q.OperateType)}
	for _, e := range q.ExtensionList {
		change.List = append(change.List, chat.Extension(e))
	}
	changed, err := g.Marks.ChangeExtensions(ctx, r.caller, change)
	if err != nil {
		return nil, err
	}
	answer := &setKeyValuesAnswer{ExtensionList: make([]extensionResult, 0, len(changed.Results)), Seq: changed.Version}
	for _, one := range changed.Results {
		result := extensionResult{Extension: extension(one.Pair)}
		if one.Err != nil {
			result.ErrorCode = one.Err.Code
		}
		answer.ExtensionList = append(answer.ExtensionList, result)
	}
	return answer, nil
}

type getKeyValuesRequest struct {
	markTarget

	StartSeq int64 `json:"StartSeq"`
}

type getKeyValuesAnswer struct {
	Status

	ExtensionList []extension `json:"ExtensionList"`
	CompleteFlag  int         `json:"CompleteFlag"`
	LatestSeq     int64       `json:"LatestSeq"`
	ClearSeq      int64       `json:"ClearSeq"`
}

func (g *Gateway) getKeyValues(ctx context.Context, r *request, q *getKeyValuesRequest) (*getKeyValuesAnswer, error) {
	target, err := q.target()
	if err != nil {
		return nil, err
	}
	page, err := g.Marks.Extensions(ctx, r.caller, target, q.StartSeq)
	if err != nil {
		return nil, err
	}
	return &getKeyValuesAnswer{
		ExtensionList: newExtensions(page.List), CompleteFlag: bit(page.Complete), LatestSeq: page.Version, ClearSeq: page.ClearVersion,
	}, nil
}

type saveRelayRequest struct {
	MsgList json.RawMessage `json:"MsgList"`
}

type saveRelayAnswer struct {
	Status

	JSONMsgKey string `json:"JsonMsgKey"`
	// PbMsgKey is for clients that speak another encoding; it is the same.
	PbMsgKey string `json:"PbMsgKey"`
}

func (g *Gateway) saveRelay(ctx context.Context, r *request, q *saveRelayRequest) (*saveRelayAnswer, error) {
	key, err := g.Marks.SaveRelay(ctx, r.caller, q.MsgList)
	if err != nil {
		return nil, err
	}
	return &saveRelayAnswer{JSONMsgKey: key, PbMsgKey: key}, nil
}

type getRelayRequest struct {
	JSONMsgKey string `json:"JsonMsgKey"`
}

type getRelayAnswer struct {
	Status

	MsgList json.RawMessage `json:"MsgList,omitempty"`
}

func (g *Gateway) getRelay(ctx context.Context, r *request, q *getRelayRequest) (*getRelayAnswer, error) {
	list, err := g.Marks.Relay(ctx, r.caller, q.JSONMsgKey)
	if err != nil {
		return nil, err
	}
	return &getRelayAnswer{MsgList: list}, nil
}

// preSig refuses to take a file. Its row is there to say so.
func (g *Gateway) preSig(context.Context, *request, *empty) (*done, error) {
	return nil, chat.ErrUnknownCommand.Because("this server stores no files; send the address of one that is stored elsewhere")
}

package gateway

import (
	"context"
	"slices"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/group"
)

func (g *Gateway) attributePackets() []Packet {
	const attributes = "group_open_attr_http_svc"
	return []Packet{
		packet(serviceGroup, "set_group_attr", g.setGroupAttr),
		packet(serviceGroup, "modify_group_attr", g.modifyGroupAttr),
		packet(serviceGroup, "delete_group_attr", g.deleteGroupAttr),
		packet(serviceGroup, "clear_group_attr", g.clearGroupAttr),
		packet(attributes, "get_group_attr", g.getGroupAttr),
		packet(serviceGroup, "update_group_counter", g.updateGroupCounter),
		packet(serviceGroup, "get_group_counter", g.getGroupCounter),
		packet(serviceGroup, "pin_message", g.pinMessage),
		packet(serviceGroup, "unpin_message", g.unpinMessage),
		packet(serviceGroup, "get_pinned_messages", g.getPinnedMessages),
	}
}

// attribute is one key with its value, as clients and pushes have it.
type attribute struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Seq   int64  `json:"seq"`
}

func newAttributes(list []chat.Attribute) []attribute {
	wire := make([]attribute, 0, len(list))
	for _, a := range list {
		wire = append(wire, attribute(a))
	}
	return wire
}

type groupAttrRequest struct {
	GroupID     string      `json:"GroupId"`
	GroupAttr   []attribute `json:"GroupAttr"`
	AttrMainSeq int64       `json:"AttrMainSeq"`
	// AttrControl holds RaceConflict if AttrMainSeq must be the present version.
	AttrControl []string `json:"AttrControl"`
}

type groupAttrAnswer struct {
	Status

	AttrMainSeq  int64       `json:"AttrMainSeq"`
	GroupAttrAry []attribute `json:"GroupAttrAry"`
}

func (g *Gateway) setGroupAttr(ctx context.Context, r *request, q *groupAttrRequest) (*groupAttrAnswer, error) {
	return g.changeGroupAttr(ctx, r, q, chat.AttributesSet)
}

func (g *Gateway) modifyGroupAttr(ctx context.Context, r *request, q *groupAttrRequest) (*groupAttrAnswer, error) {
	return g.changeGroupAttr(ctx, r, q, chat.AttributesModify)
}

func (g *Gateway) deleteGroupAttr(ctx context.Context, r *request, q *groupAttrRequest) (*groupAttrAnswer, error) {
	return g.changeGroupAttr(ctx, r, q, chat.AttributesDelete)
}

func (g *Gateway) clearGroupAttr(ctx context.Context, r *request, q *groupAttrRequest) (*groupAttrAnswer, error) {
	q.GroupAttr = nil
	return g.changeGroupAttr(ctx, r, q, chat.AttributesClear)
}

func (g *Gateway) changeGroupAttr(ctx context.Context, r *request, q *groupAttrRequest, operation chat.AttributeOperation) (*groupAttrAnswer, error) {
	change := group.AttributeRequest{GroupID: q.GroupID, Operation: operation}
	for _, a := range q.GroupAttr {
		change.List = append(change.List, chat.Attribute(a))
	}
	if slices.Contains(q.AttrControl, "RaceConflict") {
		change.Version = &q.AttrMainSeq
	}
	changed, err := g.Groups.ChangeAttributes(ctx, r.caller, change)
	if err != nil {
		return nil, err
	}
	return &groupAttrAnswer{AttrMainSeq: changed.Version, GroupAttrAry: newAttributes(changed.List)}, nil
}

func (g *Gateway) getGroupAttr(ctx context.Context, r *request, q *groupIDRequest) (*groupAttrAnswer, error) {
	held, err := g.Groups.Attributes(ctx, r.caller, q.GroupID)
	if err != nil {
		return nil, err
	}
	return &groupAttrAnswer{AttrMainSeq: held.Version, GroupAttrAry: newAttributes(held.List)}, nil
}

// counter is one key with its number, as clients and pushes have it.
type counter struct {
	Key   string `json:"Key"`
	Value int64  `json:"Value"`
}

func newCounters(list []chat.Counter) []counter {
	wire := make([]counter, 0, len(list))
	for _, c := range list {
		wire = append(wire, counter(c))
	}
	return wire
}

type updateCounterRequest struct {
	GroupID      string    `json:"GroupId"`
	GroupCounter []counter `json:"GroupCounter"`
	Mode         string    `json:"Mode"`
}

type counterAnswer struct {
	Status

	GroupCounter    []counter `json:"GroupCounter"`
	GroupCounterSeq int64     `json:"GroupCounterSeq,omitempty"`
}

func (g *Gateway) updateGroupCounter(ctx context.Context, r *request, q *updateCounterRequest) (*counterAnswer, error) {
	change := group.CounterRequest{GroupID: q.GroupID, Mode: group.CounterMode(q.Mode)}
	for _, c := range q.GroupCounter {
		change.List = append(change.List, chat.Counter(c))
	}
	changed, err := g.Groups.UpdateCounters(ctx, r.caller, change)
	if err != nil {
		return nil, err
	}
	return &counterAnswer{GroupCounter: newCounters(changed)}, nil
}

type getCounterRequest struct {
	GroupID          string   `json:"GroupId"`
	GroupCounterKeys []string `json:"GroupCounterKeys"`
}

func (g *Gateway) getGroupCounter(ctx context.Context, r *request, q *getCounterRequest) (*counterAnswer, error) {
	held, err := g.Groups.Counters(ctx, r.caller, q.GroupID, q.GroupCounterKeys)
	if err != nil {
		return nil, err
	}
	return &counterAnswer{GroupCounter: newCounters(held.List), GroupCounterSeq: held.Version}, nil
}

type pinRequest struct {
	GroupID string `json:"GroupId"`
	TopicID string `json:"TopicId"`
	MsgSeq  int64  `json:"MsgSeq"`
}

func (g *Gateway) pinMessage(ctx context.Context, r *request, q *pinRequest) (*done, error) {
	return nil, g.Groups.Pin(ctx, r.caller, q.GroupID, q.TopicID, q.MsgSeq)
}

func (g *Gateway) unpinMessage(ctx context.Context, r *request, q *pinRequest) (*done, error) {
	return nil, g.Groups.Unpin(ctx, r.caller, q.GroupID, q.TopicID, q.MsgSeq)
}

type pinnedRequest struct {
	GroupID string `json:"GroupId"`
	TopicID string `json:"TopicId"`
}

type pinnedAnswer struct {
	Status

	PinnedMsgList []pinned `json:"PinnedMsgList"`
}

type pinned struct {
	MsgSeq        int64  `json:"MsgSeq"`
	PinnerAccount string `json:"Pinner_Account"`
}

func (g *Gateway) getPinnedMessages(ctx context.Context, r *request, q *pinnedRequest) (*pinnedAnswer, error) {
	pins, err := g.Groups.Pins(ctx, r.caller, q.GroupID, q.TopicID)
	if err != nil {
		return nil, err
	}
	answer := &pinnedAnswer{PinnedMsgList: make([]pinned, 0, len(pins))}
	for _, p := range pins {
		answer.PinnedMsgList = append(answer.PinnedMsgList, pinned{MsgSeq: p.Seq, PinnerAccount: p.UserID})
	}
	return answer, nil
}

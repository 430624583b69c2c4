package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-im/parley/internal/chat"
)

// Packet is one row of the table: a command that clients send.
type Packet struct {
	// Service and Command together are the servcmd of the protocol.
	Service, Command string
	// BeforeLogin allows it to those who have no session.
	BeforeLogin bool

	do func(context.Context, *request) (answer, error)
}

// ServCmd is how requests name the command.
func (p *Packet) ServCmd() string { return p.Service + "." + p.Command }

// request is one request of a client.
type request struct {
	caller chat.Caller
	// session is nil before login.
	session *session
	conn    *conn
	head    head
	body    json.RawMessage
}

// service is the name under which the command was called, which tells communities
// from other groups in a few commands.
func (r *request) service() string { return serviceOf(r.head.ServCmd) }

// Status begins every answer.
type Status struct {
	ActionStatus string `json:"ActionStatus"`
	ErrorCode    int    `json:"ErrorCode"`
	ErrorInfo    string `json:"ErrorInfo"`
}

// answer is the body of an answer.
type answer interface{ status() *Status }

func (s *Status) status() *Status { return s }

// set fills in the outcome; nil is success.
func (s *Status) set(err *chat.Error) {
	if err == nil {
		s.ActionStatus = "OK"
		return
	}
	s.ActionStatus, s.ErrorCode, s.ErrorInfo = "FAIL", err.Code, err.Text
}

// packet makes a row from the function that serves it. The function may return an
// answer beside an error, for what a client has to know of a refusal; nil is an
// answer that holds nothing else.
func packet[Q, A any, P interface {
	*A
	answer
}](service, command string, do func(context.Context, *request, *Q) (*A, error),
) Packet {
	return tolerant[Q, A, P](service, command, func(ctx context.Context, r *request, q *Q, fault *chat.Error) (*A, error) {
		if fault != nil {
			return nil, fault
		}
		return do(ctx, r, q)
	})
}

// tolerant is packet for those that see a request in spite of a field of the wrong
// type, because its refusal fires a webhook.
func tolerant[Q, A any, P interface {
	*A
	answer
}](service, command string, do func(context.Context, *request, *Q, *chat.Error) (*A, error),
) Packet {
	return Packet{
		Service: service, Command: command,
		do: func(ctx context.Context, r *request) (answer, error) {
			q, fault := decode[Q](r.body, invalid(service))
			a, err := do(ctx, r, q, fault)
			if a == nil {
				a = new(A)
			}
			return P(a), err
		},
	}
}

// decode reads what it can of a body; the fault says what it could not.
func decode[Q any](body []byte, invalid *chat.Error) (*Q, *chat.Error) {
	q := new(Q)
	err := json.Unmarshal(body, q)
	if err == nil {
		return q, nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return q, invalid.Because("%s has the wrong type", wrong.Field)
	}
	return q, invalid.Because("the body is no JSON object")
}

// invalid is what a service answers to a field of the wrong type.
func invalid(service string) *chat.Error {
	switch service {
	case serviceC2C:
		return chat.ErrPairRequest
	case serviceProfile:
		return chat.ErrProfileParameter
	case serviceSNS:
		return chat.ErrRelationParameter
	case serviceRecent:
		return chat.ErrRecentParameter
	}
	return chat.ErrParameter
}

// table is every command.
func (g *Gateway) table() []Packet {
	return slices.Concat(
		g.statusPackets(), g.configPackets(), g.userStatusPackets(), g.profilePackets(), g.relationPackets(), g.followPackets(),
		g.pairPackets(), g.recentPackets(), groups(g.groupPackets()...), groups(g.messagePackets()...), groups(g.attributePackets()...),
		g.markPackets(), groups(g.roomPackets()...), g.topicPackets(),
	)
}

// Services of the protocol.
const (
	serviceStatus    = "im_open_status"
	serviceGroup     = "group_open_http_svc"
	serviceCommunity = "million_group_open_http_svc"
	serviceC2C       = "openim"
	serviceProfile   = "profile"
	serviceSNS       = "sns"
	serviceRecent    = "recentcontact"
)

// before marks rows as allowed without a session.
func before(p Packet) Packet {
	p.BeforeLogin = true
	return p
}

// groups makes rows of group commands available under both services that they
// have.
func groups(rows ...Packet) []Packet {
	both := slices.Clone(rows)
	for _, p := range rows {
		if p.Service == serviceGroup {
			p.Service = serviceCommunity
			both = append(both, p)
		}
	}
	return both
}

// empty is a body without fields that matter.
type empty struct{}

// done is an answer without fields of its own.
type done struct{ Status }

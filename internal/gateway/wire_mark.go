package gateway

import "github.com/parley-im/parley/internal/chat"

// reaction is how users reacted to a message, in answers and pushes.
type reaction struct {
	Reaction string `json:"Reaction"`
	// Count is of all users, Users are the first of them.
	Count int      `json:"Count"`
	Users []string `json:"Reaction_Account"`
	// ReactedByMe is left out of pushes, which are the same for everybody.
	ReactedByMe *int `json:"ReactedByMe,omitempty"`
}

// newReaction shows at most limit users.
func newReaction(r chat.Reaction, limit int) reaction {
	users := r.Users[:min(max(limit, 0), len(r.Users))]
	return reaction{Reaction: r.ID, Count: len(r.Users), Users: append([]string{}, users...)}
}

// extension is a key-value pair of a message, in requests, answers and pushes.
type extension struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
	Seq   int64  `json:"Seq"`
}

func newExtensions(list []chat.Extension) []extension {
	wire := make([]extension, 0, len(list))
	for _, e := range list {
		wire = append(wire, extension(e))
	}
	return wire
}

// messageName is by what clients recognise a message that they hold.
type messageName struct {
	TinyID        string `json:"TinyId,omitempty"`
	MsgClientTime int64  `json:"MsgClientTime"`
	MsgRandom     uint32 `json:"MsgRandom"`
}

func newMessageName(app chat.SDKAppID, m *chat.Message) *messageName {
	return &messageName{TinyID: chat.TinyID(app, m.Sender), MsgClientTime: m.ClientTime, MsgRandom: m.Random}
}

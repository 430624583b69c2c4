package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/event"
)

func (g *Gateway) statusPackets() []Packet {
	return []Packet{
		before(packet(serviceStatus, "wslogin", g.login)),
		before(packet(serviceStatus, "wslogout", g.logout)),
		packet(serviceStatus, "wshello", g.hello),
		before(packet("heartbeat", "alive", g.alive)),
		packet(serviceC2C, "ws_msg_push_ack", g.pushAck),
	}
}

// helloInterval is how often a client says hello, in seconds.
const helloInterval = 120

// allFeatures switches on everything that the client could refuse by itself.
var allFeatures = strings.Repeat("1", 64)

type loginAnswer struct {
	Status

	A2Key          string `json:"A2Key,omitempty"`
	TinyID         string `json:"TinyId,omitempty"`
	InstID         int64  `json:"InstId,omitempty"`
	TimeStamp      int64  `json:"TimeStamp,omitempty"`
	HelloInterval  int    `json:"HelloInterval,omitempty"`
	CustomStatus   string `json:"CustomStatus"`
	PurchaseBits   string `json:"PurchaseBits,omitempty"`
	RichMsgAuthKey string `json:"RichMsgAuthKey"`
	kickAnswer
}

// kickAnswer tells a client that asks that its session was ended.
type kickAnswer struct {
	KickType    chat.KickType `json:"KickType,omitempty"`
	NewInstInfo *newInstance  `json:"NewInstInfo,omitempty"`
}

type newInstance struct {
	InstID   int64  `json:"InstId,omitempty"`
	Platform string `json:"Platform,omitempty"`
}

// kickedAnswer is the answer to any request of a session that was ended.
type kickedAnswer struct {
	Status
	kickAnswer
}

func kicked(why chat.KickType) answer {
	if why == chat.KickedNot {
		return new(done)
	}
	return &kickedAnswer{kickAnswer: kickAnswer{KickType: why, NewInstInfo: &newInstance{}}}
}

// errLoggedOut is for requests that a client sent before it logged out: it must not
// be told that its UserSig ran out.
var errLoggedOut = chat.ErrKicked.Because("it logged out")

// endedError is what a request of a session that is over is refused with.
func endedError(why chat.KickType) error {
	if why == chat.KickedNot {
		return errLoggedOut
	}
	return chat.ErrKicked
}

// login begins a session, or goes on with one when the client shows its token.
func (g *Gateway) login(ctx context.Context, r *request, _ *empty) (*loginAnswer, error) {
	if r.head.A2 != "" {
		return g.relogin(ctx, r)
	}
	if r.head.Identifier == "" {
		return nil, chat.ErrIdentifier
	}
	if r.head.UserSig == "" {
		return nil, chat.ErrUserSigEmpty
	}
	expires, err := g.Verifier.Verify(r.caller.App, r.head.Identifier, r.head.UserSig)
	if err != nil {
		return nil, err
	}
	token := strings.ToLower(rand.Text())
	made, err := g.Status.Login(ctx, r.caller, hashToken(token), expires)
	if err != nil {
		return nil, err
	}
	s := newSession(r.caller.App, made)
	if err := g.open(ctx, s); err != nil {
		return nil, err
	}
	return g.enter(ctx, r, s, token)
}

// relogin goes on with a session on a new connection.
func (g *Gateway) relogin(ctx context.Context, r *request) (*loginAnswer, error) {
	s, err := g.authenticate(ctx, r.caller.App, &r.head)
	why, over := chat.KickedNot, false
	if s != nil {
		why, over = s.ended()
	}
	if over {
		return &loginAnswer{kickAnswer: kickAnswer{KickType: why, NewInstInfo: &newInstance{}}}, endedError(why)
	}
	if err != nil {
		return nil, err
	}
	// The answer goes out before what was missed, so it is written here.
	return g.resume(ctx, r, s)
}

func (g *Gateway) welcome(ctx context.Context, app *chat.App, s *session, token string) *loginAnswer {
	return &loginAnswer{
		A2Key: token, TinyID: s.tinyID, InstID: s.instance, TimeStamp: g.Clock().Unix(), HelloInterval: helloInterval, PurchaseBits: allFeatures,
		CustomStatus: g.ownStatus(ctx, g.callerOf(app, s)),
	}
}

// hashToken is what is kept of a token, so that nobody who reads the database can
// use it.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// logout ends a session. One that is over already was ended elsewhere, and its
// client only says goodbye.
func (g *Gateway) logout(ctx context.Context, r *request, _ *empty) (*done, error) {
	s, err := g.authenticate(ctx, r.caller.App, &r.head)
	if err != nil || s == nil {
		return nil, nil //nolint:nilerr // there is nothing to end
	}
	if _, over := s.ended(); over {
		return nil, nil
	}
	r.caller.UserID, r.caller.Platform, r.caller.Instance = s.userID, s.platform, s.instance
	if err := g.Status.Logout(ctx, r.caller); err != nil {
		return nil, err
	}
	g.end(s, chat.KickedNot)
	return nil, nil
}

func (g *Gateway) hello(context.Context, *request, *empty) (*done, error) { return nil, nil }

// alive is answered where it is received; the row is for the table.
func (g *Gateway) alive(context.Context, *request, *empty) (*done, error) { return nil, nil }

// pushAck is taken where it is received; the row is for the table.
func (g *Gateway) pushAck(context.Context, *request, *empty) (*done, error) { return nil, nil }

var statusPushes = []pushRow{push(instanceKicked), push(instanceMoved)}

// instanceKicked tells a client that its session is over.
func instanceKicked(h *hub, e event.InstanceKicked) {
	if h.onlyUsers(e.Caller.App.SDKAppID, []string{e.UserID}) {
		return
	}
	for _, s := range h.sessionsOf(e.Caller.App.SDKAppID, e.UserID) {
		if s.instance == e.Instance {
			h.endHere(s, e)
		}
	}
}

// endHere ends a session that was ended in storage. One that logged out elsewhere has
// no client here that had to be told.
func (h *hub) endHere(s *session, e event.InstanceKicked) {
	if c := s.connected(); c != nil && e.Type != chat.KickedNot {
		c.write(h.kickFrame(e))
	}
	h.gateway.end(s, e.Type)
}

// instanceMoved drops a session whose client goes on with it at another node. If it
// has come back here since then, it connects once more.
func instanceMoved(h *hub, e event.InstanceMoved) {
	if h.onlyUsers(e.Caller.App.SDKAppID, []string{e.Caller.UserID}) || !h.foreign {
		return
	}
	for _, s := range h.sessionsOf(e.Caller.App.SDKAppID, e.Caller.UserID) {
		if s.instance == e.Caller.Instance {
			h.gateway.move(s)
		}
	}
}

type kickPush struct {
	EventArray []kickEntry `json:"EventArray"`
}

type kickEntry struct {
	Event             eventNumber  `json:"Event"`
	C2cNotifyMsgArray []kickNotify `json:"C2cNotifyMsgArray"`
}

type kickNotify struct {
	KickoutMsgNotify kickAnswer `json:"KickoutMsgNotify"`
}

func (h *hub) kickFrame(e event.InstanceKicked) *frame {
	f, err := newFrame(headOut{ServCmd: "im_open_status.stat_forceoffline", Seq: h.lastID.Add(1)}, kickPush{
		EventArray: []kickEntry{{Event: eventPairNotify, C2cNotifyMsgArray: []kickNotify{{KickoutMsgNotify: kickAnswer{
			KickType: e.Type, NewInstInfo: &newInstance{InstID: e.By, Platform: string(e.ByPlatform)},
		}}}}},
	})
	if err != nil {
		return &frame{json: []byte("{}")} // strings and numbers always encode
	}
	return f
}

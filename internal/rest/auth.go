package rest

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/usersig"
)

// rememberedSignatures is how many verified UserSigs are kept, since a backend
// uses one for very many calls.
const rememberedSignatures = 4096

// authenticator finds out who calls. Spec: rest-common#2
type authenticator struct {
	apps     func(chat.SDKAppID) *chat.App
	clock    func() time.Time
	verified *lru.Cache[verifiedKey, *usersig.Token]
}

// verifiedKey is a UserSig and the key that it was verified with.
type verifiedKey struct{ signature, secret string }

func newAuthenticator(apps func(chat.SDKAppID) *chat.App, clock func() time.Time) (*authenticator, error) {
	verified, err := lru.New[verifiedKey, *usersig.Token](rememberedSignatures)
	if err != nil {
		return nil, err
	}
	return &authenticator{apps: apps, clock: clock, verified: verified}, nil
}

// caller reads the parameters of a request and verifies its UserSig.
func (a *authenticator) caller(rawQuery string) (chat.Caller, error) {
	p, err := parseParameters(rawQuery)
	if err != nil {
		return chat.Caller{}, chat.ErrRequestURL
	}
	app, err := a.app(p.sdkAppID)
	if err != nil {
		return chat.Caller{}, err
	}
	switch {
	case p.identifier == "":
		return chat.Caller{}, chat.ErrIdentifier
	case p.userSig == "":
		return chat.Caller{}, chat.ErrUserSigMissing
	case p.contentType != "" && !strings.EqualFold(p.contentType, "json"):
		return chat.Caller{}, chat.ErrContentType
	}
	if err := a.verify(app, p.identifier, p.userSig); err != nil {
		return chat.Caller{}, err
	}
	return chat.Caller{App: app, UserID: p.identifier, Admin: app.IsAdministrator(p.identifier), Platform: chat.PlatformREST}, nil
}

// parameters are those of a URL. Spec: rest-common#1.1
type parameters struct{ sdkAppID, identifier, userSig, contentType string }

// parseParameters reads a query like url.ParseQuery, without the map that would
// be thrown away again.
func parseParameters(rawQuery string) (p parameters, err error) {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		if strings.Contains(pair, ";") {
			return p, errSemicolon
		}
		name, value, _ := strings.Cut(pair, "=")
		if name, err = url.QueryUnescape(name); err != nil {
			return p, err
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return p, err
		}
		var into *string
		switch name {
		case "sdkappid":
			into = &p.sdkAppID
		case "identifier":
			into = &p.identifier
		case "usersig":
			into = &p.userSig
		case "contenttype":
			into = &p.contentType
		default:
			continue
		}
		if *into == "" { // the first one counts
			*into = value
		}
	}
	return p, nil
}

var errSemicolon = errors.New("a semicolon in the query")

func (a *authenticator) app(text string) (*chat.App, error) {
	if text == "" {
		return nil, chat.ErrSDKAppIDMissing
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return nil, chat.ErrSDKAppID
	}
	app := a.apps(chat.SDKAppID(id))
	if app == nil {
		return nil, chat.ErrAppNotFound
	}
	return app, nil
}

func (a *authenticator) verify(app *chat.App, identifier, signature string) error {
	key := verifiedKey{signature, app.SecretKey}
	token, ok := a.verified.Get(key)
	if !ok {
		var err error
		if token, err = usersig.Parse(signature); err != nil {
			return refusal(err)
		}
	}
	if err := token.Check(int64(app.SDKAppID), identifier, a.clock()); err != nil {
		return refusal(err)
	}
	if ok {
		return nil
	}
	if err := token.CheckSignature(app.SecretKey); err != nil {
		return refusal(err)
	}
	a.verified.Add(key, token)
	return nil
}

// refusals are the codes of package usersig in the words of the protocol.
var refusals = []*chat.Error{
	chat.ErrUserSigExpired, chat.ErrUserSigMalformed, chat.ErrUserSigInvalid, chat.ErrUserSigUser, chat.ErrUserSigApp,
}

func refusal(err error) error {
	if e, ok := errors.AsType[*usersig.Error](err); ok {
		for _, r := range refusals {
			if r.Code == e.Code() {
				return r
			}
		}
	}
	return chat.ErrUserSigMalformed
}

// clientIP is the address that a request came from: the peer's, or what trusted
// proxies say of it.
func (h *Handler) clientIP(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap().WithZone("")
	if len(r.Header["X-Forwarded-For"]) == 0 || !h.TrustsProxy(addr) {
		return addr.String()
	}
	// The list grows to the right; the first from there that is no proxy of ours
	// is the client.
	hops := strings.Split(strings.Join(r.Header["X-Forwarded-For"], ","), ",")
	for _, text := range slices.Backward(hops) {
		hop, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			break
		}
		if addr = hop.Unmap().WithZone(""); !h.TrustsProxy(addr) {
			break
		}
	}
	return addr.String()
}

package rest

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/credential"
)

// authenticator finds out who calls. Spec: rest-common#2
type authenticator struct {
	apps     func(chat.SDKAppID) *chat.App
	verifier *credential.Verifier
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
	if _, err := a.verifier.Verify(app, p.identifier, p.userSig); err != nil {
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

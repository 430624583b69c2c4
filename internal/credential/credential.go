// Package credential finds out for the edges who calls: which app, with which
// UserSig, from which address.
package credential

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/netip"
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

// Verifier checks UserSigs. It is safe for concurrent use.
type Verifier struct {
	clock    func() time.Time
	verified *lru.Cache[verifiedKey, *usersig.Token]
}

// verifiedKey is a hash of a UserSig and of the key that it was verified with, which
// takes less memory than the two.
type verifiedKey [sha256.Size]byte

func keyOf(signature, secret string) verifiedKey {
	return sha256.Sum256([]byte(strconv.Itoa(len(secret)) + " " + secret + signature))
}

// NewVerifier makes a verifier that takes the time from clock.
func NewVerifier(clock func() time.Time) (*Verifier, error) {
	verified, err := lru.New[verifiedKey, *usersig.Token](rememberedSignatures)
	if err != nil {
		return nil, err
	}
	return &Verifier{clock: clock, verified: verified}, nil
}

// Verify checks that signature was made for userID with the app's key and still
// holds. It returns until when, or a refusal. Spec: rest-common#2
func (v *Verifier) Verify(app *chat.App, userID, signature string) (expires time.Time, err error) {
	key := keyOf(signature, app.SecretKey)
	token, known := v.verified.Get(key)
	if !known {
		if token, err = usersig.Parse(signature); err != nil {
			return time.Time{}, refusal(err)
		}
	}
	if err := token.Check(int64(app.SDKAppID), userID, v.clock()); err != nil {
		return time.Time{}, refusal(err)
	}
	if !known {
		if err := token.CheckSignature(app.SecretKey); err != nil {
			return time.Time{}, refusal(err)
		}
		v.verified.Add(key, token)
	}
	return token.Claims().ExpiresAt(), nil
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

// ClientIP is the address that a request came from: the peer's, or what proxies
// that trusts accepts say of it.
func ClientIP(r *http.Request, trusts func(netip.Addr) bool) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap().WithZone("")
	if len(r.Header["X-Forwarded-For"]) == 0 || !trusts(addr) {
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
		if addr = hop.Unmap().WithZone(""); !trusts(addr) {
			break
		}
	}
	return addr.String()
}

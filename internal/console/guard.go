package console

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// guard lets only those pass who have the token.
func (c *Console) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := c.stranger(r.Header.Get("Authorization")); why != "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="parley"`)
			http.Error(w, why, http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// stranger says why who sent this header is not let in, or nothing.
func (c *Console) stranger(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	switch {
	case header == "":
		return "a token is needed: send the header Authorization: Bearer TOKEN; the token is in " + FileName + " in the server's data directory"
	case !strings.EqualFold(scheme, "Bearer"):
		return "the header Authorization must be of the form: Bearer TOKEN"
	case c.Token == "" || !equal(strings.TrimSpace(token), c.Token):
		return "this is not the server's token; the right one is in " + FileName + " in its data directory"
	}
	return ""
}

// equal compares in a time that tells nothing, not even the lengths.
func equal(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/parley-im/parley/internal/app"
	"github.com/parley-im/parley/internal/console/client"
	"github.com/parley-im/parley/internal/store"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 1 << 20

// serve runs what a route does and answers with what it returns.
func (c *Console) serve(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		value, err := route.do(r)
		if err != nil {
			c.fail(w, r, route, err)
			return
		}
		answer(w, route.status, value)
	})
}

// refusal is a request that is wrong in itself.
type refusal struct {
	status  int
	text    string
	setting string
}

// Error returns the sentence.
func (r *refusal) Error() string { return r.text }

// badRequest refuses a request because of one of its parts.
func badRequest(setting, format string, args ...any) error {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...), setting}
}

// fail answers with an error. What an operator cannot know goes to the log.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, route route, err error) {
	var (
		refused *refusal
		invalid *app.InvalidError
		large   *http.MaxBytesError
	)
	switch {
	case errors.As(err, &refused):
		answer(w, refused.status, client.Fault{Text: refused.text, Setting: refused.setting})
	case errors.As(err, &invalid):
		answer(w, http.StatusBadRequest, client.Fault{Text: invalid.Error(), Setting: invalid.Setting})
	case errors.As(err, &large):
		answer(w, http.StatusRequestEntityTooLarge, client.Fault{Text: fmt.Sprintf("the body is larger than %d bytes", large.Limit)})
	case errors.Is(err, app.ErrNotFound), errors.Is(err, store.ErrNotFound):
		answer(w, http.StatusNotFound, client.Fault{Text: err.Error()})
	case errors.Is(err, app.ErrExists):
		answer(w, http.StatusConflict, client.Fault{Text: err.Error(), Setting: "sdkappid"})
	case errors.Is(err, store.ErrFull):
		answer(w, http.StatusInsufficientStorage, client.Fault{Text: store.ErrFull.Error()})
	case errors.Is(err, store.ErrUnreachable):
		c.Log.ErrorContext(r.Context(), "an admin request failed", "route", route.pattern, "error", err)
		answer(w, http.StatusServiceUnavailable, client.Fault{Text: store.ErrUnreachable.Error() + "; the server's log says why"})
	case errors.Is(err, store.ErrClosed):
		answer(w, http.StatusServiceUnavailable, client.Fault{Text: "the server is shutting down"})
	case r.Context().Err() != nil:
		// Nobody waits for an answer any more.
	default:
		c.Log.ErrorContext(r.Context(), "an admin request failed", "route", route.pattern, "error", err)
		answer(w, http.StatusInternalServerError, client.Fault{Text: "internal error; the server's log says more"})
	}
}

// answer writes value as JSON.
func answer(w http.ResponseWriter, status int, value any) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		http.Error(w, "the answer could not be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // it may hold secrets
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the client went away
}

// decode reads the body, one JSON object that has nothing unknown in it.
func decode(r *http.Request, into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	if body = bytes.TrimSpace(body); len(body) == 0 || body[0] != '{' {
		return badRequest("", "the body must be a JSON object")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return badRequest("", "the body is wrong: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return badRequest("", "something follows the JSON object of the body")
	}
	return nil
}

// checkQuery refuses parameters that nobody reads, since they are mistakes.
func checkQuery(r *http.Request, known ...string) error {
	for name := range r.URL.Query() {
		if !slices.Contains(known, name) {
			return badRequest(name, "%.40q is no parameter of this request; there are: %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

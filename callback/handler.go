package callback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
)

// DefaultMaxBody is the size of bodies that a [Handler] accepts by default, in
// bytes. Messages are limited to 12 KB.
const DefaultMaxBody = 256 << 10

// Options are the settings of a [Handler].
type Options struct {
	// SDKAppID is the app whose webhooks are accepted. Required.
	SDKAppID int64

	// Tokens are the app's webhook tokens. If there are any, a request must
	// carry Sign made with one of them, at most [SignWindow] ago.
	Tokens []string

	// SigningSecrets are the app's signing secrets (whsec_...). If there are
	// any, a request must carry a signature made with one of them, at most
	// [SignatureTolerance] ago. This is the better protection of the two, as
	// it covers the body.
	SigningSecrets []string

	// MaxBody is the size of bodies that are accepted, in bytes;
	// [DefaultMaxBody] if zero.
	MaxBody int64

	// Now is the clock; time.Now if nil.
	Now func() time.Time

	// Logger gets what a caller would not learn otherwise: requests that were
	// refused and functions that failed. slog.Default() if nil.
	Logger *slog.Logger
}

// Handler receives an app's webhooks and hands them, typed, to the functions
// that were registered for them with the On methods.
//
// It refuses with an HTTP status in the 400s what is not a webhook of this app:
// wrong method, app, Sign, signature, or body. It answers 500 if a function
// fails, which makes Parley repeat a report and, for a question, apply the
// app's failure policy. Everything else it answers with 200 and a [Reply],
// including commands for which no function was registered and commands that it
// does not know, so that a new kind of webhook breaks nothing.
//
// A panic in a function is left to the HTTP server, which logs it and closes
// the connection, so that Parley sees a failure.
//
// Functions must be registered before the Handler serves. It calls them from
// as many goroutines as there are requests; their context ends with the
// request.
type Handler struct {
	sdkAppID int64
	tokens   []string
	secrets  []Secret
	maxBody  int64
	now      func() time.Time
	log      *slog.Logger

	funcs map[Command]func(context.Context, Request) (*Reply, error)
	other func(context.Context, Request) error
}

// NewHandler returns a Handler without functions, which acknowledges every
// webhook of the app. It fails if there is no SDKAppID, a token is empty, or a
// secret is malformed: an unset variable must not mean an open door.
func NewHandler(o Options) (*Handler, error) {
	h := &Handler{
		sdkAppID: o.SDKAppID,
		tokens:   o.Tokens,
		maxBody:  o.MaxBody,
		now:      o.Now,
		log:      o.Logger,
		funcs:    make(map[Command]func(context.Context, Request) (*Reply, error)),
	}
	if h.sdkAppID == 0 {
		return nil, errors.New("callback: new handler: SDKAppID missing")
	}
	for i, token := range o.Tokens {
		if token == "" {
			return nil, fmt.Errorf("callback: new handler: token %d is empty", i)
		}
	}
	for i, text := range o.SigningSecrets {
		secret, err := ParseSecret(text)
		if err != nil {
			return nil, fmt.Errorf("callback: new handler: secret %d: %w", i, err)
		}
		h.secrets = append(h.secrets, secret)
	}
	if h.maxBody <= 0 {
		h.maxBody = DefaultMaxBody
	}
	if h.now == nil {
		h.now = time.Now
	}
	if h.log == nil {
		h.log = slog.Default()
	}
	return h, nil
}

// OnOther registers the function that gets every webhook for which no other
// function was registered, unknown commands included. If the webhook is a
// question, the answer is to allow.
func (h *Handler) OnOther(fn func(context.Context, Request) error) {
	if fn == nil || h.other != nil {
		panic("callback: OnOther with nil, or twice")
	}
	h.other = fn
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := h.receive(w, r)
	if err != nil {
		h.fail(w, r, request, err)
		return
	}
	text, err := h.answer(r.Context(), request)
	if err != nil {
		h.fail(w, r, request, err)
		return
	}
	respond(w, http.StatusOK, text)
}

// answer has the function decide and returns the reply as it is sent.
func (h *Handler) answer(ctx context.Context, request Request) ([]byte, error) {
	reply, err := h.call(ctx, request)
	if err != nil {
		return nil, err
	}
	if reply == nil {
		reply = Allow()
	}
	text, err := appendJSON(nil, reply.wire())
	if err != nil {
		return nil, fmt.Errorf("encode reply: %w", err)
	}
	return text, nil
}

func (h *Handler) call(ctx context.Context, request Request) (*Reply, error) {
	if fn, ok := h.funcs[request.Command]; ok {
		return fn(ctx, request)
	}
	if h.other != nil {
		return nil, h.other(ctx, request)
	}
	return nil, nil
}

// onBefore registers the function for a before-webhook.
func onBefore[B Body](h *Handler, fn func(context.Context, Request, *B) (*Reply, error)) {
	var zero B
	command := zero.Command()
	if _, ok := h.funcs[command]; ok || fn == nil {
		panic("callback: nil or second function for " + string(command))
	}
	h.funcs[command] = func(ctx context.Context, r Request) (*Reply, error) {
		body := new(B)
		if err := json.Unmarshal(r.Body, body); err != nil {
			return nil, &refusedError{http.StatusBadRequest, err}
		}
		return fn(ctx, r, body)
	}
}

// onAfter registers the function for an after-webhook.
func onAfter[B Body](h *Handler, fn func(context.Context, Request, *B) error) {
	if fn == nil {
		panic("callback: nil function")
	}
	onBefore(h, func(ctx context.Context, r Request, body *B) (*Reply, error) {
		return nil, fn(ctx, r, body)
	})
}

// fail answers with an error status. The caller learns what kind of fault it
// was; the log has the reason.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, request Request, err error) {
	status := http.StatusInternalServerError
	if refused, ok := errors.AsType[*refusedError](err); ok {
		status = refused.status
		h.log.WarnContext(r.Context(), "webhook refused", "remote_addr", r.RemoteAddr, "status", status, "error", err)
	} else {
		h.log.ErrorContext(r.Context(), "webhook function failed", "command", request.Command,
			"event_id", request.EventID, "attempt", request.Attempt, "error", err)
	}
	reply := Reply{ActionStatus: "FAIL", ErrorCode: CodeRefuse, ErrorInfo: http.StatusText(status)}
	text, _ := appendJSON(nil, reply) // plain fields always have JSON
	respond(w, status, text)
}

func respond(w http.ResponseWriter, status int, text []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// A caller that went away sees a failure by itself.
	w.Write(text) //nolint:gosec // JSON that is marked as JSON
}

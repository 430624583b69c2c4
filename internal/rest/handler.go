package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-im/parley/api"
	"github.com/parley-im/parley/internal/account"
	"github.com/parley-im/parley/internal/chat"
	"github.com/parley-im/parley/internal/credential"
	"github.com/parley-im/parley/internal/group"
	"github.com/parley-im/parley/internal/official"
	"github.com/parley-im/parley/internal/policy"
)

// Options of the edge.
type Options struct {
	Apps     func(chat.SDKAppID) *chat.App
	Accounts *account.Service
	Groups   *group.Service
	Official *official.Service
	Guard    *policy.Guard
	Verifier *credential.Verifier
	// MaxBody is the largest request, in bytes.
	MaxBody int64
	// TrustsProxy reports whether a peer's X-Forwarded-For is believed.
	TrustsProxy func(netip.Addr) bool
	Clock       func() time.Time
	Log         *slog.Logger
	Metrics     prometheus.Registerer
}

// Handler serves /v4/{service}/{command}.
type Handler struct {
	Options

	commands map[string]*Command
	auth     authenticator
	metrics  *metrics
	buffers  sync.Pool
}

// New makes the edge.
func New(o Options) *Handler {
	h := &Handler{
		Options: o, commands: make(map[string]*Command), auth: authenticator{apps: o.Apps, verifier: o.Verifier},
		metrics: newMetrics(o.Metrics),
	}
	h.buffers.New = func() any { return new(bytes.Buffer) }
	table := Table(o.Accounts, o.Groups, o.Official)
	for i := range table {
		h.commands[table[i].Path()] = &table[i]
	}
	return h
}

// Routes adds the edge to a mux.
func (h *Handler) Routes(mux *http.ServeMux) {
	mux.Handle("/v4/{service}/{command}", h)
	for _, malformed := range []string{"/v4", "/v4/"} {
		mux.HandleFunc(malformed, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodOptions {
				setHeaders(w)
				return
			}
			h.answer(w, r, nil, nil, chat.ErrRequestURL)
		})
	}
}

// Clean makes next see what is meant for the edge under a clean path, such as
// /v4/a/b for //v4/a/b. A ServeMux would answer with a redirect, but callers of
// the API expect HTTP 200 whatever they send and follow none.
func Clean(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := path.Clean(r.URL.Path)
		if clean != strings.TrimSuffix(r.URL.Path, "/") && strings.HasPrefix(clean+"/", "/v4/") {
			meant, address := *r, *r.URL
			address.Path, address.RawPath = clean, ""
			meant.URL = &address
			r = &meant
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP answers one call with HTTP 200, whatever came of it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		setHeaders(w)
		return
	}
	started := h.Clock()
	command := h.commands[r.PathValue("service")+"/"+r.PathValue("command")]
	result, err := h.serve(r, command)
	code := h.answer(w, r, command, result, err)
	h.metrics.observe(command, code, h.Clock().Sub(started))
}

// serve judges a request in the order of the protocol and carries it out.
func (h *Handler) serve(r *http.Request, command *Command) (any, error) {
	if r.Method != http.MethodPost {
		return nil, chat.ErrRequestURL
	}
	if command == nil {
		return nil, chat.ErrUnknownCommand
	}
	caller, err := h.auth.caller(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if !caller.Admin {
		return nil, chat.ErrNotAdministrator
	}
	if err := h.Guard.Command(caller.App, command.Path(), command.Rate); err != nil {
		return nil, err
	}
	caller.ClientIP = credential.ClientIP(r, h.TrustsProxy)
	buffer := h.buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert,errcheck // only buffers are in the pool
	defer h.recycle(buffer)
	if err := h.read(r, buffer); err != nil {
		return nil, err
	}
	// A request that was taken is finished even if its caller leaves, so that a
	// repeated one finds it done.
	return command.Do(context.WithoutCancel(r.Context()), caller, buffer.Bytes())
}

func (h *Handler) read(r *http.Request, into *bytes.Buffer) error {
	_, err := into.ReadFrom(io.LimitReader(r.Body, h.MaxBody+1))
	switch {
	case err != nil:
		return chat.ErrRequestBody.Because("the body could not be read").Wrap(err)
	case int64(into.Len()) > h.MaxBody:
		return chat.ErrRequestBody.Because("it is larger than %d bytes", h.MaxBody)
	case into.Len() == 0:
		return chat.ErrRequestBody.Because("it is empty, send {} when a command has no parameters")
	}
	return nil
}

// maxPooled is the largest buffer that is kept for later requests.
const maxPooled = 64 << 10

func (h *Handler) recycle(b *bytes.Buffer) {
	if b.Cap() > maxPooled {
		return
	}
	b.Reset()
	h.buffers.Put(b)
}

func setHeaders(w http.ResponseWriter) {
	header := w.Header()
	header["Access-Control-Allow-Origin"] = allowOrigin
	header["Access-Control-Allow-Headers"] = allowHeaders
	header["Access-Control-Allow-Methods"] = allowMethods
	header["Content-Type"] = contentType
}

var (
	allowOrigin  = []string{"*"}
	allowHeaders = []string{"X-Requested-With"}
	allowMethods = []string{"POST"}
	contentType  = []string{"application/json"}
)

// answer writes the envelope and returns its code.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, command *Command, result any, err error) int {
	buffer := h.buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert,errcheck // only buffers are in the pool
	defer h.recycle(buffer)
	if err == nil {
		err = encode(buffer, result)
	}
	code := 0
	if err != nil {
		refusal := chat.AsError(err)
		h.logFailure(r, command, refusal)
		code = refusal.Code
		buffer.Reset()
		if err := encode(buffer, &api.Response{ActionStatus: api.ActionFail, ErrorCode: code, ErrorInfo: refusal.Text}); err != nil {
			h.Log.ErrorContext(r.Context(), "an answer could not be encoded", "error", err)
		}
	}
	setHeaders(w)
	w.Header()["Content-Length"] = []string{strconv.Itoa(buffer.Len())}
	_, _ = w.Write(buffer.Bytes()) // the client went away
	return code
}

// encode writes an answer, unless it is larger than answers may be.
func encode(buffer *bytes.Buffer, result any) error {
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(result); err != nil {
		return err
	}
	if buffer.Len() > api.MaxResponseBytes {
		return chat.ErrAnswerTooLarge
	}
	return nil
}

// logFailure tells the operator of what is wrong on his side; what callers do
// wrong is counted, not logged.
func (h *Handler) logFailure(r *http.Request, command *Command, refusal *chat.Error) {
	cause := errors.Unwrap(refusal)
	if command == nil || cause == nil || refusal.Code == chat.ErrRequestBody.Code || errors.Is(refusal, chat.ErrWebhookFailed) {
		return
	}
	h.Log.ErrorContext(r.Context(), "a command failed", "command", command.Path(), "sdkappid", r.URL.Query().Get("sdkappid"),
		"code", refusal.Code, "error", cause)
}

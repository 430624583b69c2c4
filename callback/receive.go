package callback

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// refusedError is a request that is not a webhook of the app.
type refusedError struct {
	status int
	reason error
}

func (r *refusedError) Error() string { return r.reason.Error() }

func (r *refusedError) Unwrap() error { return r.reason }

// receive checks a request and reads it. The error, if any, is a refusedError.
// What needs no body is checked before the body is read.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) (Request, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return Request{}, &refusedError{http.StatusMethodNotAllowed, fmt.Errorf("method is not %s", http.MethodPost)}
	}
	query := r.URL.Query()
	if err := h.checkQuery(query); err != nil {
		return Request{}, err
	}
	body, err := h.readBody(w, r)
	if err != nil {
		return Request{}, err
	}
	if len(h.secrets) > 0 {
		if err := VerifyHeader(r.Header, body, h.now(), h.secrets...); err != nil {
			return Request{}, &refusedError{http.StatusUnauthorized, err}
		}
	}
	request := h.describe(query, r.Header, body)
	if err := request.check(); err != nil {
		return Request{}, &refusedError{http.StatusBadRequest, err}
	}
	return request, nil
}

func (h *Handler) checkQuery(query url.Values) error {
	if query.Get(paramSDKAppID) != strconv.FormatInt(h.sdkAppID, 10) {
		return &refusedError{http.StatusForbidden, fmt.Errorf("%s missing or of another app", paramSDKAppID)}
	}
	if len(h.tokens) == 0 {
		return nil
	}
	if err := VerifySign(query, h.now(), h.tokens...); err != nil {
		return &refusedError{http.StatusUnauthorized, err}
	}
	return nil
}

func (h *Handler) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &refusedError{http.StatusRequestEntityTooLarge, fmt.Errorf("body of more than %d bytes", h.maxBody)}
	}
	if err != nil {
		return nil, &refusedError{http.StatusBadRequest, fmt.Errorf("read body: %w", err)}
	}
	return body, nil
}

func (h *Handler) describe(query url.Values, header http.Header, body []byte) Request {
	request := Request{
		SDKAppID:    h.sdkAppID,
		Command:     Command(query.Get(paramCommand)),
		EventID:     header.Get(HeaderEventID),
		ClientIP:    query.Get(paramClientIP),
		OptPlatform: platformOf(query.Get(paramOptPlatform)),
		Body:        body,
	}
	if len(h.secrets) > 0 {
		request.EventID = header.Get(HeaderWebhookID)
	}
	if n, err := strconv.Atoi(header.Get(HeaderAttempt)); err == nil && n > 0 {
		request.Attempt = n
	}
	return request
}

// check reports a body that is not what the query announces. Signatures cover
// the body only, so a query must not be able to pass one command's body off as
// another's.
func (r Request) check() error {
	if r.Command == "" {
		return fmt.Errorf("%s missing", paramCommand)
	}
	if !isObject(r.Body) {
		return errors.New("body is not a JSON object")
	}
	var head struct {
		CallbackCommand Command `json:"CallbackCommand"`
	}
	if err := json.Unmarshal(r.Body, &head); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	// Some commands of the protocol that we do not know have no such field.
	_, known := commandInfos[r.Command]
	if head.CallbackCommand != r.Command && (known || head.CallbackCommand != "") {
		return fmt.Errorf("body: %s differs from the query's", paramCommand)
	}
	return nil
}

// platformOf undoes the one spelling that differs.
func platformOf(text string) Platform {
	if p := Platform(text); p != platformIOSOfState {
		return p
	}
	return PlatformIOS
}

package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Services of the REST API.
const (
	// AccountService has the commands for accounts.
	AccountService = "im_open_login_svc"
	// GroupService has the commands for groups, their members and messages.
	GroupService = "group_open_http_svc"
	// OfficialService has the commands for official accounts.
	OfficialService = "official_account_open_http_svc"
)

// ErrResponseTooLarge is returned for an answer beyond MaxResponseBytes, which
// is not read to its end.
var ErrResponseTooLarge = errors.New("response is larger than 1 MiB")

// Client calls the REST API of one app as one of its administrators. Its fields
// must not change while calls are under way.
type Client struct {
	// BaseURL is the address of the server up to, and without, "/v4".
	BaseURL string
	// SDKAppID is the app.
	SDKAppID int64
	// Identifier is the UserID of an administrator of the app.
	Identifier string
	// UserSig returns the administrator's UserSig. It is called once for each
	// call of the API, from any goroutine. FixedUserSig makes one that always
	// returns the same.
	UserSig func() (string, error)
	// HTTP makes the requests. Nil stands for a client that gives up after 15
	// seconds and follows no redirect, since a redirect would carry the UserSig
	// to another address.
	HTTP *http.Client
}

// FixedUserSig returns a function for Client.UserSig that always gives sig.
func FixedUserSig(sig string) func() (string, error) {
	return func() (string, error) { return sig, nil }
}

// Call sends request to a command and decodes the answer into response. A nil
// request stands for an empty object; a nil response drops what the answer has
// beside its envelope.
//
// A refusal by the server comes back as an *Error, an HTTP status other than 200
// as a *StatusError, an answer that is too large as ErrResponseTooLarge, and the
// end of ctx as its cause; all of them wrapped with the names of service and
// command. No error text contains the UserSig.
func (c *Client) Call(ctx context.Context, service, command string, request, response any) error {
	answer, err := c.post(ctx, service, command, request)
	if err != nil {
		return fmt.Errorf("call %s/%s: %w", service, command, err)
	}
	if err := decodeAnswer(answer, response); err != nil {
		return fmt.Errorf("call %s/%s: %w", service, command, err)
	}
	return nil
}

// call is Call for the typed methods.
func call[R any](ctx context.Context, c *Client, service, command string, request any) (*R, error) {
	response := new(R)
	if err := c.Call(ctx, service, command, request, response); err != nil {
		return nil, err
	}
	return response, nil
}

func (c *Client) post(ctx context.Context, service, command string, request any) ([]byte, error) {
	body, err := encodeRequest(request)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	address, err := c.address(service, command)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/json")

	client := c.HTTP
	if client == nil {
		client = defaultHTTP
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("send request: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &StatusError{StatusCode: resp.StatusCode}
	}
	return readAnswer(resp.Body)
}

var defaultHTTP = &http.Client{
	Timeout: 15 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

func (c *Client) address(service, command string) (string, error) {
	if c.UserSig == nil {
		return "", errors.New("Client.UserSig is not set")
	}
	sig, err := c.UserSig()
	if err != nil {
		return "", fmt.Errorf("get UserSig: %w", err)
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return "", fmt.Errorf("parse Client.BaseURL: %w", err)
	}
	u := base.JoinPath("v4", service, command)
	u.RawQuery = url.Values{
		"sdkappid":    {strconv.FormatInt(c.SDKAppID, 10)},
		"identifier":  {c.Identifier},
		"usersig":     {sig},
		"random":      {strconv.FormatUint(uint64(rand.Uint32()), 10)},
		"contenttype": {"json"},
	}.Encode()
	return u.String(), nil
}

// withoutURL takes the address out of an error of net/http, since its query
// has the UserSig.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// encodeRequest encodes request; what would be null becomes an empty object,
// which is what a command without parameters takes.
func encodeRequest(request any) ([]byte, error) {
	body, err := encode(request)
	if err != nil {
		return nil, err
	}
	if string(body) == "null" {
		return []byte("{}"), nil
	}
	return body, nil
}

// encode is json.Marshal without the escapes for HTML, which would count
// against the size of a message.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func readAnswer(r io.Reader) ([]byte, error) {
	answer, err := io.ReadAll(io.LimitReader(r, MaxResponseBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read response: %w", err)
	}
	if len(answer) > MaxResponseBytes {
		return nil, ErrResponseTooLarge
	}
	return answer, nil
}

// decodeAnswer looks at the envelope before anything else, so that a refusal is
// told as such whatever surrounds it.
func decodeAnswer(answer []byte, response any) error {
	var envelope struct {
		ActionStatus string `json:"ActionStatus"`
		ErrorCode    *int   `json:"ErrorCode"`
		ErrorInfo    string `json:"ErrorInfo"`
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		return fmt.Errorf("decode response: %w", err)
	}
	if envelope.ErrorCode == nil {
		return errors.New("decode response: it has no ErrorCode")
	}
	if *envelope.ErrorCode != 0 || envelope.ActionStatus == ActionFail {
		return &Error{Code: *envelope.ErrorCode, Info: envelope.ErrorInfo}
	}
	if response == nil {
		return nil
	}
	if err := json.Unmarshal(answer, response); err != nil {
		return fmt.Errorf("decode response: %w", err)
	}
	return nil
}

package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-im/parley/api"
)

const testSig = "eJx*secret-sig_"

// newClient returns a client of a server that answers with handler.
func newClient(t *testing.T, handler http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &api.Client{
		BaseURL:    server.URL,
		SDKAppID:   1400000001,
		Identifier: "administrator",
		UserSig:    api.FixedUserSig(testSig),
	}
}

// answer is a handler that always says body.
func answer(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) }
}

// destroy makes a call that has nothing special about it.
func destroy(ctx context.Context, c *api.Client) error {
	_, err := c.DestroyGroup(ctx, &api.DestroyGroupRequest{GroupID: "g"})
	return err
}

// Each typed method sends its request to the command's path and decodes the
// response.
func TestClientMethods(t *testing.T) {
	t.Parallel()
	for _, e := range examples() {
		t.Run(e.service+"/"+e.command, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, func(w http.ResponseWriter, r *http.Request) {
				if got, want := r.URL.Path, "/v4/"+e.service+"/"+e.command; got != want {
					t.Errorf("path: got %s, want %s", got, want)
				}
				got := reflect.New(reflect.TypeOf(e.request).Elem()).Interface()
				if err := json.NewDecoder(r.Body).Decode(got); err != nil {
					t.Errorf("decode request: %v", err)
				}
				if diff := cmp.Diff(got, e.request); diff != "" {
					t.Errorf("request (-got +want):\n%s", diff)
				}
				if err := json.NewEncoder(w).Encode(e.response); err != nil {
					t.Errorf("encode response: %v", err)
				}
			})
			name := strings.TrimSuffix(reflect.TypeOf(e.request).Elem().Name(), "Request")
			method := reflect.ValueOf(client).MethodByName(name)
			if !method.IsValid() {
				t.Fatalf("Client has no method %s", name)
			}
			results := method.Call([]reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(e.request)})
			if err, _ := reflect.TypeAssert[error](results[1]); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(results[0].Interface(), e.response); diff != "" {
				t.Errorf("response (-got +want):\n%s", diff)
			}
		})
	}
}

func TestClientRequest(t *testing.T) {
	t.Parallel()
	client := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			t.Errorf("method: got %s, want POST", r.Method)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type: got %q, want application/json", got)
		}
		query := r.URL.Query()
		if _, err := strconv.ParseUint(query.Get("random"), 10, 32); err != nil {
			t.Errorf("random: %v", err)
		}
		query.Del("random")
		want := url.Values{
			"sdkappid": {"1400000001"}, "identifier": {"administrator"},
			"usersig": {testSig}, "contenttype": {"json"},
		}
		if diff := cmp.Diff(query, want); diff != "" {
			t.Errorf("query (-got +want):\n%s", diff)
		}
		body, _ := io.ReadAll(r.Body)
		if want := `{"GroupId":"a<b"}`; string(body) != want {
			t.Errorf("body: got %s, want %s", body, want)
		}
		io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`)
	})
	client.BaseURL += "/" // one slash more does no harm
	if _, err := client.DestroyGroup(t.Context(), &api.DestroyGroupRequest{GroupID: "a<b"}); err != nil {
		t.Error(err)
	}
}

func TestClientBasePath(t *testing.T) {
	t.Parallel()
	client := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if got, want := r.URL.Path, "/im/v4/group_open_http_svc/destroy_group"; got != want {
			t.Errorf("path: got %s, want %s", got, want)
		}
		io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}`)
	})
	client.BaseURL += "/im"
	if err := destroy(t.Context(), client); err != nil {
		t.Error(err)
	}
}

func TestCallWithoutRequestOrResponse(t *testing.T) {
	t.Parallel()
	client := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got, want := string(body), `{}`; got != want {
			t.Errorf("body: got %s, want %s", got, want)
		}
		io.WriteString(w, `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","More":1}`)
	})
	if err := client.Call(t.Context(), "openconfigsvr", "getappinfo", nil, nil); err != nil {
		t.Error(err)
	}
	if _, err := client.DestroyGroup(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestClientRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		want       api.Error
	}{
		{
			"refused", `{"ActionStatus":"FAIL","ErrorCode":10010,"ErrorInfo":"this group does not exist"}`,
			api.Error{Code: 10010, Info: "this group does not exist"},
		},
		{
			"code without status", `{"ErrorCode":60009,"ErrorInfo":"check the URL"}`,
			api.Error{Code: 60009, Info: "check the URL"},
		},
		{"status without code", `{"ActionStatus":"FAIL","ErrorCode":0}`, api.Error{}},
		{
			"fields of other types beside it", `{"ActionStatus":"FAIL","ErrorCode":10004,"ErrorInfo":"x","MsgSeq":"y"}`,
			api.Error{Code: 10004, Info: "x"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			response, err := newClient(t, answer(tt.body)).SendGroupMsg(t.Context(), &api.SendGroupMsgRequest{})
			if response != nil {
				t.Errorf("response: got %+v, want none", response)
			}
			got, ok := errors.AsType[*api.Error](err)
			if !ok {
				t.Fatalf("got error %v, want an *api.Error", err)
			}
			if diff := cmp.Diff(*got, tt.want); diff != "" {
				t.Errorf("error (-got +want):\n%s", diff)
			}
			if !strings.Contains(err.Error(), "group_open_http_svc/send_group_msg") {
				t.Errorf("error %q does not name the command", err)
			}
		})
	}
}

func TestClientRefusesOtherAnswers(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":               ``,
		"no JSON":             `<html>`,
		"null":                `null`,
		"array":               `[]`,
		"no ErrorCode":        `{}`,
		"ErrorCode no number": `{"ErrorCode":"0"}`,
		"cut short":           `{"ActionStatus":"OK","ErrorCode":0`,
		"wrong field type":    `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MsgSeq":"7"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, answer(body)).SendGroupMsg(t.Context(), &api.SendGroupMsgRequest{})
			if err == nil {
				t.Fatal("got no error")
			}
			if e, ok := errors.AsType[*api.Error](err); ok {
				t.Errorf("got refusal %v, want another error", e)
			}
		})
	}
}

func TestClientHTTPStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusNoContent, http.StatusNotFound, http.StatusBadGateway} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			err := destroy(t.Context(), newClient(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
			}))
			if e, ok := errors.AsType[*api.StatusError](err); !ok || e.StatusCode != status {
				t.Errorf("got error %v, want a *api.StatusError with %d", err, status)
			}
		})
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the client went on to %s", r.URL)
	}))
	t.Cleanup(elsewhere.Close)
	err := destroy(t.Context(), newClient(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	if e, ok := errors.AsType[*api.StatusError](err); !ok || e.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("got error %v, want a *api.StatusError with 307", err)
	}
}

func TestClientResponseSize(t *testing.T) {
	t.Parallel()
	const envelope = `{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","Pad":""}`
	full := strings.Replace(envelope, `"Pad":"`, `"Pad":"`+strings.Repeat("x", api.MaxResponseBytes-len(envelope)), 1)
	if err := destroy(t.Context(), newClient(t, answer(full))); err != nil {
		t.Errorf("answer of %d bytes: %v", len(full), err)
	}
	err := destroy(t.Context(), newClient(t, answer(full+" ")))
	if !errors.Is(err, api.ErrResponseTooLarge) {
		t.Errorf("answer of one byte more: got error %v, want %v", err, api.ErrResponseTooLarge)
	}
}

func TestClientCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // else the server does not see that the client hangs up
		cancel()
		<-r.Context().Done()
	})
	err := destroy(ctx, client)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	assertNoSig(t, err)
}

func TestClientUserSigErrors(t *testing.T) {
	t.Parallel()
	client := newClient(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	client.UserSig = nil
	if err := destroy(t.Context(), client); err == nil {
		t.Error("without UserSig: got no error")
	}
	broken := errors.New("vault is sealed")
	client.UserSig = func() (string, error) { return "", broken }
	if err := destroy(t.Context(), client); !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
}

// The query of each request has the UserSig, and the errors of net/http have the
// whole address.
func TestClientErrorsKeepTheUserSigSecret(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, base := range map[string]string{
		"nobody listens":    gone.URL,
		"no address":        "",
		"unknown scheme":    "gopher://im.example.com",
		"malformed":         "http://im.example.com:port",
		"control character": "http://im.example.com/\x7f",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := destroy(t.Context(), &api.Client{BaseURL: base, Identifier: "a", UserSig: api.FixedUserSig(testSig)})
			if err == nil {
				t.Fatal("got no error")
			}
			assertNoSig(t, err)
		})
	}
}

func assertNoSig(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), testSig) || strings.Contains(err.Error(), url.QueryEscape(testSig)) {
		t.Errorf("error %q has the UserSig", err)
	}
}

func TestClientUsesItsHTTPClient(t *testing.T) {
	t.Parallel()
	broken := errors.New("no network today")
	client := &api.Client{
		BaseURL: "http://im.example.com",
		UserSig: api.FixedUserSig(testSig),
		HTTP:    &http.Client{Transport: failing{broken}},
	}
	err := destroy(t.Context(), client)
	if !errors.Is(err, broken) {
		t.Errorf("got error %v, want %v", err, broken)
	}
	assertNoSig(t, err)
}

// failing is a transport that always fails.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestCallRefusesWhatJSONCannotSay(t *testing.T) {
	t.Parallel()
	client := newClient(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	if err := client.Call(t.Context(), "s", "c", func() {}, nil); err == nil {
		t.Error("got no error")
	}
}

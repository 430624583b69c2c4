// Package client holds the bodies of the admin API and calls it: a struct for
// each body, a method for each endpoint. It repeats nothing by itself and keeps
// no state.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// readWithin is how long a server has for what only reads; its own waits for the
// database are shorter.
const readWithin = 20 * time.Second

// maxAnswer is the largest answer that is read, in bytes. A page of the log and
// an event with its attempts are far below.
const maxAnswer = 32 << 20

// Client calls the admin API of one server. It may be used by any number of
// goroutines at once.
type Client struct {
	// BaseURL is the server's address without a path.
	BaseURL string
	// Token is the operator's.
	Token string
	// HTTP makes the requests. Nil stands for a client that waits for changes as long
	// as the context lets it, since a large replay takes its time, and that follows no
	// redirect, since that would carry the token to another address.
	HTTP *http.Client
}

var defaultHTTP = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Error is a request that the server did not fulfil.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Text is the server's sentence about it.
	Text string
	// Setting is the one that is wrong, if it is one.
	Setting string
}

// Error returns the server's sentence, or the status if it said nothing.
func (e *Error) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("the server answered HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	return e.Text
}

// UnreachableError means that nothing, or no Parley, answers at the address.
type UnreachableError struct {
	URL string

	cause error
}

// Error names the address and the reason.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the server at %s does not answer: %v", e.URL, e.cause)
}

// Unwrap returns the reason.
func (e *UnreachableError) Unwrap() error { return e.cause }

// appPath is the path of an app and of what belongs to it.
func appPath(app int64, parts ...string) string {
	path := "/apps/" + strconv.FormatInt(app, 10)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func get[A any](ctx context.Context, c *Client, path string, query url.Values) (A, error) {
	within, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	answer, err := call[A](within, c, http.MethodGet, path, query, nil)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		err = &UnreachableError{c.BaseURL, fmt.Errorf("it took the connection and said nothing for %v; is it paused?", readWithin)}
	}
	return answer, err
}

// call makes one request and decodes the answer.
func call[A any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (answer A, err error) {
	response, err := c.do(ctx, method, path, query, body)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer, &UnreachableError{c.BaseURL, err}
	case len(text) > maxAnswer:
		return answer, fmt.Errorf("the answer of %s is larger than %d bytes", c.BaseURL, maxAnswer)
	case response.StatusCode >= http.StatusMultipleChoices:
		return answer, failure(response, text)
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return answer, fmt.Errorf("the answer of %s is not what Parley answers: %w", c.BaseURL, err)
	}
	return answer, nil
}

func (c *Client) do(ctx context.Context, method, path string, query url.Values, body any) (*http.Response, error) {
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%q is no address of a server, such as http://127.0.0.1:8080", c.BaseURL)
	}
	target := strings.TrimSuffix(base.String(), "/") + "/admin/v1" + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := c.HTTP
	if client == nil {
		client = defaultHTTP
	}
	response, err := client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return nil, &UnreachableError{c.BaseURL, err}
	}
	return response, nil
}

// failure turns an answer that is no success into an error.
func failure(response *http.Response, body []byte) error {
	e := &Error{Status: response.StatusCode}
	var fault Fault
	switch {
	case json.Unmarshal(body, &fault) == nil:
		e.Text, e.Setting = fault.Text, fault.Setting
	case strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain"):
		const most = 500
		e.Text = strings.TrimSpace(string(body[:min(len(body), most)]))
	}
	return e
}

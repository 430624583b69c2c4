package callback

import (
	"errors"
	"fmt"
	"net/url"
)

// maxURLBytes is the longest endpoint that can be configured.
const maxURLBytes = 2048

// ParseURL reads the address of an app's endpoint: http or https, a host, and a
// query of its own if it likes, which must be well-formed so that it survives
// the addition of ours.
func ParseURL(text string) (*url.URL, error) {
	if len(text) > maxURLBytes {
		return nil, fmt.Errorf("the webhook URL is longer than %d bytes", maxURLBytes)
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the webhook URL cannot be parsed")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the webhook URL must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the webhook URL has no host")
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, errors.New("the query of the webhook URL is malformed")
	}
	return u, nil
}

// CheckURL returns why text cannot be an app's endpoint, or nil.
func CheckURL(text string) error {
	_, err := ParseURL(text)
	return err
}

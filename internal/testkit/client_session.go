package testkit

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// heartbeatPatience is how long the server may take to answer a heartbeat.
const heartbeatPatience = 3 * time.Second

// LoginAnswer is the answer to a login.
type LoginAnswer struct {
	A2Key         string `json:"A2Key"`
	TinyID        string `json:"TinyId"`
	InstID        int64  `json:"InstId"`
	TimeStamp     int64  `json:"TimeStamp"`
	HelloInterval int    `json:"HelloInterval"`
	CustomStatus  string `json:"CustomStatus"`
	PurchaseBits  string `json:"PurchaseBits"`
}

// loginBody is what the SDK says in each login.
type loginBody struct {
	State       string `json:"State"`
	IsWebUniapp int    `json:"is_web_uniapp"`
	InstType    int    `json:"InstType"`
	CustomInfo  string `json:"CustomInfo"`
}

// Login logs the user in with the UserSig.
func (c *Client) Login(ctx context.Context) error {
	answer, err := c.login(ctx, c.credentials)
	if err != nil {
		return err
	}
	c.enter(answer)
	return nil
}

// Relogin takes up the session again, as the SDK does on a new connection and
// when the server says that it has lost the session.
func (c *Client) Relogin(ctx context.Context) error {
	c.mu.Lock()
	head, key := c.head, c.session.A2Key
	c.mu.Unlock()
	if head == nil {
		return errNoSession
	}
	answer, err := c.login(ctx, head)
	if err != nil {
		return err
	}
	answer.A2Key = key // the SDK does not take over another
	c.enter(answer)
	return nil
}

var errNoSession = errors.New("the client is not logged in")

func (c *Client) login(ctx context.Context, head []byte) (answer LoginAnswer, err error) {
	if err := c.call(ctx, head, cmdLogin, loginBody{State: "Online"}, &answer); err != nil {
		return answer, err
	}
	if answer.A2Key == "" || answer.TinyID == "" || answer.TimeStamp == 0 {
		return answer, fmt.Errorf("the login's answer lacks A2Key, TinyId or TimeStamp: %+v", answer)
	}
	return answer, nil
}

func (c *Client) enter(session LoginAnswer) {
	head := c.beginHead(identity{A2: session.A2Key, TinyID: session.TinyID, InstID: session.InstID})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.head = session, head
}

// Resume takes the session of another client, as if this one had logged in and
// lost its connection. Reconnect goes on with it.
func (c *Client) Resume(session LoginAnswer) { c.enter(session) }

// Session is the answer of the last login.
func (c *Client) Session() LoginAnswer {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// Logout ends the session and keeps the connection. What is called after it is
// called without session, even if the server refused.
func (c *Client) Logout(ctx context.Context) error {
	body := struct {
		Type        int `json:"wslogout_type"`
		IsWebUniapp int `json:"is_web_uniapp"`
	}{}
	err := c.Call(ctx, cmdLogout, body, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.head = LoginAnswer{}, nil
	return err
}

// Reconnect makes a new connection as Dial does and takes up the session again if
// there is one.
func (c *Client) Reconnect(ctx context.Context) error {
	if err := c.Dial(ctx); err != nil {
		return err
	}
	if err := c.Relogin(ctx); err != nil && !errors.Is(err, errNoSession) {
		return err
	}
	return nil
}

// beat sends heartbeats on a connection: one at once, and then whenever nothing
// came for a while. A connection on which no answer comes is closed.
func (c *Client) beat(s *socket) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for first := true; ; first = false {
		select {
		case <-timer.C:
		case <-s.ended:
			return
		}
		if first || s.quiet() >= c.options.Heartbeat {
			ctx, cancel := context.WithTimeout(c.tb.Context(), heartbeatPatience)
			err := c.Call(ctx, cmdHeartbeat, nil, nil)
			cancel()
			if errors.Is(err, context.DeadlineExceeded) {
				s.hangUp(closeReconnect)
				return
			}
		}
		timer.Reset(c.options.Heartbeat - s.quiet())
	}
}

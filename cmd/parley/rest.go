package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/parley-im/parley/api"
)

// sessionExpire is how long the UserSig of one command is good for.
const sessionExpire = time.Hour

// rest returns a client of the REST API that calls as the app's first
// administrator, like any backend of the app.
func (c *connection) rest(ctx context.Context) (*api.Client, error) {
	app, err := c.getApp(ctx)
	if err != nil {
		return nil, err
	}
	if len(app.Administrators) == 0 {
		return nil, fmt.Errorf("app %d has no administrator who could call the REST API", app.SDKAppID)
	}
	sig, err := c.userSig(app.SDKAppID, app.SecretKey, app.Administrators[0], sessionExpire)
	if err != nil {
		return nil, err
	}
	admin, err := c.client()
	if err != nil {
		return nil, err
	}
	return &api.Client{BaseURL: admin.BaseURL, SDKAppID: app.SDKAppID, Identifier: app.Administrators[0], UserSig: api.FixedUserSig(sig)}, nil
}

// message is a text on its way, with the number that tells it from an equal one.
type message struct {
	body   json.RawMessage
	random *uint32
}

func newMessage(text string) (message, error) {
	body, err := api.NewMsgBody(api.TextElem{Text: text})
	return message{body, new(rand.Uint32())}, err
}

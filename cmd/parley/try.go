package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/callback"
)

// What a try makes. Nothing of it is removed, so that it can be used further.
const (
	tryOwner    = "try-alice"
	tryMember   = "try-bob"
	tryGroup    = "try-group"
	tryNoGroup  = "try-no-such-group"
	tryOfficial = "@TOA#_try-news"
)

func newTry(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "try",
		Short: "Make webhooks fire: a group message, a refused one, a broadcast",
		Long: `Call the REST API as a backend of the app would, to see it work and to make
webhooks fire. It imports two accounts (` + tryOwner + `, ` + tryMember + `), creates a group
(` + tryGroup + `) and an official account (` + tryOfficial + `) unless they exist, and
sends a group message, a message to a group that does not exist, and a
broadcast. Each call is printed with its answer.`,
		Example: `  parley try
  parley try --sdkappid 1400000001 --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		rest, err := conn.rest(cmd.Context())
		if err != nil {
			return err
		}
		steps, err := trySteps()
		if err != nil {
			return err
		}
		result := tried{Calls: []call{}}
		for i, s := range steps {
			made := s.do(cmd.Context(), rest)
			result.Calls = append(result.Calls, made)
			if !*asJSON {
				p.printCall(i+1, s.title, made)
			}
			if err = made.err; err != nil {
				break
			}
		}
		if !*asJSON && err == nil {
			return conn.tellWhere(cmd.Context(), rest.SDKAppID)
		}
		if *asJSON {
			if err := p.printJSON(result); err != nil {
				return err
			}
		}
		return err
	}
	return cmd
}

// tried is a try as programs see it.
type tried struct {
	Calls []call `json:"Calls"`
}

// call is a step that was made.
type call struct {
	Command  string          `json:"Command"`
	Request  any             `json:"Request"`
	Response json.RawMessage `json:"Response,omitempty"`
	Error    string          `json:"Error,omitempty"`
	// Fires is the webhook that the call makes fire, if any.
	Fires callback.Command `json:"Fires,omitempty"`

	// err is set when the call did not end as it should.
	err error
}

func (p *program) printCall(n int, title string, made call) {
	request, err := json.Marshal(made.Request)
	if err != nil {
		request = []byte(err.Error())
	}
	outcome := string(made.Response)
	if made.Error != "" {
		outcome = made.Error
	}
	p.printf("%d. %s\n   POST /v4/%s\n   %s\n   -> %s\n", n, title, made.Command, oneLine(string(request)), oneLine(outcome))
	if made.Fires != "" && made.err == nil {
		p.printf("   fires %s\n", made.Fires)
	}
	p.printf("\n")
}

// tellWhere says where the webhooks are to be seen.
func (c *connection) tellWhere(ctx context.Context, app int64) error {
	api, err := c.client()
	if err != nil {
		return err
	}
	webhook, err := api.GetWebhook(ctx, app, false)
	switch {
	case err != nil:
		return err
	case webhook.URL == "":
		c.printf("No webhook fired, since no URL is set. Set one and try again, for instance the built-in inbox:\n  %s webhook set --url %s\n",
			c.name, api.BaseURL+receiverPath)
	case isInbox(webhook.URL, api.BaseURL):
		c.printf("See the webhooks at %s\n", oneLine(webhook.URL))
	default:
		c.printf("See the webhooks at your receiver, %s, and their deliveries with:\n  %s webhook log\n", oneLine(webhook.URL), c.name)
	}
	return nil
}

// isInbox reports whether url is one of the server's own inboxes.
func isInbox(url, server string) bool { return strings.HasPrefix(url, server+"/inbox/") }

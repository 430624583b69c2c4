package main

import (
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/usersig"
)

// defaultExpire is how long a UserSig is good for, in seconds: 180 days.
const defaultExpire = 180 * 24 * 60 * 60

func newUserSig(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "usersig --user ID",
		Short: "Make a UserSig",
		Long: `Make a UserSig, the password with which a user logs in or an administrator calls
the REST API. The secret key of the app comes from the running server; with
--secret and --sdkappid no server is needed.`,
		Example: `  parley usersig --user administrator
  parley usersig --sdkappid 1400000001 --user alice --expire 3600
  parley usersig --sdkappid 1400000001 --secret KEY --user alice`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	user := flags.String("user", "", "`UserID` that the UserSig is for (required)")
	expire := flags.Int64("expire", defaultExpire, "`seconds` that it is good for")
	secret := flags.String("secret", "", "secret `key` of the app, so that no server is asked")
	asJSON := jsonFlag(cmd)
	conn := p.connectsTo(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *user == "":
			return wrongUsage(cmd, "--user is missing")
		case *expire < 1 || *expire > math.MaxInt64/int64(time.Second):
			return wrongUsage(cmd, "--expire must be a positive number of seconds")
		case *secret != "" && conn.sdkAppID == 0:
			return wrongUsage(cmd, "--secret needs --sdkappid as well")
		}
		app, key := conn.sdkAppID, *secret
		if key == "" {
			found, err := conn.getApp(cmd.Context())
			if err != nil {
				return err
			}
			app, key = found.SDKAppID, found.SecretKey
		}
		made := madeUserSig{SDKAppID: app, UserID: *user, Expire: *expire}
		var err error
		if made.UserSig, err = p.userSig(app, key, *user, time.Duration(*expire)*time.Second); err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(made)
		}
		p.printf("%s\n", made.UserSig)
		return nil
	}
	return cmd
}

type madeUserSig struct {
	SDKAppID int64  `json:"SDKAppID"`
	UserID   string `json:"UserID"`
	Expire   int64  `json:"Expire"`
	UserSig  string `json:"UserSig"`
}

func (p *program) userSig(app int64, key, user string, expire time.Duration) (string, error) {
	return usersig.Generate(key, usersig.Claims{SDKAppID: app, UserID: user, IssuedAt: p.clock(), Expire: expire})
}

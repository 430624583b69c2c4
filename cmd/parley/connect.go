package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console"
	"github.com/parley-im/parley/internal/console/client"
)

// defaultData is where a server keeps its data unless it is told otherwise.
const defaultData = "./parley-data"

// connection is how a command reaches the server, as its flags and the
// environment say.
type connection struct {
	*program

	cmd      *cobra.Command
	data     string
	server   string
	token    string
	sdkAppID int64
}

// connects gives cmd the flags by which it finds the server.
func (p *program) connects(cmd *cobra.Command) *connection {
	c := &connection{program: p, cmd: cmd}
	flags := cmd.Flags()
	flags.StringVar(&c.data, "data", "", "data `directory` of the server, which tells where it is (default "+defaultData+"; PARLEY_DATA)")
	flags.StringVar(&c.server, "server", "", "`URL` of the server, instead of --data (PARLEY_SERVER)")
	flags.StringVar(&c.token, c.tokenFlag(), "", "admin `token` of the server, instead of --data (PARLEY_TOKEN)")
	return c
}

// tokenFlag is the flag for the admin token. One command has another token to
// set.
func (c *connection) tokenFlag() string {
	if c.cmd.Flags().Lookup("token") != nil {
		return "admin-token"
	}
	return "token"
}

// connectsTo gives cmd these flags and the one for the app.
func (p *program) connectsTo(cmd *cobra.Command) *connection {
	c := p.connects(cmd)
	cmd.Flags().Int64Var(&c.sdkAppID, "sdkappid", 0, "`number` of the app (default the only one)")
	return c
}

// client returns a client of the server.
func (c *connection) client() (*client.Client, error) {
	server, token := c.server, c.token
	if !c.cmd.Flags().Changed("data") {
		// Where flags name a directory, the environment is not asked.
		server, token = cmp.Or(server, c.getenv("PARLEY_SERVER")), cmp.Or(token, c.getenv("PARLEY_TOKEN"))
	}
	if server == "" {
		file, err := c.file()
		if err != nil {
			return nil, err
		}
		server, token = file.URL, cmp.Or(token, file.Token)
	}
	if token == "" {
		return nil, wrongUsage(c.cmd, "a server that is named by its URL needs an admin token as well, with a flag or in PARLEY_TOKEN")
	}
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	return &client.Client{BaseURL: strings.TrimSuffix(server, "/"), Token: token}, nil
}

// named reports whether a flag says which server is meant.
func (c *connection) named() bool { return c.server != "" || c.cmd.Flags().Changed("data") }

// file reads where the server on the data directory is.
func (c *connection) file() (console.File, error) {
	dir := cmp.Or(c.data, c.getenv("PARLEY_DATA"), defaultData)
	file, err := console.ReadFile(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return file, fmt.Errorf("no server has run on the data directory %s; start one with \"parley serve\", or name another directory with --data, or a server with --server and --token", dir)
	}
	return file, err
}

// app returns the client and the app that the command is for.
func (c *connection) app(ctx context.Context) (*client.Client, int64, error) {
	api, err := c.client()
	if err != nil || c.sdkAppID != 0 {
		return api, c.sdkAppID, err
	}
	apps, err := api.ListApps(ctx)
	if err != nil {
		return nil, 0, err
	}
	switch len(apps) {
	case 0:
		return nil, 0, errors.New("there is no app yet; create one with \"parley app create\"")
	case 1:
		return api, apps[0].SDKAppID, nil
	}
	ids := make([]string, 0, len(apps))
	for _, a := range apps {
		ids = append(ids, fmt.Sprint(a.SDKAppID))
	}
	return nil, 0, wrongUsage(c.cmd, "there are several apps; say which one with --sdkappid: %s", strings.Join(ids, ", "))
}

// explain turns an error into what the user reads.
func explain(err error) string {
	if gone, ok := errors.AsType[*client.UnreachableError](err); ok {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return fmt.Sprintf("the server is not running: nothing listens at %s; start it with \"parley serve\"", gone.URL)
		}
		return gone.Error()
	}
	if refused, ok := errors.AsType[*client.Error](err); ok && refused.Status == http.StatusUnauthorized {
		return "the server does not accept the token: " + refused.Error()
	}
	return err.Error()
}

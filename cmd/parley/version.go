package main

import (
	"context"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program, and of the server if one runs",
		Example: `  parley version
  parley version --json`,
		Args: cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	conn := p.connects(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v := versions{Version: version(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
		if err := v.ask(cmd.Context(), conn); err != nil && conn.named() {
			return err // otherwise the absence of a server is no fault
		}
		if *asJSON {
			return p.printJSON(v)
		}
		p.printf("parley %s (%s, %s)\n", v.Version, v.Go, v.Platform)
		if v.Server != "" {
			p.printf("server %s\n", v.Server)
		}
		return nil
	}
	return cmd
}

type versions struct {
	Version  string `json:"Version"`
	Go       string `json:"Go"`
	Platform string `json:"Platform"`
	// Server is that of the running server, if any.
	Server string `json:"Server,omitempty"`
}

// ask asks the server for its version.
func (v *versions) ask(ctx context.Context, conn *connection) error {
	api, err := conn.client()
	if err != nil {
		return err
	}
	server, err := api.Server(ctx)
	v.Server = server.Version
	return err
}

// release is the version of a build that knows no tags and revisions, such as one
// from an archive: go build -ldflags "-X main.release=v1.2.3".
var release string

// version is what the build says.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

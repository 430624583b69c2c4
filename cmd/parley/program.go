package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// commands makes the commands. A new one is a row here.
var commands = []func(*program) *cobra.Command{
	newServe,
	newTry,
	newSend,
	newApp,
	newWebhook,
	newNode,
	newUserSig,
	newBench,
	newMigrate,
	newStore,
	newBackup,
	newConfig,
	newVersion,
}

// program is what one run has of the world.
type program struct {
	// name is how the user calls the program, for the lines that he may copy.
	name           string
	environ        []string
	stdout, stderr io.Writer
	clock          func() time.Time
}

// run runs the command that args name and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	usage, wrongUsage := errors.AsType[*usageError](err)
	if text := explain(err); text != "" {
		fmt.Fprintf(p.stderr, "parley: %s\n", manyLines(text))
		if wrongUsage {
			fmt.Fprintf(p.stderr, "See %q.\n", usage.command.CommandPath()+" --help")
		}
	}
	if wrongUsage {
		return 2
	}
	return 1
}

// root makes the tree of commands.
func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "A chat server that speaks Tencent Cloud Chat's REST API, webhooks and client protocol",
		Long: `Parley is a chat server that speaks Tencent Cloud Chat: its REST API, its
webhooks, and the protocol of its Web SDK.

"parley serve" runs it, with everything it keeps in one directory. The other
commands talk to the server that runs on that directory.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	for _, command := range commands {
		root.AddCommand(command(p))
	}
	p.group(root)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	// What only has commands below it is not called by itself.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if not .HasAvailableSubCommands}}", 1))
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return wrongUsage(cmd, "%v", err) })
	dress(root)
	return root
}

// dress gives all commands what they have in common: flags in the order in which
// they were written down, and errors that tell wrong usage from failure.
func dress(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return wrongUsage(cmd, "%v", err)
			}
			return nil
		}
	}
	for _, child := range cmd.Commands() {
		dress(child)
	}
}

// group makes cmd one that does nothing by itself.
func (p *program) group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			cmd.SetOut(p.stderr)
			return errors.Join(cmd.Help(), wrongUsage(cmd, ""))
		}
		text := fmt.Sprintf("there is no command %q", cmd.CommandPath()+" "+args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			text += "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return wrongUsage(cmd, "%s", text)
	}
	return cmd
}

// usageError is a command that was called in a wrong way.
type usageError struct {
	command *cobra.Command
	text    string
}

// Error says what is wrong.
func (e *usageError) Error() string { return e.text }

func wrongUsage(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Sprintf(format, args...)}
}

// getenv returns a variable of the environment.
func (p *program) getenv(name string) string {
	for _, entry := range p.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/config"
)

func newConfig(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and explain the server's configuration",
		Long: `Check and explain the configuration of "parley serve". Settings of an app, such
as its webhook URL, are not there; see "parley app" and "parley webhook".`,
	}
	cmd.AddCommand(newConfigCheck(p), newConfigDoc(p))
	return p.group(cmd)
}

func newConfigDoc(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "doc",
		Short:   "Print a configuration file that explains every setting",
		Example: `  parley config doc > parley.toml`,
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return config.WriteDoc(p.stdout) },
	}
}

func newConfigCheck(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Find everything that is wrong with the configuration",
		Long: `Read the configuration as "parley serve" with the same flags would, from flags,
environment and file, and list everything that is wrong with it.`,
		Example: `  parley config check --config parley.toml`,
		Args:    cobra.NoArgs,
	}
	asJSON := jsonFlag(cmd)
	config.Register(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.Load(cmd.Flags(), p.environ)
		result := checkedConfig{OK: err == nil, File: cfg.File, Faults: []config.Fault{}}
		if wrong, ok := errors.AsType[*config.Error](err); ok {
			result.Faults = wrong.Faults
		}
		if *asJSON {
			if err := p.printJSON(result); err != nil {
				return err
			}
		}
		switch {
		case err != nil:
			return fmt.Errorf("the configuration is wrong\n%w", err)
		case *asJSON:
		case cfg.File == "":
			p.printf("The configuration is right; no file was read.\n")
		default:
			p.printf("The configuration is right, with the file %s.\n", oneLine(cfg.File))
		}
		return nil
	}
	return cmd
}

type checkedConfig struct {
	OK     bool           `json:"OK"`
	File   string         `json:"File"`
	Faults []config.Fault `json:"Faults"`
}

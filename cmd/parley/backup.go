package main

import (
	"cmp"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/server"
)

func newBackup(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy the embedded database while the server runs",
		Long: `Write what is in the embedded database at this moment into a new file, check it,
and wait until it is on disk. The server on the data directory, if there is one,
goes on meanwhile. Who runs this must be able to write to the data directory.

To restore, put the file into an empty data directory under the name parley.db
and start the server there. Events that the copy does not have are not repeated:
the first start lets new ones begin with IDs that were never used. A database in
PostgreSQL is saved with PostgreSQL's own programs.`,
		Example: `  parley backup --data /var/lib/parley --to /backup/parley-monday.db`,
		Args:    cobra.NoArgs,
	}
	data := cmd.Flags().String("data", "", "data `directory` with the database (default "+defaultData+"; PARLEY_DATA)")
	to := cmd.Flags().String("to", "", "`file` to make, which must not exist")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *to == "" {
			return wrongUsage(cmd, "--to is missing: the file to make")
		}
		err := server.Backup(cmd.Context(), cmp.Or(*data, p.getenv("PARLEY_DATA"), defaultData), *to)
		if errors.Is(err, os.ErrExist) {
			return errors.Join(err, errors.New("a backup replaces nothing; name a file that does not exist"))
		}
		if err != nil {
			return err
		}
		p.printf("The database is copied to %s.\n", oneLine(*to))
		return nil
	}
	return cmd
}

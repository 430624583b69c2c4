package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/server"
	"github.com/parley-im/parley/internal/store/sqlstore"
)

func newMigrate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring a database's schema up to date",
		Long: `Bring a database's schema up to date and print its version before and after.

Every server does so by itself when it starts; of several that start at once on
one database, the first one does it. This command is for doing it beforehand. It
talks to the database itself, so no server may run on the data directory.`,
		Example: `  parley migrate --store postgres://parley@db.example/parley
  parley migrate --data /var/lib/parley`,
		Args: cobra.NoArgs,
	}
	store := cmd.Flags().String("store", "", "`URL` of the PostgreSQL database; other users of the machine can see it while the command runs (PARLEY_STORE)")
	data := cmd.Flags().String("data", "", "data `directory` with an embedded database (default "+defaultData+"; PARLEY_DATA)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *store != "" && *data != "" {
			return wrongUsage(cmd, "--store and --data name two databases")
		}
		if *data != "" && p.getenv("PARLEY_STORE") != "" {
			return wrongUsage(cmd, "--data and PARLEY_STORE name two databases; a server would take that of PARLEY_STORE. Leave out --data, or set PARLEY_STORE to nothing")
		}
		*store = cmp.Or(*store, p.getenv("PARLEY_STORE"))
		before, after, err := server.Migrate(cmd.Context(), *store, cmp.Or(*data, p.getenv("PARLEY_DATA"), defaultData))
		if err != nil {
			return err
		}
		switch before {
		case after:
			p.printf("The schema is up to date: version %d.\n", after)
		case 0:
			p.printf("The database was empty; it has schema version %d now.\n", after)
		default:
			p.printf("The schema had version %d and has version %d now.\n", before, after)
		}
		return nil
	}
	return cmd
}

func newStore(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Move what a server keeps to another database",
		Long:  `Move what a server keeps to another database.`,
	}
	cmd.AddCommand(newStoreCopy(p))
	return p.group(cmd)
}

func newStoreCopy(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "copy",
		Short: "Copy an embedded database into PostgreSQL",
		Long: `Copy everything that a server keeps from its embedded database into an empty
PostgreSQL database, and compare both, table by table, by numbers of rows and
checksums. Then "parley serve --store" goes on there: with the same apps and
keys, logins, message numbers and webhook events.

Stop the server first. Nothing in the embedded database is changed. A copy that
was interrupted goes on where it stopped when the command is run again; until it
has finished, no server starts on the PostgreSQL database.`,
		Example: `  parley store copy --from sqlite:///var/lib/parley/parley.db --to postgres://parley@db.example/parley`,
		Args:    cobra.NoArgs,
	}
	from := cmd.Flags().String("from", "", "`URL` of the embedded database, which is sqlite:// and the path of the file")
	to := cmd.Flags().String("to", "", "`URL` of the PostgreSQL database; other users of the machine can see it while the command runs (PARLEY_STORE)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		*to = cmp.Or(*to, p.getenv("PARLEY_STORE"))
		if err := server.CheckCopy(*from, *to); err != nil {
			return wrongUsage(cmd, "%v", err)
		}
		shown := newCopyProgress(p.stderr, p.clock)
		done, err := server.CopyStore(cmd.Context(), *from, *to, shown.show)
		shown.end()
		if errors.Is(err, context.Canceled) {
			return errors.New("the copy was interrupted; run the command again and it goes on where it stopped")
		}
		if err != nil {
			return err
		}
		rows := [][]string{{"TABLE", "ROWS", "CHECKSUM"}}
		var total int64
		for _, t := range done {
			rows = append(rows, []string{t.Table, strconv.FormatInt(t.Rows, 10), fmt.Sprintf("%016x", t.Checksum)})
			total += t.Rows
		}
		p.table(rows)
		p.printf("All %d rows are copied and compared. Start servers with --store now.\n", total)
		return nil
	}
	return cmd
}

// copyProgress shows how far a copy is: on a terminal in one line that changes,
// otherwise now and then in a line of its own.
type copyProgress struct {
	w        io.Writer
	clock    func() time.Time
	terminal bool
	every    time.Duration
	begun    time.Time // of this phase
	last     time.Time
	sum      sqlstore.CopyProgress
}

func newCopyProgress(w io.Writer, clock func() time.Time) *copyProgress {
	c := &copyProgress{w: w, clock: clock, every: 5 * time.Second}
	if file, ok := w.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			c.terminal, c.every = true, 200*time.Millisecond
		}
	}
	return c
}

func (c *copyProgress) show(now sqlstore.CopyProgress) {
	at := c.clock()
	if c.begun.IsZero() || now.Verifying != c.sum.Verifying {
		c.begun, c.last = at, time.Time{}
		if now.Resumed > 0 && !now.Verifying {
			fmt.Fprintf(c.w, "going on behind %d rows that are copied already\n", now.Resumed)
		}
	}
	c.sum = now
	if at.Sub(c.last) < c.every && now.Rows < now.Total {
		return
	}
	c.last = at
	verb := "copied"
	if now.Verifying {
		verb = "compared"
	}
	line := fmt.Sprintf("%s %d of %d rows", verb, now.Rows, now.Total)
	if now.Total > 0 {
		line += fmt.Sprintf(" (%d %%)", 100*now.Rows/now.Total)
	}
	if seconds := at.Sub(c.begun).Seconds(); seconds > 0 {
		line += fmt.Sprintf(", %.0f rows/s", float64(now.Rows-now.Resumed)/seconds)
	}
	line += ", table " + now.Table
	if c.terminal {
		fmt.Fprintf(c.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(c.w, line)
}

// end leaves the line that changes.
func (c *copyProgress) end() {
	if c.terminal && !c.begun.IsZero() {
		fmt.Fprintln(c.w)
	}
}

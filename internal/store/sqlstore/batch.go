package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// sizes are the row counts that statements are prepared for.
var sizes = [...]int{256, 64, 16, 4, 1}

// chunks cuts n rows into the sizes that statements are prepared for and calls
// do with the bounds of each.
func chunks(n int, do func(from, to int) error) error {
	for from := 0; from < n; {
		for _, size := range sizes {
			if from+size <= n {
				if err := do(from, from+size); err != nil {
					return err
				}
				from += size
				break
			}
		}
	}
	return nil
}

// tuples is "(?,?),(?,?)", row repeated as often as rows says.
func tuples(row string, rows int) string {
	return row + strings.Repeat(","+row, rows-1)
}

// statements are the texts of one multi-row statement, one for each size.
type statements map[int]string

// multiRow makes the statement texts head + rows + tail for every size. first,
// if not empty, is how the first row is written: with the casts that an engine
// needs to know the types of a VALUES list.
func multiRow(head, first, row, tail string) statements {
	s := make(statements, len(sizes))
	for _, n := range sizes {
		rows := tuples(row, n)
		if first != "" {
			rows = first + strings.Repeat(","+row, n-1)
		}
		s[n] = head + rows + tail
	}
	return s
}

// execRows runs a multi-row statement for args, which holds width values a row.
func (s *session) execRows(ctx context.Context, st statements, width int, args []any) error {
	return chunks(len(args)/width, func(from, to int) error {
		_, err := s.exec(ctx, st[to-from], args[from*width:to*width]...)
		return err
	})
}

// queryRows runs a multi-row query and calls scan for every row of the answers.
func (s *session) queryRows(ctx context.Context, st statements, width int, args []any, scan func(*sql.Rows) error) error {
	return chunks(len(args)/width, func(from, to int) error {
		return s.each(ctx, scan, st[to-from], args[from*width:to*width]...)
	})
}

// list is the texts of a query with an IN list of every size, and the arguments
// that come before it.
func list(head, tail string) statements {
	return multiRow(head+"(", "", "?", ")"+tail)
}

// inList runs a query with an IN list in as many steps as it takes. before are
// the arguments in front of the list.
func inList[T any](ctx context.Context, s *session, st statements, before []any, items []T, scan func(*sql.Rows) error) error {
	return chunks(len(items), func(from, to int) error {
		return s.each(ctx, scan, st[to-from], withItems(before, items[from:to])...)
	})
}

// execList is inList for statements that return no rows.
func execList[T any](ctx context.Context, s *session, st statements, before []any, items []T) error {
	return chunks(len(items), func(from, to int) error {
		_, err := s.exec(ctx, st[to-from], withItems(before, items[from:to])...)
		return err
	})
}

func withItems[T any](before []any, items []T) []any {
	args := make([]any, 0, len(before)+len(items))
	args = append(args, before...)
	for _, it := range items {
		args = append(args, it)
	}
	return args
}

package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
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

// statements are the texts of one statement for many rows: one text for each size,
// or one for all where the engine takes a column of values as an array.
type statements struct {
	bySize map[int]string
	// inArrays makes the text for arrays of the given types.
	inArrays func(types []string) string

	once   sync.Once
	arrays string
}

// most is how many rows one statement with arrays takes.
const most = 4096

// multiRow makes the statement texts head + rows + tail. head ends with VALUES;
// first, if not empty, is how the first row is written: with the casts that an engine
// needs to know the types of a VALUES list, which is called v by the tail.
func multiRow(head, first, row, tail string) *statements {
	st := &statements{bySize: make(map[int]string, len(sizes))}
	for _, n := range sizes {
		rows := tuples(row, n)
		if first != "" {
			rows = first + strings.Repeat(","+row, n-1)
		}
		st.bySize[n] = head + rows + tail
	}
	before := strings.TrimSuffix(head, "VALUES ")
	st.inArrays = func(types []string) string {
		columns := make([]string, len(types))
		for i, t := range types {
			columns[i] = "CAST(? AS " + t + "[])"
		}
		rows := "SELECT * FROM unnest(" + strings.Join(columns, ",") + ")"
		if first != "" {
			for i := range columns {
				columns[i] = fmt.Sprintf("column%d", i+1)
			}
			rows += " AS u(" + strings.Join(columns, ",") + ")"
		}
		return before + rows + tail
	}
	return st
}

// execRows runs a multi-row statement for args, which holds width values a row.
func (s *session) execRows(ctx context.Context, st *statements, width int, args []any) error {
	return s.portions(st, width, nil, args, func(query string, args []any) error {
		_, err := s.exec(ctx, query, args...)
		return err
	})
}

// queryRows runs a multi-row query and calls scan for every row of the answers. after
// are the arguments behind the rows.
func (s *session) queryRows(ctx context.Context, st *statements, width int, args []any, scan func(*sql.Rows) error, after ...any) error {
	return s.portions(st, width, nil, args, func(query string, args []any) error {
		return s.each(ctx, scan, query, append(args, after...)...)
	})
}

// portions calls do with the texts and arguments that together take all rows. before
// are the arguments in front of them.
func (s *session) portions(st *statements, width int, before, rows []any, do func(query string, args []any) error) error {
	if !s.dialect.Arrays {
		return chunks(len(rows)/width, func(from, to int) error {
			part := rows[from*width : to*width : to*width]
			if len(before) > 0 {
				part = append(slices.Clip(before), part...)
			}
			return do(st.bySize[to-from], part)
		})
	}
	for part := range slices.Chunk(rows, most*width) {
		arrays, types := columnsOf(part, width)
		st.once.Do(func() { st.arrays = st.inArrays(types) })
		if err := do(st.arrays, append(slices.Clip(before), arrays...)); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf turns rows into one array for each column, and names their types.
func columnsOf(rows []any, width int) (arrays []any, types []string) {
	for column := range width {
		switch reflect.TypeOf(rows[column]).Kind() {
		case reflect.String:
			arrays, types = append(arrays, columnOf(rows, column, width, reflect.Value.String)), append(types, "TEXT")
		case reflect.Slice:
			arrays, types = append(arrays, columnOf(rows, column, width, reflect.Value.Bytes)), append(types, "BYTEA")
		default:
			arrays, types = append(arrays, columnOf(rows, column, width, reflect.Value.Int)), append(types, "BIGINT")
		}
	}
	return arrays, types
}

func columnOf[T any](rows []any, column, width int, value func(reflect.Value) T) []T {
	values := make([]T, 0, len(rows)/width)
	for i := column; i < len(rows); i += width {
		values = append(values, value(reflect.ValueOf(rows[i])))
	}
	return values
}

// list is the texts of a query with an IN list. head ends with IN.
func list(head, tail string) *statements {
	st := multiRow(head+"(", "", "?", ")"+tail)
	st.inArrays = func(types []string) string {
		return strings.TrimSuffix(head, "IN ") + "= ANY(CAST(? AS " + types[0] + "[]))" + tail
	}
	return st
}

// inList runs a query with an IN list in as many steps as it takes. before are
// the arguments in front of the list.
func inList[T any](ctx context.Context, s *session, st *statements, before []any, items []T, scan func(*sql.Rows) error) error {
	return s.portions(st, 1, before, withItems(nil, items), func(query string, args []any) error {
		return s.each(ctx, scan, query, args...)
	})
}

// execList is inList for statements that return no rows.
func execList[T any](ctx context.Context, s *session, st *statements, before []any, items []T) error {
	return s.portions(st, 1, before, withItems(nil, items), func(query string, args []any) error {
		_, err := s.exec(ctx, query, args...)
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

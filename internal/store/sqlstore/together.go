package sqlstore

import (
	"context"
	"database/sql"
	"strings"
)

// Statement is one of several that do not depend on each other's answers.
type Statement struct {
	Text string
	Args []any
	// Row, if not nil, hears each row that comes back.
	Row func(scan func(...any) error) error
}

// changes are statements that are sent together, which spares a round trip for each.
type changes []Statement

// add adds a multi-row statement for args, which holds width values a row.
func (s *session) add(c *changes, st *statements, width int, args []any, row func(scan func(...any) error) error) {
	_ = s.portions(st, width, nil, args, func(query string, args []any) error {
		*c = append(*c, Statement{Text: query, Args: args, Row: row})
		return nil
	})
}

// together runs statements in their order. The first error ends it.
func (s *session) together(ctx context.Context, list changes) error {
	list = append(s.opening, list...)
	s.opening = nil
	if s.dialect.Together == nil || len(list) < 2 {
		for _, c := range list {
			if err := s.alone(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	for i := range list {
		list[i].Text, list[i].Args = s.rewritten(list[i].Text), s.values(list[i].Args)
	}
	return s.failed(s.dialect.Together(ctx, s.conn, list))
}

func (s *session) alone(ctx context.Context, c Statement) error {
	if c.Row == nil {
		_, err := s.exec(ctx, c.Text, c.Args...)
		return err
	}
	return s.each(ctx, func(rows *sql.Rows) error { return c.Row(rows.Scan) }, c.Text, c.Args...)
}

// rewritten is a query in the engine's form.
func (s *session) rewritten(query string) string {
	if text, ok := s.texts[query]; ok {
		return text
	}
	text := s.dialect.Rewrite(strings.ReplaceAll(query, "{for update}", s.dialect.ForUpdate))
	s.texts[query] = text
	return text
}

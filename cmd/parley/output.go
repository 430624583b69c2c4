package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/parley-im/parley/internal/console/client"
)

// jsonFlag gives cmd the flag for programs that read its output.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print JSON")
}

// printJSON prints value for a program.
func (p *program) printJSON(value any) error {
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// printf prints for a person.
func (p *program) printf(format string, args ...any) {
	fmt.Fprintf(p.stdout, format, args...)
}

// table prints rows in aligned columns. What strangers may have written cannot
// reach the terminal as anything but text.
func (p *program) table(rows [][]string) {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, oneLine(cell))
		}
		fmt.Fprintln(w)
	}
	w.Flush()
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(p.stdout, strings.TrimRight(line, " \n"))
	}
}

// oneLine makes text harmless and free of line breaks.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return harmless(r)
	}, text)
}

// manyLines makes text harmless.
func manyLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return harmless(r)
	}, text)
}

// harmless replaces what would steer a terminal or turn the direction of text.
func harmless(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}

// when writes a moment as a date and as a distance from now.
func (p *program) when(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	now := p.clock()
	distance := client.Span(now.Sub(at)) + " ago"
	if at.After(now) {
		distance = "in " + client.Span(at.Sub(now))
	}
	return stamp(at) + " (" + distance + ")"
}

// stamp writes a moment in local time.
func stamp(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

// list writes a list on one line.
func list(items []string) string {
	if len(items) == 0 {
		return "none"
	}
	return strings.Join(items, ", ")
}

package docgen

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
)

// section is a part of a list under a title.
type section[T any] struct {
	Title string
	Rows  []T
}

// listRow is a line of a list in docs/spec: a name, what is said of it, and
// whether our tables have it.
type listRow struct {
	Name  string
	Cells []string
	Yes   bool
}

// Purpose is what the row is for, or when it fires.
func (r *listRow) Purpose() string { return r.Cells[len(r.Cells)-1] }

// readList reads a file of docs/spec: lines of cells with tabs between them,
// titles in brackets, comments after #.
func readList(module fs.FS, name string, cells int) ([]section[*listRow], error) {
	text, err := fs.ReadFile(module, "docs/spec/"+name)
	if err != nil {
		return nil, err
	}
	var sections []section[*listRow]
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			sections = append(sections, section[*listRow]{Title: strings.Trim(line, "[]")})
			continue
		}
		row := strings.Split(line, "\t")
		if len(row) != cells || len(sections) == 0 {
			return nil, fmt.Errorf("docs/spec/%s: %q has not %d cells below a title", name, line, cells)
		}
		last := &sections[len(sections)-1]
		last.Rows = append(last.Rows, &listRow{Name: row[0], Cells: row[1:]})
	}
	return sections, nil
}

// mark says yes to the rows that our tables have, and returns all rows by name.
// That the list does not have one of ours is an error.
func mark(list string, sections []section[*listRow], ours []string) (map[string]*listRow, error) {
	rows := make(map[string]*listRow)
	for _, s := range sections {
		for _, r := range s.Rows {
			if rows[r.Name] != nil {
				return nil, fmt.Errorf("docs/spec/%s has %s twice", list, r.Name)
			}
			rows[r.Name] = r
		}
	}
	for _, name := range ours {
		if rows[name] == nil {
			return nil, fmt.Errorf("docs/spec/%s does not have %s", list, name)
		}
		rows[name].Yes = true
	}
	return rows, nil
}

// count says how many rows our tables have, and of how many.
func count(sections []section[*listRow]) map[string]int {
	n := make(map[string]int)
	for _, s := range sections {
		for _, r := range s.Rows {
			n["All"]++
			if r.Yes {
				n["Yes"]++
			}
		}
	}
	return n
}

// noun is a row of the glossary.
type noun struct {
	Word, Go string
	Wire     []string
	Meaning  string
}

// readNouns reads the glossary, in which - stands for no name.
func readNouns(module fs.FS) ([]noun, error) {
	sections, err := readList(module, "glossary.txt", 4)
	var found []noun
	for _, s := range sections {
		for _, r := range s.Rows {
			n := noun{Word: r.Name, Go: strings.Trim(r.Cells[0], "-"), Wire: strings.Fields(strings.Trim(r.Cells[1], "-")), Meaning: r.Purpose()}
			found = append(found, n)
		}
	}
	return found, err
}

// code is an error code with the refusals that have it.
type code struct {
	Number       int
	Names, Texts []string
}

var codeRow = regexp.MustCompile(`(?m)^\t(?:// (.+)\.|(\w+) += &Error\{Code: (\d+), Text: "(.*)"\})$`)

// readCodes reads the table of error codes in the source of package chat, where
// comments that stand by themselves are titles.
func readCodes(module fs.FS) ([]section[code], error) {
	text, err := fs.ReadFile(module, "internal/chat/code.go")
	if err != nil {
		return nil, err
	}
	var sections []section[code]
	for _, m := range codeRow.FindAllStringSubmatch(string(text), -1) {
		if m[1] != "" {
			sections = append(sections, section[code]{Title: m[1]})
			continue
		}
		number, err := strconv.Atoi(m[3])
		if err != nil || len(sections) == 0 {
			return nil, fmt.Errorf("read error codes: %s has no number or stands under no title", m[2])
		}
		last := &sections[len(sections)-1]
		if n := len(last.Rows); n == 0 || last.Rows[n-1].Number != number {
			last.Rows = append(last.Rows, code{Number: number})
		}
		row := &last.Rows[len(last.Rows)-1]
		row.Names, row.Texts = append(row.Names, m[2]), append(row.Texts, m[4])
	}
	return sections, nil
}

package config

import (
	"fmt"
	"io"
	"strings"
)

const docHead = `# Settings of the Parley server, all with their defaults.
#
# To change one, remove the "#" before its name. What is given as a flag wins
# over the environment, and the environment over this file. The file is read if
# --config or PARLEY_CONFIG names it.
`

// WriteDoc writes a configuration file that explains every setting and sets
// none: each stands commented out with its default.
func WriteDoc(w io.Writer) error {
	var b strings.Builder
	b.WriteString(docHead)
	standard := Default()
	for _, s := range settings {
		if s.outside {
			continue
		}
		b.WriteByte('\n')
		writeComment(&b, s.doc)
		writeComment(&b, "Must be "+s.want+".")
		writeComment(&b, fmt.Sprintf("Also --%s and %s.", s.flag(), s.env()))
		fmt.Fprintf(&b, "#%s = %s\n", s.name, s.form.literal(s.get(standard)))
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write settings: %w", err)
	}
	return nil
}

// writeComment writes prose as comment lines of at most 80 characters.
func writeComment(b *strings.Builder, prose string) {
	const width = 80
	line := "#"
	for word := range strings.FieldsSeq(prose) {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// maxFile is the largest configuration file, in bytes.
const maxFile = 1 << 20

// fromFile reads the file at path, if any, and finds keys that nobody reads and
// values of the wrong type.
func fromFile(path string) source {
	from := source{
		values: map[string]string{},
		label:  func(s setting) string { return path + ": " + s.name },
	}
	if path == "" {
		return from
	}
	data, err := readFile(path, maxFile)
	if err != nil {
		from.faults = []Fault{{path, fmt.Sprintf("cannot read the configuration file: %v", err)}}
		return from
	}

	var values map[string]any
	meta, err := toml.Decode(string(data), &values)
	if err != nil {
		from.faults = []Fault{syntaxFault(path, string(data), err)}
		return from
	}
	from.faults = unknownKeys(path, meta)
	for _, s := range settings {
		value, ok := values[s.name]
		if !ok {
			continue
		}
		text, problem := s.fromTOML(value)
		if problem != "" {
			from.faults = append(from.faults, Fault{from.label(s), problem})
			continue
		}
		from.values[s.name] = text
	}
	return from
}

// fromTOML returns value as it would stand on the command line, or what is
// wrong with it.
func (s setting) fromTOML(value any) (text, problem string) {
	if s.outside {
		return "", fmt.Sprintf("cannot stand in the file; use --%s or %s", s.flag(), s.env())
	}
	text, ok := s.form.textOf(value)
	if !ok {
		return "", fmt.Sprintf("must be %s, written %s, not %s", s.want, s.form.manner(), describe(value, s.secret))
	}
	return text, ""
}

// unknownKeys finds keys that are no setting, in the order of the file. Of a
// table only its keys are named, unless it is empty or a setting has its name;
// then the table itself is what is wrong.
func unknownKeys(path string, meta toml.MetaData) []Fault {
	var faults []Fault
	for _, key := range meta.Keys() {
		if _, known := find(key[0]); known || isParent(key, meta) {
			continue
		}
		faults = append(faults, Fault{path + ": " + key.String(), unknownProblem("setting", key.String(), fileNames())})
	}
	return faults
}

// isParent reports whether key names a table with keys of its own.
func isParent(key toml.Key, meta toml.MetaData) bool {
	for _, other := range meta.Keys() {
		if len(other) > len(key) && strings.HasPrefix(other.String(), key.String()+".") {
			return true
		}
	}
	return false
}

func fileNames() []string {
	var names []string
	for _, s := range settings {
		if !s.outside {
			names = append(names, s.name)
		}
	}
	return names
}

// syntaxFault says where the file stops being TOML. The decoder's own message
// may repeat a word of the line, so it is not shown for the line of a secret.
func syntaxFault(path, data string, err error) Fault {
	parse, ok := errors.AsType[toml.ParseError](err)
	if !ok {
		return Fault{path, fmt.Sprintf("is no TOML: %v", err)}
	}
	name := fmt.Sprintf("%s: line %d", path, parse.Position.Line)
	if onSecretLine(data, parse.Position.Line) {
		return Fault{name, "is no TOML; text must stand in double quotes"}
	}
	return Fault{name, fmt.Sprintf("is no TOML: %s", parse.Message)}
}

func onSecretLine(data string, line int) bool {
	lines := strings.Split(data, "\n")
	if line < 1 || line > len(lines) {
		return true
	}
	for _, s := range settings {
		if s.secret && strings.Contains(lines[line-1], s.name) {
			return true
		}
	}
	return false
}

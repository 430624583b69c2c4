package config

import (
	"log/slog"

	"github.com/spf13/pflag"
)

// A source is one place that settings come from.
type source struct {
	// values holds the texts that were found, by name of setting.
	values map[string]string
	// label names a setting as this source does.
	label func(s setting) string
	// faults are those that were found before any value was looked at.
	faults []Fault
}

// Load reads flags that Register defined and that have been parsed, then env,
// whose entries look like those of os.Environ, and the file that either of them
// names. A nil set of flags means that there are none; an environment variable
// that is set to nothing counts as not set.
//
// If anything is wrong, even with a value that a stronger source overrides, the
// error is an *Error that lists all of it.
func Load(flags *pflag.FlagSet, env []string) (Config, error) {
	weak, strong := fromEnvironment(env), fromFlags(flags)

	path := weak.values["config"]
	if given, ok := strong.values["config"]; ok {
		path = given
	}

	c, given, faults := Default(), map[string]bool{}, []Fault{}
	for _, from := range []source{fromFile(path), weak, strong} {
		faults = append(faults, from.faults...)
		faults = append(faults, from.apply(&c, given)...)
	}
	if len(faults) > 0 {
		return Config{}, &Error{Faults: faults}
	}
	if c.Dev && !given["log_level"] {
		c.LogLevel = slog.LevelDebug
	}
	return c, nil
}

// apply gives c the values of the source and notes in given which there were.
func (from source) apply(c *Config, given map[string]bool) []Fault {
	var faults []Fault
	for _, s := range settings {
		text, ok := from.values[s.name]
		if !ok {
			continue
		}
		given[s.name] = true
		if err := s.set(c, text); err != nil {
			faults = append(faults, Fault{from.label(s), s.problem(text, err)})
		}
	}
	return faults
}
